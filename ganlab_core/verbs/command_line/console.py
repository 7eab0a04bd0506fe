"""Where verbs print tables and progress to; `say.py` prints lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from ganlab_core.interface.printable import printable


class _PlainConsole(Console):
    """Shows text of whatever origin as it is: as no markup, no emoji, and with nothing in it that steers a terminal."""

    def render_str(self, text: str, **how: Any) -> Text:
        # Before it becomes a `Text`, which drops some control characters in silence; cells are measured by it, too.
        return super().render_str(printable(text, lines=True), **how)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable(segment.text, lines=True), segment.style)


def plain_console(*, stderr: bool = False) -> Console:
    """Prints names from outside as they are: rich would read `[red]` as markup and `:rat:` as an emoji."""
    return _PlainConsole(stderr=stderr, markup=False, emoji=False, highlight=False)
