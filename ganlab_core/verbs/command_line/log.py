"""The log as the command line shows it, a line a record, and tracebacks that nobody caught."""

from __future__ import annotations

import logging
import sys
import traceback
from types import TracebackType

from ganlab_core.interface.printable import printable

_WARNINGS = "py.warnings"  # their texts have several lines: where, what, and the line of code


class _Printable(logging.Formatter):
    """Names in a record may be a stranger's, so what would steer a terminal is escaped; a traceback keeps its lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return printable(super().formatMessage(record), lines=record.name == _WARNINGS)

    def formatException(self, ei: object) -> str:
        return printable(super().formatException(ei), lines=True)  # type: ignore[arg-type]


def show_log() -> None:
    """Warnings on stderr, Python's own too, and what ganlab says of itself."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Printable("%(levelname)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    logging.getLogger("ganlab").setLevel(logging.INFO)  # it says which plugin files run
    logging.captureWarnings(True)
    sys.excepthook = show_traceback


def show_traceback(kind: type[BaseException], error: BaseException, at: TracebackType | None) -> None:
    """Print a traceback; the texts of others' errors may hold names from anywhere."""
    text = "".join(traceback.format_exception(kind, error, at))
    print(printable(text, lines=True), end="", file=sys.stderr)
