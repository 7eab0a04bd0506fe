"""The grid with a row a code: real images that the head is surest of, beside generated ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ganlab_core.runs.loaded import LoadedRun
from ganlab_core.verbs.report.code_names import CodeName
from ganlab_core.verbs.report.picture import Picture, picture_of
from ganlab_core.verbs.report.real_images import RealImages

_COLUMNS = 8


@dataclass(frozen=True)
class ClassRow:
    """A code, its probability in the prior, the part of the real images that it was given, and what it looks like.

    `read_back` is the part of the images drawn for it that were read as it at the last evaluation, if that says so.
    `assigned` and `real` are None where the real images are not at hand, `real` also where no image has the code.
    """

    name: CodeName
    learned: float
    assigned: float | None
    read_back: float | None
    real: Picture | None
    generated: Picture


def class_rows(
    run: LoadedRun,
    names: Sequence[CodeName],
    *,
    learned_K: Sequence[float],
    read_back_K: Sequence[float] | None,
    real: RealImages | None,
) -> list[ClassRow]:
    """A row for each of the named codes, in their order; the noise of a column is the same in every row."""
    shares_K = None if real is None else real.shares_K
    return [
        ClassRow(
            name=name,
            learned=learned_K[name.index],
            assigned=None if shares_K is None else shares_K[name.index],
            read_back=None if read_back_K is None else read_back_K[name.index],
            real=None if real is None else _surest(real, name),
            generated=picture_of(
                run.sample(_COLUMNS, code=name.index, seed=run.recipe.seed),
                columns=_COLUMNS,
                alt=f"{_COLUMNS} generated images of {name.text}",
            ),
        )
        for name in names
    ]


def _surest(real: RealImages, name: CodeName) -> Picture | None:
    images_NCHW = real.surest(name.index, most=_COLUMNS)
    if not len(images_NCHW):
        return None
    alt = f"the {len(images_NCHW)} real images that are most surely of {name.text}"
    return picture_of(images_NCHW, columns=_COLUMNS, alt=alt)
