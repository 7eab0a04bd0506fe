"""`Subject`: the part under test, how it is built, and how it is told that a promise is broken."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import torch

from ganlab_core.interface.component import Component
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.kinds import KINDS, Kind
from ganlab_core.plugins.registry import Entry
from ganlab_core.plugins.staging import stage
from ganlab_core.plugins.status import Giver

_GIVER = Giver("under-test", "no distribution", "0")


class BrokenPromiseError(AssertionError):
    """What a check raises; a failed `assert` of the part's own is something else."""


@dataclass(frozen=True)
class Subject:
    """A registered part and the recipe's arguments that it is built with."""

    entry: Entry
    arguments: Mapping[str, Any]

    @classmethod
    def of(cls, kind: Kind, component: Component | Entry, arguments: Mapping[str, Any]) -> Subject:
        """The part as a plugin would give it.

        Raises:
            AssertionError: it is of another kind, or no recipe could use it.
        """
        if isinstance(component, Entry):
            if component.kind != kind:
                raise BrokenPromiseError(f"{component} is no {kind}: use check_{component.kind}")
            return cls(component, arguments)
        try:
            (entry,) = stage(kind, [component], _GIVER)
        except GanlabError as error:
            raise BrokenPromiseError(str(error)) from error
        return cls(entry, arguments)

    def fail(self, sentence: str) -> NoReturn:
        """Raise `AssertionError` with what is wrong."""
        raise BrokenPromiseError(f"{self.entry}: {sentence}")

    def require(self, kept: bool, sentence: str) -> None:
        """Fail with what is wrong, unless the promise is kept."""
        if not kept:
            self.fail(sentence)

    def build(self, spec: object = None, *, seed: int = 0) -> Any:
        """The part, its parameters drawn from `seed`.

        Raises:
            GanlabError: it refuses its specification or arguments.
            AssertionError: it fails in any other way, or draws from a global generator what are no parameters.
        """
        # Parameters are drawn from torch's global generator, as `torch.nn` does; the run seeds it for them.
        what, initialised = "its construction", KINDS[self.entry.kind].learns
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            with self.during(what, refusing=True), self.without_global_random(what, but_torch=initialised):
                return self.entry.build(self.arguments, spec)

    @contextmanager
    def during(self, what: str, *, refusing: bool = False) -> Iterator[None]:
        """Say during what the part raised; if it may refuse, a `GanlabError` passes."""
        try:
            yield
        except BrokenPromiseError:
            raise
        except Exception as error:
            if refusing and isinstance(error, GanlabError):
                raise
            text = " ".join(f"{type(error).__name__}: {error}".split())
            raise BrokenPromiseError(f"{self.entry}: {what} raised {text}") from error

    @contextmanager
    def without_global_random(self, what: str, *, but_torch: bool = False) -> Iterator[None]:
        """Refuse draws from the global generators of torch (unless allowed), NumPy and Python."""
        before = _states()
        yield
        for name, state in _states().items():
            if state != before[name] and not (but_torch and name == "torch"):
                self.fail(
                    f"{what} draws from {name}'s global random state; draw from the torch.Generator that it is given, "
                    "or from derived_generator(...)"
                )


def _states() -> dict[str, object]:
    """The states of the global generators, as values that can be compared."""
    name, keys, *rest = np.random.get_state()
    return {
        "torch": torch.get_rng_state().numpy().tobytes(),
        "NumPy": (name, np.asarray(keys).tobytes(), *rest),
        "Python": random.getstate(),
    }
