"""Which frozen features classes are found in: the user's, or those that are installed where they help."""

from __future__ import annotations

from dataclasses import dataclass

from ganlab_core import GanlabError, Plugins
from ganlab_elastic.discover.survey import Survey

AUTO, NONE = "auto", "none"
INSTALL = "pip install ./plugins/ganlab-features"  # in the folder of ganlab's sources
_DRAWING = 32  # pixels of the median side, up to which grey images are drawings that pixels tell apart better


@dataclass(frozen=True)
class Features:
    """The component to use, None for the pixels themselves, and why.

    Attributes:
        other: one that could be tried instead of the pixels; empty where none is installed, None where none would help.
    """

    name: str | None
    why: str
    other: str | None = None


def choose_features(wanted: str, survey: Survey, plugins: Plugins) -> Features:
    """What to use for a folder.

    Args:
        wanted: a component's name, `auto` or `none`.

    Raises:
        GanlabError: no plugin gives this one; the message lists those that are there.
    """
    known = plugins.registries["features"]
    ready = [entry.name for entry in known if not any(argument.required for argument in entry.arguments)]
    helps = not (survey.grey and survey.median_side <= _DRAWING)
    other = (ready[0] if ready else "") if helps else None
    if wanted == NONE:
        return Features(None, "the pixels alone, as asked", other)
    if wanted != AUTO:
        if wanted not in (names := [entry.name for entry in known]):
            there = f"there are {', '.join(names)}" if names else "none are installed"
            raise GanlabError(f"--features {wanted}: there are no such features; {there}, and `{INSTALL}` brings some")
        return Features(wanted, f"features of {wanted}, as asked")
    if not helps:
        return Features(None, f"the pixels, which tell small grey drawings (up to {_DRAWING} pixels) apart better")
    if not ready:
        return Features(None, f"the pixels, since no features are installed (in ganlab's sources: `{INSTALL}`)", other)
    return Features(ready[0], f"features of {ready[0]}, which are installed and tell photographs apart better")
