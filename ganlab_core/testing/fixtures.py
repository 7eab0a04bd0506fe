"""The pytest fixture of plugins' tests: `from ganlab_core.testing.fixtures import load_plugin` in a `conftest.py`.

In the `conftest.py` at the root of the tests, `pytest_plugins = ["ganlab_core.testing.fixtures"]` does the same.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import TypeAlias

import click
import pytest

from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.plugins.discovery import GROUP

LoadPlugin: TypeAlias = Callable[[str | ModuleType], Plugins]


@pytest.fixture(scope="session")
def load_plugin() -> LoadPlugin:
    """`load_plugin("mine")`, or of the plugin's module: the core and that plugin alone, all its hooks called.

    Raises:
        GanlabError: it is not installed, or not healthy; the text says why.
    """
    return _load_plugin


def _load_plugin(plugin: str | ModuleType) -> Plugins:
    if isinstance(plugin, str):
        plugins = load_plugins({"GANLAB_PLUGINS": plugin, "GANLAB_STRICT_PLUGINS": "1"})
    else:
        plugins = Plugins(strict=True)
        plugins.admit(_entry_point(plugin))
    _ = plugins.registries
    plugins.add_commands(click.Group())
    return plugins


def _entry_point(module: ModuleType) -> EntryPoint:
    """The module's own entry point if it is installed, or one named after its package."""
    for point in entry_points(group=GROUP):
        if point.value == module.__name__:
            return point
    name = module.__name__.partition(".")[0].replace("_", "-").lower()
    return EntryPoint(name, module.__name__, GROUP)
