"""Losses that would count in no step of a run, which is never meant."""

from __future__ import annotations

from collections.abc import Iterator

from ganlab_core.interface.share import Share, enough_steps, fraction_of
from ganlab_core.recipe.problems import Problem
from ganlab_core.recipe.settings import LossPart, Recipe


def idle_losses(recipe: Recipe) -> Iterator[Problem]:
    """Losses that would count in no step of the run, as far as its steps are known."""
    for name, loss in recipe.losses.items():
        if _is_open(loss.starts) or _is_open(loss.ends):
            continue
        if loss.ends is not None and loss.ends <= loss.starts:
            yield Problem(("losses", name, "ends"), _ends_first(loss, loss.ends, f"losses.{name}"))
        elif isinstance(recipe.steps, int) and loss.starts >= recipe.steps:
            yield Problem(("losses", name, "starts"), _starts_late(loss.starts, recipe.steps, f"losses.{name}"))


def _is_open(step: int | None) -> bool:
    """Whether it is a share of a run whose steps are not known yet."""
    return isinstance(step, Share) and not step.is_settled


def _ends_first(loss: LossPart, ends: int, at: str) -> str:
    way_out = f"raise {at}.ends or lower {at}.starts"
    if isinstance(ends, Share) and isinstance(loss.starts, Share):
        less, more = fraction_of(loss.starts.written), fraction_of(ends.written)
        if less < more:
            way_out = f"raise steps to {enough_steps(less, more)} or more, {way_out}"
    return f"ends before step {_shown(ends)}, but starts at step {_shown(loss.starts)}, so it never counts; {way_out}"


def _starts_late(starts: int, steps: int, at: str) -> str:
    longer = "" if isinstance(starts, Share) else f"raise steps to {starts + 1} or more, or "
    return f"starts at step {_shown(starts)}, but the run has {steps} steps; {longer}lower {at}.starts"


def _shown(step: int) -> str:
    return f"{step} ({step.written} of the run)" if isinstance(step, Share) else str(step)
