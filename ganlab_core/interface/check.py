"""`Check` and `Finding`: what `ganlab doctor` looks at, and what it found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

State = Literal["fine", "note", "stops"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A line of the doctor's report.

    Attributes:
        name: what was looked at, such as `torch` or `checkpoint 500`.
        text: what was found, for people.
        state: `note` is worth knowing, `stops` would stop a run.
        way_out: what to do about it; empty where there is nothing to do.
        value: what was found, for programs; a JSON value.
    """

    name: str
    text: str
    state: State = "fine"
    way_out: str = ""
    value: Any = None


@dataclass(frozen=True, kw_only=True)
class Check:
    """Something that could stop a run, looked at by `ganlab doctor`; nothing may be written.

    Args:
        section: the heading that its findings stand under; checks of one section stand together.
        look: where the function is that looks, `package.module:function`; imported when the doctor comes to it. It is
            called with an `Examined` and gives `Finding`s, none where it has nothing to look at.
    """

    section: str
    look: str
