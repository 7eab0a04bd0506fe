"""What was found, in a sentence: how many classes, how sure, and what would make it surer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ganlab_core import AssignmentSummary, Found, shell_command
from ganlab_elastic.discover.features import INSTALL
from ganlab_elastic.discover.record import Plan, resume_command
from ganlab_elastic.discover.sizes import SIZES

SURE = 0.8  # mean probability: of five images four are right, which is enough to work with
SEPARATED = 0.8  # of five images four are put into the same class by another look at the same embedding
_GIANT = 0.5  # of the images in one of three classes or more: rather what was not told apart
_FEW = 100  # images a class, below which more of them help
_SHRUNK = 2  # times as small as they are: what tells classes apart may be lost


@dataclass(frozen=True)
class _Figures:
    """What a sentence goes by; shares are parts of all images."""

    images: int
    used: int
    largest: float
    confidence: float
    separation: float
    hasty: bool

    @property
    def has_giant(self) -> bool:
        return self.used > 2 and self.largest > _GIANT

    @property
    def lie_apart(self) -> bool:
        return self.confidence >= SURE and self.separation >= SEPARATED


def judge(assignments: AssignmentSummary, *, separation: float, plan: Plan, run: Path, taken: int) -> Found:
    """Put into words what was assigned.

    Args:
        separation: of the classes in the embedding, 0 to 1.
        plan: what the run was made with.
        run: its folder, for the command that goes on with it.
        taken: steps that it has taken.
    """
    sums = zip(assignments.counts, assignments.mean_confidences, strict=True)
    figures = _Figures(
        images=assignments.images,
        used=sum(count > 0 for count in assignments.counts),
        largest=max(assignments.counts) / assignments.images,
        confidence=sum(count * (mean or 0.0) for count, mean in sums) / assignments.images,
        separation=separation,
        hasty=plan.hasty,
    )
    reliable = figures.lie_apart and not figures.has_giant and not plan.hasty
    return Found(
        counts=assignments.counts,
        mean_confidences=assignments.mean_confidences,
        confidence=figures.confidence,
        separation=separation,
        well_separated=reliable,
        features=plan.features,
        drawn=taken >= plan.seen_at,
        sentence=_sentence(figures),
        advice=() if reliable else _advice(plan, figures),
        given_up=(*plan.given_up, *_left_to_draw(plan, run, taken)),
    )


def _sentence(figures: _Figures) -> str:
    images = f"{figures.images:,} images"
    if figures.used < 2:
        return f"No classes were told apart: all {images} were given the same one."
    found = f"{figures.used} classes in {images}, the largest with {figures.largest:.0%} of them."
    sure = f"(confidence {figures.confidence:.2f}, separation {figures.separation:.2f}, both of 1)"
    if figures.lie_apart and not figures.hasty and figures.has_giant:
        return f"{found} They lie apart {sure}, but that one may be several classes: look at it."
    if figures.lie_apart and not figures.hasty:
        return f"{found} They are well separated, and most images surely of their class {sure}."
    why = "found in fewer steps than it takes" if figures.lie_apart else "not well separated"
    giant = " The largest is probably several classes that were not told apart." if figures.has_giant else ""
    return f"{found} They are {why}, so take them as a first guess {sure}.{giant}"


def _left_to_draw(plan: Plan, run: Path, taken: int) -> tuple[str, ...]:
    if taken >= plan.steps:
        return ()
    left, planned = plan.steps - max(taken, plan.found_at), plan.steps - plan.found_at
    seconds = plan.seconds_to_find * max(plan.found_at - taken, 0) + plan.seconds_to_draw * left
    minutes = max(seconds / 60, 0.1)
    drawn = f"{left} of {planned} steps that draw the classes"
    return (f"{drawn}; to have them, in about {minutes:.1f} minutes: {resume_command(run)}",)


def _advice(plan: Plan, figures: _Figures) -> tuple[str, ...]:
    """What to try, what helps most first."""
    found = []
    if plan.features is None and plan.other_features is not None:
        how = shell_command("--features", plan.other_features) if plan.other_features else INSTALL
        found.append(
            f"{how}: a network that has seen many photographs tells such images apart better than their pixels"
        )
    if plan.counted:
        found.append("--classes K: how many classes there are, if you know it; they were counted here")
    if figures.images < _FEW * figures.used:
        found.append(
            f"more images: there are {figures.images / max(figures.used, 1):.0f} a class, and {_FEW} do better"
        )
    larger = [size for size in SIZES if plan.size < size <= plan.median_side]
    if plan.features is None and plan.median_side >= _SHRUNK * plan.size and larger:
        found.append(
            f"--size {larger[0]}: images of {plan.median_side} pixels were brought to {plan.size}; it takes longer"
        )
    return tuple(found)
