"""`Observers`: what watches one run, and how it is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import pluggy

from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins.gathering import yielded
from ganlab_core.plugins.hooks import check_hooks, hook_manager
from ganlab_core.plugins.loaded import Plugins
from ganlab_core.plugins.status import PluginStatus

_LIFECYCLE = ("ganlab_run_started", "ganlab_step_finished", "ganlab_checkpoint_saved", "ganlab_run_finished")


class StartedRun(Protocol):
    """What `ganlab_observers` is asked with; a `RunStarted`, whose module loads torch."""


@dataclass(frozen=True, eq=False)
class _Watching:
    """An observer, the plugin that gave it (None for the caller's), and a manager that knows it alone.

    One manager for all would compare and hash observers, which may be dataclasses, or be given twice.
    """

    observer: object
    giver: PluginStatus | None
    manager: pluggy.PluginManager

    @property
    def is_trusted(self) -> bool:
        """Whether what it raises ends the run."""
        return self.giver is None or self.giver.is_core


class Observers:
    """The observers of one run: the core's, each plugin's, and those that the caller brings."""

    def __init__(self, plugins: Plugins) -> None:
        self._plugins = plugins
        self._watching: list[_Watching] = []

    def tell(self, hook_name: str, event: object) -> None:
        """Call a lifecycle hook of every observer, and then of every plugin.

        A plugin whose observer raises is reported once and no longer called; what the core's and the caller's raise
        ends the run.
        """
        for one in self._watching:
            if one.is_trusted:
                getattr(one.manager.hook, hook_name)(event=event)
            elif one.giver is not None and self._plugins.is_healthy(one.giver):
                with self._plugins.isolated(one.giver, f"hook {hook_name!r}"):
                    getattr(one.manager.hook, hook_name)(event=event)
        self._plugins.notify(hook_name, event=event)

    def add(self, giver: PluginStatus | None, observers: Iterable[object]) -> None:
        """Let observers watch."""
        for observer in observers:
            manager = hook_manager()
            manager.register(observer)
            self._watching.append(_Watching(observer, giver, manager))

    def close(self) -> None:
        """Close what has a `close()`, all of it.

        Raises:
            Exception: the first that could not be closed and whose failure ends the run.
        """
        failures: list[Exception] = []
        for one in self._watching:
            close = getattr(one.observer, "close", None)
            try:
                if close is None:
                    continue
                if one.giver is None or one.is_trusted:
                    close()
                else:
                    with self._plugins.isolated(one.giver, "`close`"):
                        close()
            except Exception as error:
                failures.append(error)
        if failures:
            raise failures[0]


@contextmanager
def observing(plugins: Plugins, run: StartedRun, *, more: Sequence[object] = ()) -> Iterator[Observers]:
    """Inside, the run's observers watch: made for it from `ganlab_observers`, after them the caller's; then closed.

    Args:
        run: what `ganlab_observers` is asked with.
        more: the caller's.

    Raises:
        GanlabError: an observer of the caller has no lifecycle hook, or one that there isn't.
    """
    observers = Observers(plugins)
    try:
        for giver, found in plugins.gather("ganlab_observers", _sound, run=run):
            observers.add(giver, found)
        observers.add(None, _sound(None, more))
        yield observers
    except BaseException as error:
        try:
            observers.close()
        except Exception:  # what ended the run says more than a file that can then not be closed
            raise error from None
        raise
    observers.close()


def _sound(giver: PluginStatus | None, result: object) -> list[object]:
    observers = yielded(result, "observers")
    for observer in observers:
        name = type(observer).__name__
        try:
            hooks = check_hooks(observer, name)
        except GanlabError as error:
            raise GanlabError(f"observer {name!r}: {error}") from error
        if not set(hooks) & set(_LIFECYCLE):
            raise GanlabError(f"observer {name!r}: it implements no lifecycle hook; there are {', '.join(_LIFECYCLE)}")
    return observers
