"""The verbs of the command line: who gives each, and its command once it is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.verb import Verb
from ganlab_core.plugins.discovery import NAME
from ganlab_core.plugins.gathering import of_type, shortened
from ganlab_core.plugins.status import PluginStatus
from ganlab_core.system.stray_output import stray_output_to_stderr

if TYPE_CHECKING:
    import click

    from ganlab_core.plugins.loaded import Plugins


@dataclass(frozen=True)
class GivenVerb:
    """A verb, who gives it, and its command or where that is."""

    name: str
    summary: str
    giver: PluginStatus
    command: str | click.Command

    def load(self) -> click.Command:
        """The command, imported now.

        Raises:
            GanlabError: it cannot be imported, or is no command.
        """
        import click

        command = self._found()
        if not isinstance(command, click.Command):
            raise GanlabError(f"verb {self.name!r} of {self.giver}: {self.command!r} is no click command")
        return command

    def _found(self) -> object:
        from pkgutil import resolve_name

        if not isinstance(self.command, str):
            return self.command
        try:
            with stray_output_to_stderr():
                return resolve_name(self.command)
        except (Exception, SystemExit) as error:
            if self.giver.is_core:
                raise
            what = f"{type(error).__name__}: {error}"
            raise GanlabError(
                f"verb {self.name!r} of {self.giver}: {self.command!r} cannot be imported: {what}"
            ) from error


def given_verbs(plugins: Plugins) -> Mapping[str, GivenVerb]:
    """Every verb by name, the core's first; a plugin that takes a name in use gives none."""
    found: dict[str, GivenVerb] = {}
    plugins.gather("ganlab_verbs", partial(_take_verbs, found))
    for giver in plugins.having("ganlab_commands"):
        import click

        group = click.Group()
        plugins.gather("ganlab_commands", partial(_take_commands, found, group), only=giver, cli=group)
    return {name: verb for name, verb in found.items() if plugins.is_healthy(verb.giver)}


def _take_verbs(found: dict[str, GivenVerb], giver: PluginStatus, result: object) -> list[GivenVerb]:
    verbs = of_type(Verb)(giver, result)
    for verb in verbs:
        if not isinstance(verb.name, str) or not NAME.fullmatch(verb.name):
            raise GanlabError(f"adds the verb {verb.name!r}; a verb is lower-case words and digits joined by hyphens")
        if not isinstance(verb.summary, str):
            raise GanlabError(f"adds the verb {verb.name!r}, whose summary is {shortened(verb.summary)}, no text")
    return _taken(found, [GivenVerb(verb.name, verb.summary, giver, verb.command) for verb in verbs])


def _take_commands(
    found: dict[str, GivenVerb], group: click.Group, giver: PluginStatus, result: object
) -> list[GivenVerb]:
    commands = group.commands.items()
    return _taken(found, [GivenVerb(name, one.get_short_help_str(), giver, one) for name, one in commands])


def _taken(found: dict[str, GivenVerb], verbs: list[GivenVerb]) -> list[GivenVerb]:
    """All verbs of one plugin, or none where a name is not free."""
    staged: dict[str, GivenVerb] = {}
    for verb in verbs:
        if (taken := staged.get(verb.name) or found.get(verb.name)) is not None:
            owner = "ganlab itself" if taken.giver.is_core else taken.giver
            raise GanlabError(f"adds the verb {verb.name!r}, which {owner} already has")
        staged[verb.name] = verb
    found.update(staged)
    return verbs
