"""`Verb`: a word of the command line, described so that nothing is imported before it is called."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Verb:
    """`ganlab NAME`.

    Args:
        name: lower-case words joined by hyphens.
        summary: its line in `ganlab --help`.
        command: where its `click.Command` is, `package.module:attribute`; imported when the verb is called, with the
            loaded plugins as `click.pass_obj` gives them.
    """

    name: str
    summary: str
    command: str
