"""What a plugin's hooks must be before anything of it is let in.

Each function raises `GanlabError` with a text that `Plugins` completes with the plugin's name and distribution.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence

import pluggy

from ganlab_core.interface import hookspecs
from ganlab_core.interface.errors import GanlabError


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
            import difflib

            near = difflib.get_close_matches(caller.name, known, n=1)
            raise GanlabError(f"there is no hook {caller.name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    _refuse_unmarked(plugin, hooks)
    return tuple(sorted(hooks))


def _refuse_unmarked(plugin: object, hooks: Sequence[str]) -> None:
    for name in dir(plugin):
        if name.startswith("ganlab_") and name not in hooks and inspect.isroutine(getattr(plugin, name, None)):
            raise GanlabError(f"{name!r} is not marked as a hook: put @hookimpl over it")
    if not hooks:
        raise GanlabError("it implements no hook: mark its functions with @hookimpl")
