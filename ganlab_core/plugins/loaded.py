"""`Plugins`: what loaded, who gave what, what failed, and calls into plugins that outlive a plugin's failure."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cached_property
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.version import __version__
from ganlab_core.plugins.api import blaming_version, check_api, source_of
from ganlab_core.plugins.core import core_plugin
from ganlab_core.plugins.discovery import NAME, distribution_of, is_strict, version_of, wanted_entry_points
from ganlab_core.plugins.gathering import Accept, Thing
from ganlab_core.plugins.hooks import check_hooks, hook_manager
from ganlab_core.plugins.status import CORE, PluginStatus
from ganlab_core.system.collector import without_collector
from ganlab_core.system.stray_output import stray_output_to_stderr

if TYPE_CHECKING:
    from ganlab_core.interface.kinds import Kind, PartKind
    from ganlab_core.plugins.plugin_file import PluginFile
    from ganlab_core.plugins.registry import Entry, Registry

_log = logging.getLogger("ganlab")
_FAILURES = (Exception, SystemExit)  # a plugin that calls sys.exit is as broken as one that raises


class Plugins:
    """The core and the plugins of this program; `load_plugins` makes and fills it.

    Args:
        strict: whether a plugin's failure raises `GanlabError` instead of being reported and survived.
    """

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict
        self._manager = hook_manager()
        self._statuses: list[PluginStatus] = []
        self._failures: list[str] = []
        self._packages = {CORE: "ganlab_core"}
        self._homes: dict[str, str] = {}
        self._files: dict[int, PluginFile] = {}
        core = core_plugin()
        self._statuses.append(PluginStatus(CORE, "ganlab", __version__, hooks=check_hooks(core, CORE)))
        self._manager.register(core, CORE)

    def admit(self, point: EntryPoint) -> None:
        """Load the plugin of an entry point, or report why that can't be."""
        index = len(self._statuses)
        self._statuses.append(PluginStatus(point.name))
        with self._isolated(index, loading=True):
            self._update(index, distribution=distribution_of(point), version=version_of(point))
            if not NAME.fullmatch(point.name):
                raise GanlabError("a plugin's name is lower-case words and digits joined by hyphens")
            self._refuse_taken_name(index, "uninstall one of the two")
            with blaming_version(lambda: source_of(point.module)), stray_output_to_stderr():
                plugin = point.load()
            self._register(index, plugin)
            self._packages[point.name] = sys.modules[point.module].__package__ or ""
            self._homes[point.name] = self._packages[point.name] or point.module

    def admit_file(self, path: Path) -> None:
        """Load one Python file as a plugin, for `--plugin`.

        Raises:
            GanlabError: it can't be read or loaded. Here, and when its parts and verbs are asked for, a failure is
                fatal: who names a file means it.
        """
        from ganlab_core.plugins.plugin_file import FOLDER, PluginFile

        file = PluginFile.read(path)
        if path.absolute().parent.name == FOLDER:
            from ganlab_core.plugins.frozen_files import check_unchanged

            check_unchanged(file)
        index = len(self._statuses)
        self._statuses.append(PluginStatus(file.name, str(path), f"sha256 {file.sha256[:12]}"))
        self._files[index] = file
        with self._isolated(index, loading=True):
            self._refuse_taken_name(index, "rename the file, or leave out one of the two")
            with blaming_version(lambda: file.source), stray_output_to_stderr():
                plugin = file.load()
            self._register(index, plugin)
            self._homes[file.name] = plugin.__name__
        _log.info("%s is loaded from its file", self._statuses[index])

    @property
    def files(self) -> tuple[PluginFile, ...]:
        """The plugins that are single files, in the order in which they were named."""
        return tuple(self._files.values())

    @cached_property
    def registries(self) -> dict[Kind, Registry]:
        """The registry of each kind. The hooks that give parts are called when this is first asked for."""
        from ganlab_core.interface.kinds import KINDS
        from ganlab_core.plugins.registry import Registry

        registries = {kind: Registry(kind, failures=self._failures) for kind in KINDS}
        for index in self._healthy():
            with without_collector(), self._isolated(index, loading=True), stray_output_to_stderr():
                entries = self._stage(self._statuses[index], registries)
                for entry in entries:
                    registries[entry.kind].add(entry)
                self._update(index, parts=tuple(map(str, entries)))
        return registries

    @property
    def statuses(self) -> tuple[PluginStatus, ...]:
        """Every plugin, healthy or not, the core first. Asks plugins for their parts if nobody has yet."""
        _ = self.registries
        return tuple(self._statuses)

    @property
    def packages(self) -> dict[str, str]:
        """The package around each healthy plugin's module, by the plugin's name; its recipes lie there."""
        names = [self._statuses[index].name for index in self._healthy()]
        return {name: self._packages[name] for name in names if self._packages.get(name)}  # a file lies in none

    @property
    def homes(self) -> dict[str, str]:
        """The package or module that each plugin's code lies in, by the plugin's name; the core's is not told."""
        return dict(self._homes)

    def notify(self, hook_name: str, **arguments: Any) -> None:
        """Call a lifecycle hook of every plugin; one that raises is reported once and not called again."""
        for status in self.having(hook_name):
            with self.isolated(status, f"hook {hook_name!r}"):
                call_hook(self._manager, status.name, hook_name, arguments)

    def having(self, hook_name: str) -> list[PluginStatus]:
        """The healthy plugins that implement a hook, the core first."""
        return [self._statuses[index] for index in self._healthy() if hook_name in self._statuses[index].hooks]

    def is_healthy(self, plugin: PluginStatus) -> bool:
        """Whether a plugin, as it was known once, is still called."""
        return any(status.healthy for status in self._statuses if status.name == plugin.name)

    def gather(
        self, hook_name: str, accept: Accept[Thing], *, only: PluginStatus | None = None, **arguments: Any
    ) -> list[tuple[PluginStatus, list[Thing]]]:
        """What each plugin yields from a hook, all or nothing of each; a plugin whose hook fails is left out.

        Args:
            accept: what of that which one plugin's hook returned counts.
            only: ask this plugin alone.
            arguments: the hook's.
        """
        found = []
        for status in self.having(hook_name) if only is None else [only]:
            with self.isolated(status, f"hook {hook_name!r}", loading=True), stray_output_to_stderr():
                results = call_hook(self._manager, status.name, hook_name, arguments)
                found.append((status, accept(status, results[0] if results else None)))
        return found

    @contextmanager
    def isolated(self, plugin: PluginStatus, what: str, *, loading: bool = False) -> Iterator[None]:
        """Report what goes wrong inside as this plugin's failure, naming `what` failed, and call the plugin no more.

        What the core raises ends the program; what a plugin that failed before raises, as where its observers are
        closed, is not told again.

        Raises:
            GanlabError: instead, where `strict` says so, or while a file that the user named is `loading`.
        """
        if plugin.is_core:
            yield
            return
        index = next((index for index in self._healthy() if self._statuses[index].name == plugin.name), None)
        with suppress(*_FAILURES) if index is None else self._isolated(index, loading=loading), _naming(what):
            yield

    def _stage(self, status: PluginStatus, registries: Mapping[Kind, Registry]) -> list[Entry]:
        """All parts of a plugin, each of them sound and with a name that is free; nothing is committed yet."""
        from ganlab_core.interface.kinds import KINDS

        staged: dict[str, Entry] = {}
        for kind in KINDS.values():
            with _naming(f"hook {kind.hook!r}"):
                for entry in self._given(kind, status):
                    registries[kind.name].refuse_taken(entry)
                    if str(entry) in staged:
                        raise GanlabError(f"gives {entry} twice")
                    staged[str(entry)] = entry
        return list(staged.values())

    def _given(self, kind: PartKind, status: PluginStatus) -> Iterator[Entry]:
        from ganlab_core.plugins.staging import stage

        if kind.hook in status.hooks:
            results = call_hook(self._manager, status.name, kind.hook, {})
            yield from stage(kind.name, results[0] if results else None, status.giver)

    def _refuse_taken_name(self, index: int, way_out: str) -> None:
        for other in self._statuses[:index]:
            if other.name == self._statuses[index].name:
                raise GanlabError(f"its name is already that of {other}; {way_out}")

    def _register(self, index: int, plugin: object) -> None:
        """Let a loaded plugin in, if its hooks are sound."""
        name = self._statuses[index].name
        check_api(plugin)
        self._update(index, hooks=check_hooks(plugin, name))
        self._manager.register(plugin, name)

    def _healthy(self) -> list[int]:
        return [index for index, status in enumerate(self._statuses) if status.healthy]

    def _update(self, index: int, **changes: Any) -> PluginStatus:
        self._statuses[index] = replace(self._statuses[index], **changes)
        return self._statuses[index]

    @contextmanager
    def _isolated(self, index: int, *, loading: bool = False) -> Iterator[None]:
        """Report what goes wrong inside as this plugin's failure, once, and call the plugin no more.

        Raises:
            GanlabError: instead, where `strict` says so, or while a file that the user named is `loading`.
        """
        try:
            yield
        except _FAILURES as error:
            status = self._update(index, healthy=False, reason=_describe(error))
            if status.hooks and self._manager.has_plugin(status.name):
                self._manager.unregister(name=status.name)
            if loading and index in self._files:
                raise GanlabError(f"--plugin {self._files[index].path}: {status.reason}") from error
            text = f"{status} is left out: {status.reason}"
            if self._strict:
                raise GanlabError(text) from error
            self._failures.append(text)
            _log.warning("%s", text)
            _log.debug("the traceback of %s", status, exc_info=error)


def load_plugins(environ: Mapping[str, str] = os.environ, *, files: Sequence[Path] = ()) -> Plugins:
    """Load every installed plugin that the environment lets in; no part is asked for yet, and no torch imported.

    Args:
        environ: where `GANLAB_PLUGINS` and `GANLAB_STRICT_PLUGINS` are looked up.
        files: Python files to load as plugins too, whatever the environment says.

    Raises:
        GanlabError: `GANLAB_PLUGINS` names a plugin that is not installed, a plugin fails and
            `GANLAB_STRICT_PLUGINS=1`, or one of the `files` fails.
    """
    plugins = Plugins(strict=is_strict(environ))
    for point in wanted_entry_points(environ):
        plugins.admit(point)
    for path in files:
        plugins.admit_file(path)
    return plugins


def call_hook(manager: pluggy.PluginManager, name: str, hook_name: str, arguments: Mapping[str, Any]) -> list[Any]:
    """What one plugin's implementation of a hook returns, in a list; an empty one for None, or if it has none."""
    plugin = manager.get_plugin(name)
    others = [other for other in manager.get_plugins() if other is not plugin]
    return list(manager.subset_hook_caller(hook_name, others)(**arguments))


@contextmanager
def _naming(what: str) -> Iterator[None]:
    """Say in what an error happened."""
    try:
        yield
    except _FAILURES as error:
        raise GanlabError(f"{what}: {_describe(error)}") from error


def _describe(error: BaseException) -> str:
    text = str(error) if isinstance(error, GanlabError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())
