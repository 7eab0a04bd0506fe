"""`Observers`: what watches one run, and how it is told."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext, suppress
from types import TracebackType
from typing import Any, Protocol

from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins.gathering import yielded
from ganlab_core.plugins.hooks import check_hooks, hook_manager
from ganlab_core.plugins.loaded import Plugins, call_hook
from ganlab_core.plugins.status import PluginStatus


class StartedRun(Protocol):
    """What `ganlab_observers` is asked with; a `RunStarted`, whose module loads torch."""


class Observers:
    """The observers of one run, made for it: the core's, each plugin's, and those that the caller brings.

    Within its `with` they are told, then each plugin's own lifecycle hooks. A plugin whose observer raises is reported
    once and no longer called; what the core's and the caller's raise ends the run.

    Args:
        run: what `ganlab_observers` is asked with.
        more: the caller's.

    Raises:
        GanlabError: an observer has no lifecycle hook, or one that there isn't.
    """

    def __init__(self, plugins: Plugins, run: StartedRun, *, more: Sequence[object] = ()) -> None:
        self._plugins = plugins
        self._manager = hook_manager()
        self._givers: dict[str, PluginStatus | None] = {}
        for giver, observers in plugins.gather("ganlab_observers", _sound, run=run):
            self._add(giver, observers)
        self._add(None, _sound(None, more))

    def tell(self, hook_name: str, event: object) -> None:
        """Call a lifecycle hook of every observer, and then of every plugin."""
        for name, giver in self._givers.items():
            if giver is None or giver.is_core:
                call_hook(self._manager, name, hook_name, {"event": event})
            elif self._plugins.is_healthy(giver):
                with self._plugins.isolated(giver, hook_name):
                    call_hook(self._manager, name, hook_name, {"event": event})
        self._plugins.notify(hook_name, event=event)

    def __enter__(self) -> Observers:
        """Nothing is opened before the first event."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close what has a `close()`; what ended a run says more than a file that can then not be closed."""
        for name, giver in self._givers.items():
            close = getattr(self._manager.get_plugin(name), "close", None)
            strangers = nullcontext() if giver is None or giver.is_core else self._plugins.isolated(giver, "close")
            with suppress(OSError) if error else nullcontext(), strangers:
                if close is not None:
                    close()

    def _add(self, giver: PluginStatus | None, observers: Sequence[object]) -> None:
        for observer in observers:
            name = f"{len(self._givers)} {type(observer).__name__}"
            self._manager.register(observer, name)
            self._givers[name] = giver


def _sound(giver: PluginStatus | None, result: object) -> list[Any]:
    observers = yielded(result, "observers")
    for observer in observers:
        try:
            check_hooks(observer, "observer")
        except GanlabError as error:
            raise GanlabError(f"observer {type(observer).__name__!r}: {error}") from error
    return observers
