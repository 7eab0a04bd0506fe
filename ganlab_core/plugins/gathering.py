"""What a hook that yields things returned, looked at before any of it is let in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins.status import PluginStatus

Thing = TypeVar("Thing")
Accept = Callable[[PluginStatus, object], list[Thing]]
"""From what one plugin's hook returned to what counts; raises `GanlabError` where something of it is not sound."""


def yielded(result: object, what: str) -> list[Any]:
    """The things that a hook yielded.

    Raises:
        GanlabError: it returned something else, such as one thing alone.
    """
    if not isinstance(result, Iterable) or isinstance(result, (str, bytes, Mapping)):
        raise GanlabError(f"returned {shortened(result)}, not the {what} that it gives; use yield")
    return list(result)


def of_type(kind: type[Thing]) -> Accept[Thing]:
    """Accepts things of one type alone."""

    def accept(giver: PluginStatus, result: object) -> list[Thing]:
        things = yielded(result, f"{kind.__name__}s")
        for thing in things:
            if not isinstance(thing, kind):
                raise GanlabError(f"gave {shortened(thing)}, not a {kind.__name__}")
        return things

    return accept


def shortened(value: Any) -> str:
    """A value for messages."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
