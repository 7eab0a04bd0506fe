"""`Registry`: the components of one kind by name, with who gave each."""

from __future__ import annotations

import difflib
import inspect
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from ganlab_core.interface.component import Component
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.kinds import KINDS, Kind, Role
from ganlab_core.plugins.arguments import Argument, arguments_model, call_values, read_arguments, takes_specification
from ganlab_core.plugins.known import install_hint
from ganlab_core.plugins.status import Giver


@dataclass(frozen=True)
class Entry:
    """A registered component."""

    kind: Kind
    component: Component
    giver: Giver

    def __str__(self) -> str:
        return " ".join(filter(None, (self.kind, self.component.role, self.name)))

    @property
    def name(self) -> str:
        """What `use:` says."""
        return self.component.name

    @property
    def summary(self) -> str:
        """The component's summary, or the first line of its factory's docstring."""
        return self.component.summary or (inspect.getdoc(self.component.factory) or "").partition("\n")[0]

    @property
    def settings(self) -> tuple[str, ...]:
        """The keys of a recipe's part that are not arguments of the factory."""
        return ("use", *KINDS[self.kind].settings)

    @cached_property
    def takes_specification(self) -> bool:
        """Whether the factory wants the core's specification."""
        return takes_specification(self.component.factory)

    @cached_property
    def arguments(self) -> tuple[Argument, ...]:
        """What a recipe may write beside `use`."""
        return read_arguments(self.component.factory)

    @cached_property
    def model(self) -> type[BaseModel]:
        """The pydantic model that checks a recipe's arguments."""
        return arguments_model(self.component.factory, name=self.component.name)

    def check(self, arguments: Mapping[str, Any], *, context: Mapping[str, Any] | None = None) -> BaseModel:
        """The checked arguments, defaults filled in.

        Arguments are read as JSON is: a list may become a tuple and 1 a float, but "1" stays text and true no number.

        Args:
            context: what types may ask for, such as the steps of the run (`run_of`).

        Raises:
            pydantic.ValidationError: with every error at once.
            ValueError, TypeError: for what JSON can't hold.
        """
        text = json.dumps(dict(arguments), allow_nan=False)
        return self.model.model_validate_json(text, strict=True, context=context)

    def build(self, arguments: Mapping[str, Any], spec: object = None) -> Any:
        """Call the factory with a recipe's arguments, and with `spec` if it has a positional parameter.

        Raises:
            GanlabError: for arguments that `check` refuses.
        """
        try:
            checked = call_values(self.check(arguments))
        except (ValueError, TypeError) as error:
            raise GanlabError(*f"{self.kind} {self.name!r}: {error}".split("\n")) from error  # pydantic's lines
        return self.component.factory(*([spec] if self.takes_specification else []), **checked)


class Registry:
    """Components of one kind, by name; networks by role and name.

    Args:
        kind: which kind.
        failures: what went wrong while plugins loaded, quoted when a name is not found.
    """

    def __init__(self, kind: Kind, *, failures: Sequence[str] = ()) -> None:
        self.kind = kind
        self._failures = failures
        self._entries: dict[tuple[Role | None, str], Entry] = {}

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def add(self, entry: Entry) -> None:
        """Commit an entry whose name `refuse_taken` found free."""
        self._entries[entry.component.role, entry.name] = entry

    def refuse_taken(self, entry: Entry) -> None:
        """Raises `GanlabError` if somebody already gave a component of this name (and role)."""
        if owner := self._entries.get((entry.component.role, entry.name)):
            raise GanlabError(f"{entry} is already given by {owner.giver}; uninstall one of the two")

    def get(self, name: str, role: Role | None = None) -> Entry:
        """The component of this name; `role` says which of a network's roles.

        Raises:
            GanlabError: for an unknown name, with what to install if that is known, or else near misses and what there
                is, and with which plugins failed to load.
        """
        if (role, name) not in self._entries:
            raise GanlabError(self._not_found(name, role))
        return self._entries[role, name]

    def names(self, role: Role | None = None) -> list[str]:
        """The names in alphabetical order; for networks of one role, or of every role."""
        return sorted({name for (owner, name) in self._entries if role in (None, owner)})

    def roles(self, name: str) -> list[Role]:
        """The roles that networks of this name fill."""
        return [role for (role, known) in self._entries if known == name and role is not None]

    def suggest(self, name: str, role: Role | None = None) -> list[str]:
        """Registered names that look like this one, best first."""
        return difflib.get_close_matches(name, self.names(role), n=3)

    def _not_found(self, name: str, role: Role | None) -> str:
        what = f"{self.kind} {name!r}" + (f" for the role {role}" if role else "")
        broken = "".join(f" ({failure})" for failure in self._failures)
        if installing := install_hint(self.kind, role, name):
            return f"there is no {what}: {installing}{broken}"
        near, others = self.suggest(name, role), self.roles(name)
        hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else "."
        if others:
            hint = f" ({name!r} is a {' and a '.join(others)}){hint}"
        return f"there is no {what}{hint} There is {', '.join(self.names(role)) or 'none'}{broken}"
