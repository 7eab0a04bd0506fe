"""In whose code an error came up that nobody expected: a plugin's, or nobody's that is known."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from ganlab_core.plugins.loaded import Plugins
from ganlab_core.plugins.registry import Entry
from ganlab_core.plugins.status import PluginStatus


def blamed(error: BaseException, plugins: Plugins) -> str | None:
    """One line that names plugin, part, function and place of the innermost plugin that an error passed through.

    None where it passed through none, so that it is the core's own.
    """
    through = list(_through_plugins(error, plugins))
    if not through:
        return None
    plugin, frame, line = through[-1]
    own = [frame for other, frame, _ in through if other is plugin]
    part = next((f"{entry}: " for frame in reversed(own) if (entry := _part_of(frame, plugin, plugins))), "")
    place = f"{Path(frame.f_code.co_filename).name}, line {line}"
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return (
        f"{plugin}: {part}{_function(frame)} ({place}) raised {what}; mend it there, or do without that plugin; "
        "--debug shows the whole way"
    )


def _through_plugins(error: BaseException, plugins: Plugins) -> Iterator[tuple[PluginStatus, FrameType, int]]:
    homes = plugins.homes
    for frame, line in traceback.walk_tb(error.__traceback__):
        module = f"{frame.f_globals.get('__name__', '')}."
        for plugin in plugins.statuses:
            if plugin.name in homes and module.startswith(f"{homes[plugin.name]}."):
                yield plugin, frame, line


def _part_of(frame: FrameType, plugin: PluginStatus, plugins: Plugins) -> Entry | None:
    """The part whose factory made the object whose method this is, or is the function itself."""
    kind = type(frame.f_locals.get("self"))
    for registry in plugins.registries.values():
        for entry in registry:
            factory = entry.component.factory
            if entry.giver == plugin.giver and (factory is kind or getattr(factory, "__code__", None) is frame.f_code):
                return entry
    return None


def _function(frame: FrameType) -> str:
    owner = frame.f_locals.get("self")
    return frame.f_code.co_name if owner is None else f"{type(owner).__name__}.{frame.f_code.co_name}"
