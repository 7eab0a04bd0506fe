"""Text from outside as a terminal, a log and a message may show it: the one place where it is escaped.

Names of files, keys and values of recipes, and what lies in a run folder may be a stranger's. Control characters steer
a terminal, and marks of writing direction show another text than the one that is there (CVE-2021-42574).
"""

from __future__ import annotations

import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of Unicode: controls, marks without a shape, bytes that are no text, ends of lines and paragraphs."""
_JOINERS = frozenset("\u200c\u200d")  # Persian, the scripts of India and emoji are spelt with them


def printable(text: object, *, lines: bool = False) -> str:
    r"""The text in one line, with each character that is not seen written as Python escapes it: `\x1b`, `\u202e`.

    What is escaped already stays as it is, so it may be called again. Letters of every script, spaces and backslashes
    stay.

    Args:
        text: anything; its `str()` is taken.
        lines: keep line feeds, of a text that is meant to have several lines.
    """
    whole = str(text)
    if whole.isprintable():
        return whole
    return "".join("\n" if lines and letter == "\n" else _seen(letter) for letter in whole)


def is_hidden(letter: str) -> bool:
    """Whether a character steers what shows it, or is not seen."""
    return unicodedata.category(letter) in _HIDDEN and letter not in _JOINERS


def _seen(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii") if is_hidden(letter) else letter
