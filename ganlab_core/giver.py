"""`Giver`: who gave a component, for lists and for messages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Giver:
    """A plugin, and the installed distribution that holds it."""

    plugin: str
    distribution: str
    version: str

    def __str__(self) -> str:
        return f"plugin {self.plugin!r} ({self.distribution} {self.version})"
