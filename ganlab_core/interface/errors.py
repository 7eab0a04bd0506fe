"""`GanlabError`: what goes wrong by the user's making."""

from __future__ import annotations

from ganlab_core.interface.printable import printable


class GanlabError(Exception):
    """An error of the user's making: its text says what, where, and the way out; the command line prints only that.

    Args:
        lines: the text, each argument a line of it. Names and values in it may come from anywhere: what would steer a
            terminal, a line feed too, is shown escaped.
    """

    def __init__(self, *lines: object) -> None:
        super().__init__(*lines)

    @property
    def lines(self) -> tuple[str, ...]:
        """The text line by line, for an error that says more around it."""
        return tuple(map(printable, self.args))

    def __str__(self) -> str:
        return "\n".join(self.lines)
