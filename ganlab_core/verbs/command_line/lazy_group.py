"""A click group that imports a verb's module only when the verb runs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import click

from ganlab_core.plugins.verbs import GivenVerb


class LazyGroup(click.Group):
    """The verbs that plugins give, the core's first; each one's line of help is known beforehand."""

    verbs: Mapping[str, GivenVerb] = MappingProxyType({})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which plugins give them."""
        return list(self.verbs)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The verb's command, imported now."""
        return self.verbs[name].load() if name in self.verbs else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does; a misspelt verb is answered with the nearest ones."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            near = difflib.get_close_matches(args[0], self.list_commands(ctx))
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise click.UsageError(f"{error.message}{hint}", ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List verbs without importing them."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, verb.summary) for name, verb in self.verbs.items()])
