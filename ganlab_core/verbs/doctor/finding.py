"""`Finding`: one thing that the doctor looked at, and whether it would stop a run."""

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


def gibibytes(size: float) -> str:
    """A number of bytes for people: `1.5 GiB`, `730.0 MiB`."""
    return f"{size / 2**30:,.1f} GiB" if size >= 2**30 else f"{size / 2**20:,.1f} MiB"
