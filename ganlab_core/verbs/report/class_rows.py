"""The grid with a row a code: real images that the head is surest of, beside generated ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ganlab_core.runs.loaded import LoadedRun
from ganlab_core.verbs.report.alike import Alike, most_like
from ganlab_core.verbs.report.code_figures import CodeFigures
from ganlab_core.verbs.report.code_names import CodeName
from ganlab_core.verbs.report.picture import Picture, picture_of
from ganlab_core.verbs.report.real_images import RealImages

_COLUMNS = 8


@dataclass(frozen=True)
class ClassRow:
    """A code, how many images have it and how surely, and what it looks like; None what is not known.

    Attributes:
        learned: its probability in the prior; None where that has not been learned yet, as the generator has not.
        assigned: the part of the real images that it was given.
        confidence: the mean probability of these images to be of it.
        distinctness: how much nearer they lie to one another than to the next code, -1 to 1.
        alike: the code that it looks like most.
        read_back: the part of the images drawn for it that were read as it at the last evaluation, if that says so.
        real: the images that are most surely of it; None also where no image is.
        others: more of its images, from the surest to the least sure, where there are no generated ones to be shown.
        generated: None where the generator has not learned to draw it yet.
    """

    name: CodeName
    learned: float | None
    assigned: float | None
    confidence: float | None
    distinctness: float | None
    alike: Alike | None
    read_back: float | None
    real: Picture | None
    others: Picture | None
    generated: Picture | None


def class_rows(
    run: LoadedRun,
    names: Sequence[CodeName],
    *,
    learned_K: Sequence[float] | None,
    read_back_K: Sequence[float] | None,
    real: RealImages | None,
    figures: CodeFigures,
) -> list[ClassRow]:
    """A row for each of the named codes, in their order; the noise of a column is the same in every row.

    `learned_K` is None of a run whose generator has not learned to draw yet.
    """
    shares_K = figures.assigned_K
    return [
        ClassRow(
            name=name,
            learned=None if learned_K is None else learned_K[name.index],
            assigned=None if shares_K is None else shares_K[name.index],
            confidence=figures.confidences_K[name.index],
            distinctness=figures.distinctness_K[name.index],
            alike=most_like(name, figures.apart_KK, names),
            read_back=None if learned_K is None or read_back_K is None else read_back_K[name.index],
            real=None if real is None else _surest(real, name),
            others=None if real is None or learned_K is not None else _all_sorts(real, name),
            generated=None if learned_K is None else _generated(run, name),
        )
        for name in names
    ]


def _generated(run: LoadedRun, name: CodeName) -> Picture:
    images_NCHW = run.sample(_COLUMNS, code=name.index, seed=run.recipe.seed)
    return picture_of(images_NCHW, columns=_COLUMNS, alt=f"{_COLUMNS} generated images of {name.text}")


def _all_sorts(real: RealImages, name: CodeName) -> Picture | None:
    images_NCHW = real.all_sorts(name.index, most=_COLUMNS)
    if len(images_NCHW) < _COLUMNS:  # the surest are all that there are
        return None
    alt = f"{len(images_NCHW)} real images of {name.text}, from the surest to the least sure"
    return picture_of(images_NCHW, columns=_COLUMNS, alt=alt)


def _surest(real: RealImages, name: CodeName) -> Picture | None:
    images_NCHW = real.surest(name.index, most=_COLUMNS)
    if not len(images_NCHW):
        return None
    alt = f"the {len(images_NCHW)} real images that are most surely of {name.text}"
    return picture_of(images_NCHW, columns=_COLUMNS, alt=alt)
