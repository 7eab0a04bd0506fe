"""The core as the first plugin: what it gives comes through the hooks that every plugin uses."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from ganlab_core.plugins.status import CORE

_MODULES = ("ganlab_core.stock.plugin", "ganlab_core.training.observers.plugin", "ganlab_core.verbs.plugin")
"""Named as entry points name a plugin's module: each room that gives something has its hooks beside it."""


def core_plugin() -> ModuleType:
    """One plugin of all hooks that the core's rooms implement."""
    plugin = ModuleType(CORE)
    for module in map(import_module, _MODULES):
        vars(plugin).update({name: hook for name, hook in vars(module).items() if name.startswith("ganlab_")})
    return plugin
