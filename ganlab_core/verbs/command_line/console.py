"""Where verbs print to."""

from __future__ import annotations

from rich.console import Console


def plain_console(*, stderr: bool = False) -> Console:
    """Prints names from outside as they are: rich would read `[red]` as markup and `:rat:` as an emoji."""
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)
