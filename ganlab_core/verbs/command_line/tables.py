"""Cells of tables that other programs read: CSV for spreadsheets, Markdown for pages."""

from __future__ import annotations

import html
import re
from pathlib import PurePath
from typing import Any

from ganlab_core.interface.printable import printable

_FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # what a spreadsheet takes for the beginning of one (OWASP, CSV injection)


def csv_cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula.

    A path that would be one gets `./` before it, which is the same path to whoever reads the table; other text gets an
    apostrophe, which spreadsheets take for "this is text". Numbers stay.
    """
    if isinstance(value, PurePath):
        return f"./{value}" if str(value).startswith(_FORMULA) else value
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def markdown_text(text: str) -> str:
    """Text of whatever origin as nothing but text in Markdown, tables included, on one line."""
    line = html.escape(printable(" ".join(text.split())), quote=False)
    return re.sub(r"([\\`*_\[\]|])", r"\\\1", line)
