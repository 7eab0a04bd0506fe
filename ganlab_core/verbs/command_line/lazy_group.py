"""A click group that imports a verb's module only when the verb runs."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from typing import Any

import click


def _module(name: str) -> str:
    from importlib.util import find_spec

    inside = f"ganlab_core.verbs.{name}.command"
    return inside if find_spec(f"ganlab_core.verbs.{name}").submodule_search_locations else f"ganlab_core.verbs.{name}"


class LazyGroup(click.Group):
    """Verb `name` is the command of that name in `ganlab_core.verbs.NAME`; its one-line help is known beforehand."""

    def __init__(self, *args: Any, verbs: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._verbs = verbs

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Our verbs in the order that a newcomer needs them, then those of plugins."""
        return [*self._verbs, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The verb's command, imported now."""
        if name not in self._verbs:
            return super().get_command(ctx, name)
        command: click.Command = importlib.import_module(_module(name)).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does; a misspelt verb is answered with the nearest ones."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = difflib.get_close_matches(args[0], self.list_commands(ctx))
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise click.UsageError(f"{error.message}{hint}", ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List verbs without importing them."""
        own = list(self._verbs.items())
        others = [(name, command.get_short_help_str()) for name, command in self.commands.items()]
        with formatter.section("Verbs"):
            formatter.write_dl(own + others)
