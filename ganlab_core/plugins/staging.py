"""What a plugin must be before anything of it is let in: its hooks are known, and each part that it gives is sound.

Each function raises `GanlabError` with a text that `Plugins` completes with the plugin's name and distribution.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pluggy

from ganlab_core.interface import hookspecs
from ganlab_core.interface.component import Component
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.kinds import KINDS, Kind, roles
from ganlab_core.plugins.discovery import NAME
from ganlab_core.plugins.gathering import shortened, yielded

if TYPE_CHECKING:
    from ganlab_core.plugins.registry import Entry
    from ganlab_core.plugins.status import Giver


def hook_manager() -> pluggy.PluginManager:
    """An empty manager that knows ganlab's hooks."""
    manager = pluggy.PluginManager("ganlab")
    manager.add_hookspecs(hookspecs)
    return manager


def check_hooks(plugin: object, name: str) -> tuple[str, ...]:
    """The names of the hooks that a plugin implements, found in a manager of its own: a bad one leaves no trace.

    Raises:
        GanlabError: no hook, a misspelt hook, a hook with arguments that the specification lacks, or an unmarked hook.
    """
    trial = hook_manager()
    try:
        trial.register(plugin, name)
    except pluggy.PluginValidationError as error:
        raise GanlabError(str(error)) from error
    hooks = [caller.name for caller in trial.get_hookcallers(plugin) or ()]
    known = [name for name in vars(hookspecs) if name.startswith("ganlab_")]
    for caller in trial.get_hookcallers(plugin) or ():
        if not caller.has_spec() and not all(hook.optionalhook for hook in caller.get_hookimpls()):
            near = difflib.get_close_matches(caller.name, known, n=1)
            raise GanlabError(f"there is no hook {caller.name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    _refuse_unmarked(plugin, hooks)
    return tuple(sorted(hooks))


def stage(kind: Kind, given: object, giver: Giver) -> Iterator[Entry]:
    """What a part-giving hook returned, each of it checked.

    Raises:
        GanlabError: something that is not a component, or a component that no recipe could use.
    """
    from ganlab_core.plugins.registry import Entry

    for component in yielded(given, "Components"):
        if not isinstance(component, Component):
            raise GanlabError(f"gave {shortened(component)}, not a Component")
        try:
            _check_description(kind, component)
            entry = Entry(kind, component, giver)
            _check_signature(entry)
        except GanlabError as error:
            raise GanlabError(f"{kind} {component.name!r}: {error}") from error
        yield entry


def _check_description(kind: Kind, component: Component) -> None:
    if not isinstance(component.name, str) or not NAME.fullmatch(component.name):
        raise GanlabError("a name is lower-case words and digits joined by hyphens")
    if component.role not in KINDS[kind].roles:
        needs = f"a network needs a role ({', '.join(roles())})"
        rule = "only networks have a role" if None in KINDS[kind].roles else needs
        raise GanlabError(f"{rule}, and this one has {component.role!r}")
    if not isinstance(component.headline, str):
        raise GanlabError(f"its headline is {shortened(component.headline)}, not the key of a figure")
    if kind != "metric" and component.headline:
        raise GanlabError(f"only metrics have a headline, and this one has {component.headline!r}")
    if not isinstance(component.requires, tuple) or not set(component.requires) <= set(roles()):
        raise GanlabError(f"requires {component.requires!r}; it is a tuple of roles, such as ('recognition',)")
    if not isinstance(component.companion, Mapping | Path):
        raise GanlabError(
            f"its companion is {shortened(component.companion)}, not a mapping or the path of a YAML file"
        )
    if not callable(component.factory):
        raise GanlabError(f"its factory is {shortened(component.factory)}, which can't be called")


def _check_signature(entry: Entry) -> None:
    """Read the factory's signature, so that one that can't be read is found now."""
    _ = entry.takes_specification
    names = [field.alias for field in entry.model.model_fields.values()]
    for reserved in entry.settings:
        if reserved in names:
            raise GanlabError(f"its argument {reserved!r} has a name that recipes need for something else")


def _refuse_unmarked(plugin: object, hooks: Sequence[str]) -> None:
    for name in dir(plugin):
        if name.startswith("ganlab_") and name not in hooks and inspect.isroutine(getattr(plugin, name, None)):
            raise GanlabError(f"{name!r} is not marked as a hook: put @hookimpl over it")
    if not hooks:
        raise GanlabError("it implements no hook: mark its functions with @hookimpl")
