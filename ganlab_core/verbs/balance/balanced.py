"""A balanced collection from an unbalanced one: each class's real images, topped up with generated ones.

Classes are the codes that a run's recognition head gives images. Real images are written as the run sees them, at its
size and with its channels, so that nothing but the manifest and the name tells a generated image from a real one.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganlab_core.image_files.pictures import PictureBatch
from ganlab_core.image_files.remarks import Remarks
from ganlab_core.image_files.write import save_png
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import IMAGES_AT_ONCE, to_uint8
from ganlab_core.interface.randomness import derived_generator, derived_seed
from ganlab_core.runs.loaded import LoadedRun
from ganlab_core.system.atomic import written_aside
from ganlab_core.system.places import require_new_folder
from ganlab_core.verbs.assign.codes import class_code
from ganlab_core.verbs.assign.reading import By, picture_reader
from ganlab_core.verbs.assign.sources import PictureSource
from ganlab_core.verbs.assign.table import csv_file

_COLUMNS = ("path", "class", "origin", "source", "seed")
WriteRow = Callable[[Sequence[Any]], Any]


@dataclass(frozen=True)
class BalancePlan:
    """Which real images `kept_N` (bool) to take, and how many to generate of each code; 0 of codes without images."""

    kept_N: Tensor
    generated_K: tuple[int, ...]


@dataclass(frozen=True)
class GeneratedBatch:
    """Images `(N, C, H, W)` in [-1, 1] of one code, as `run.sample(N, code=code, seed=seed)` gives them."""

    images_NCHW: Tensor
    seed: int


@dataclass(frozen=True)
class BalanceSummary:
    """Images written of each code, and files that could not be read.

    `passed_over` and `remarks` are as in `AssignmentSummary`.
    """

    real: tuple[int, ...]
    generated: tuple[int, ...]
    unreadable: int
    passed_over: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def plan_balance(codes_N: Tensor, *, classes: int, per_class: int | None = None, seed: int = 0) -> BalancePlan:
    """Bring each code that has images to `per_class`, or to as many as the largest has.

    Args:
        codes_N: each real image's code, int64.
        classes: how many codes there are.
        per_class: images of each code; of a code with more real ones so many are drawn.
        seed: decides which are drawn.
    """
    counts_K = torch.bincount(codes_N, minlength=classes)
    target = int(counts_K.max()) if per_class is None else per_class
    kept_N = torch.zeros(len(codes_N), dtype=torch.bool)
    for code in range(classes):
        members_M = (codes_N == code).nonzero().squeeze(1)
        order_M = torch.randperm(len(members_M), generator=derived_generator(seed, "balance", "real", code))
        kept_N[members_M[order_M[:target]]] = True
    missing = [max(target - count, 0) if count else 0 for count in counts_K.tolist()]
    return BalancePlan(kept_N, tuple(missing))


def generated_images(run: LoadedRun, *, code: int, count: int, seed: int = 0) -> Iterator[GeneratedBatch]:
    """`count` images of a code, in batches."""
    for start in range(0, count, IMAGES_AT_ONCE):
        own = derived_seed(seed, "balance", "generated", code, start)
        yield GeneratedBatch(run.sample(min(IMAGES_AT_ONCE, count - start), code=code, seed=own), own)


def write_balanced(
    run: LoadedRun,
    source: PictureSource,
    out: Path,
    *,
    per_class: int | None = None,
    seed: int = 0,
    by: By | None = None,
    watch: Callable[[int], None] = lambda done: None,
) -> BalanceSummary:
    """Write `out/code-K/real-*.png` and `generated-*.png`, and `out/manifest.csv`, which says where each comes from.

    `torchvision.datasets.ImageFolder` reads the folder. It is written aside and appears at the end. Codes that no
    image has get no folder.

    Args:
        source: the real images; they are read twice, first to count codes.
        per_class: as `plan_balance` takes it.
        seed: decides which real images are drawn, and the noise of generated ones.
        by: as `assign_folder` takes it.
        watch: told the number of images assigned so far.

    Raises:
        GanlabError: the run gives no codes, there is no readable image, `out` is not empty, lies among the images or
            cannot be written, or the images changed while they were read.
    """
    require_new_folder(out, option="--out", outside=source.root)
    classes = run.prior.categorical[class_code(run)].classes
    remarks = Remarks()
    codes_N, unreadable = _assigned_codes(run, source, by, watch, remarks)
    plan = plan_balance(codes_N, classes=classes, per_class=per_class, seed=seed)
    with written_aside(out) as folder:
        for code in codes_N.unique().tolist():
            (folder / f"code-{code}").mkdir(parents=True)
        with csv_file(folder / "manifest.csv", _COLUMNS) as write_row:
            _write_real(folder, source, codes_N, plan.kept_N, write_row)
            for code, count in enumerate(plan.generated_K):
                _write_generated(folder, generated_images(run, code=code, count=count, seed=seed), code, write_row)
    real_K = torch.bincount(codes_N[plan.kept_N], minlength=classes)
    return BalanceSummary(
        real=tuple(real_K.tolist()),
        generated=plan.generated_K,
        unreadable=unreadable,
        passed_over=tuple(source.passed_over()),
        remarks=(*source.remarks, *remarks.sentences()),
    )


def _assigned_codes(
    run: LoadedRun, source: PictureSource, by: By | None, watch: Callable[[int], None], remarks: Remarks
) -> tuple[Tensor, int]:
    """Each readable image's code, and how many files could not be read."""
    read, codes, unreadable = picture_reader(run, by=by, manner=source.manner), array("q"), 0
    with source.opened() as batches:
        for pictures in batches:
            unreadable += len(pictures.unreadable)
            remarks.take(pictures.images_NCHW, pictures.facts)
            if len(pictures.images_NCHW):
                codes.extend(read(pictures).codes_N.tolist())
            watch(len(codes))
    if not codes:
        raise GanlabError("none of the images can be read, so there is nothing to balance; `ganlab assign` says why")
    return torch.tensor(codes, dtype=torch.int64), unreadable


def _write_real(folder: Path, source: PictureSource, codes_N: Tensor, kept_N: Tensor, write_row: WriteRow) -> None:
    """The images that are kept, named by their place among all that can be read."""
    done = 0
    with source.opened() as batches:
        for pictures in batches:
            count = len(pictures.images_NCHW)
            if done + count > len(codes_N):
                break
            for place in kept_N[done : done + count].nonzero().squeeze(1).tolist():
                path = Path(f"code-{codes_N[done + place]}", f"real-{done + place:06d}.png")
                save_png(pictures.images_NCHW[place], folder / path)
                write_row([path.as_posix(), path.parent, "real", _source_of(pictures, place, done), ""])
            done += count
    if done != len(codes_N):
        raise GanlabError("the images changed while they were read; call it again when they no longer do")


def _source_of(pictures: PictureBatch, place: int, done: int) -> Path | int:
    return pictures.paths[place] if pictures.paths else done + place


def _write_generated(folder: Path, batches: Iterator[GeneratedBatch], code: int, write_row: WriteRow) -> None:
    number = 0
    for batch in batches:
        for place, image_CHW in enumerate(to_uint8(batch.images_NCHW).cpu()):
            path = Path(f"code-{code}", f"generated-{number:06d}.png")
            save_png(image_CHW, folder / path)
            write_row([path.as_posix(), path.parent, "generated", place, batch.seed])
            number += 1
