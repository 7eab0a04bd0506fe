"""Bad arguments: each is to be answered with a `GanlabError`, and never with a traceback."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ganlab_core.interface.errors import GanlabError
from ganlab_core.testing.subject import Subject

_NONSENSE: tuple[Any, ...] = ({"no such key": [None]}, ["nonsense"], "nonsense", 0, -1)


def check_bad_arguments(subject: Subject, spec: object = None) -> None:
    """Each argument must refuse some nonsense, and nonsense that it does not refuse must do no harm.

    Raises:
        AssertionError: an argument takes anything, or a factory raises something other than a `GanlabError`.
    """
    unknown = "no_such_argument"
    subject.require(_refuses(subject, unknown, 1, spec), f"takes the unknown argument {unknown!r}: name each argument")
    for argument in subject.entry.arguments:
        refused = [_refuses(subject, argument.name, value, spec) for value in _NONSENSE]
        subject.require(
            any(refused),
            f"argument {argument.name!r} takes anything, its type being {argument.type}: give a narrower one",
        )


def _refuses(subject: Subject, name: str, value: object, spec: object) -> bool:
    given = replace(subject, arguments={**subject.arguments, name: value})
    with subject.during(f"its construction with the bad argument {name}={value!r} (which takes a GanlabError)"):
        try:
            given.entry.build(given.arguments, spec)
        except GanlabError:
            return True
    return False
