"""`PluginStatus`: what is known of one plugin."""

from __future__ import annotations

from dataclasses import dataclass

CORE = "core"


@dataclass(frozen=True)
class PluginStatus:
    """One row of `ganlab plugins`: `parts` are texts such as `prior elastic`; `reason` says why it is not healthy."""

    name: str
    distribution: str = "unknown distribution"
    version: str = "unknown version"
    hooks: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    healthy: bool = True
    reason: str = ""

    @property
    def is_core(self) -> bool:
        """Whether it is the core, whose name no other plugin can have."""
        return self.name == CORE

    @property
    def giver(self) -> Giver:
        """The plugin as the giver of its parts."""
        return Giver(self.name, self.distribution, self.version)

    def __str__(self) -> str:
        return str(self.giver)


@dataclass(frozen=True)
class Giver:
    """A plugin, and the installed distribution that holds it."""

    plugin: str
    distribution: str
    version: str

    @property
    def is_core(self) -> bool:
        """As `PluginStatus.is_core`."""
        return self.plugin == CORE

    def __str__(self) -> str:
        return f"plugin {self.plugin!r} ({self.distribution} {self.version})"
