"""From batches of images to files of assignments, one batch after the other, so that memory stays flat."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganlab_core.image_files.pictures import PictureBatch, UnreadableFile
from ganlab_core.image_files.remarks import Remarks
from ganlab_core.interface.errors import GanlabError
from ganlab_core.runs.loaded import LoadedRun
from ganlab_core.system.atomic import Outputs as Aside
from ganlab_core.system.atomic import written_together
from ganlab_core.system.places import require_new_folder
from ganlab_core.verbs.assign.codes import Assigned, class_code
from ganlab_core.verbs.assign.embeddings_file import embeddings_file
from ganlab_core.verbs.assign.reading import By, picture_reader
from ganlab_core.verbs.assign.sorting import CodeFolders
from ganlab_core.verbs.assign.sources import PictureSource, folder_source
from ganlab_core.verbs.assign.table import Row, assignments_table, csv_file, unreadable_path

Watch = Callable[[int], None]
Take = Callable[[PictureBatch, Assigned], None]


@dataclass(frozen=True)
class Outputs:
    """What to write.

    Args:
        table: the CSV; files that cannot be read are listed beside it.
        embeddings: an `.npz` whose array `embeddings` has the table's rows.
        sort_into: a folder to make, with a folder for each code.
        copy: copy images there instead of linking to them.
    """

    table: Path
    embeddings: Path | None = None
    sort_into: Path | None = None
    copy: bool = False


@dataclass(frozen=True)
class AssignmentSummary:
    """How many images each code was given, how sure their assignment was on average, and what it took.

    Attributes:
        table: the CSV of the assignments, a row an image.
        counts: how many images each code has.
        mean_confidences: 0 to 1; None for a code without images.
        unreadable: how many files could not be read.
        unreadable_list: the CSV that names them; None where there are none, or the table is no file.
        seconds: wall-clock seconds of all of it.
        passed_over: what of a folder was not taken for an image, a sentence a kind, with the way out.
        remarks: what is worth knowing of the images as they were read, a sentence each.
    """

    table: Path
    counts: tuple[int, ...]
    mean_confidences: tuple[float | None, ...]
    unreadable: int
    unreadable_list: Path | None
    seconds: float
    passed_over: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def images(self) -> int:
        """How many images were assigned."""
        return sum(self.counts)

    @property
    def images_per_second(self) -> float:
        """How fast it went."""
        return self.images / max(self.seconds, 1e-9)

    def values(self) -> dict[str, Any]:
        """The same as JSON values."""
        return {
            "table": str(self.table),
            "images": self.images,
            "counts": list(self.counts),
            "mean_confidences": list(self.mean_confidences),
            "unreadable": self.unreadable,
            "unreadable_list": None if self.unreadable_list is None else str(self.unreadable_list),
            "seconds": round(self.seconds, 3),
            "images_per_second": round(self.images_per_second, 1),
            "passed_over": list(self.passed_over),
            "remarks": list(self.remarks),
        }


def assign_folder(
    run: LoadedRun,
    folder: Path,
    *,
    table: Path,
    by: By | None = None,
    watch: Watch = lambda done: None,
    see: Callable[[Assigned], None] = lambda assigned: None,
    megapixels: int | None = None,
    follow_links: bool = False,
) -> AssignmentSummary:
    """Give each image file below a folder a code of the run's class code, in constant memory however many there are.

    Files are read as the run's own images were: its size, channels, crop and fit.

    Args:
        run: a trained run with a class code and a recognition head, from `load_run`.
        folder: where the images lie; subfolders count.
        table: the CSV to write, a row a file: `path`, `code`, `confidence`, `runner_up`. Files that cannot be read are
            listed beside it, in `FILE.unreadable.csv`.
        by: recognition (what the recognition network reads in an image) or features (what it reads in a frozen
            network's features of it); features if left out, where the run was trained with such.
        watch: told the number of images done, after each batch.
        see: told what was assigned to each batch.
        megapixels: pictures of more are unreadable; as the run's data set has it if left out.
        follow_links: enter folders that are links too, as the run's data set may do anyway.

    Raises:
        GanlabError: the run gives no codes, the folder holds no image file, the feature network is not to be had, or
            the table cannot be written.
    """
    source = folder_source(folder, run, megapixels=megapixels, follow_links=follow_links)
    return assign_to_files(run, source, Outputs(table=table), by=by, watch=watch, see=see)


def assign_to_files(
    run: LoadedRun,
    source: PictureSource,
    outputs: Outputs,
    *,
    by: By | None = None,
    watch: Watch = lambda done: None,
    see: Callable[[Assigned], None] = lambda assigned: None,
) -> AssignmentSummary:
    """Give each image of a source a code, and write what was found.

    All files are written aside and appear at the end; nothing is left if it is interrupted.

    Args:
        by: as `assign_folder` takes it.
        watch: told the number of images done, after each batch.
        see: told what was assigned to each batch.

    Raises:
        GanlabError: the run gives no codes, the folder to sort into lies among the images, or something cannot be
            written.
    """
    if outputs.sort_into is not None:
        require_new_folder(outputs.sort_into, option="--sort-into", outside=source.root)
        for place in filter(None, (outputs.table, outputs.embeddings)):
            if place.resolve().is_relative_to(outputs.sort_into.resolve()):
                raise GanlabError(
                    f"{place} lies in --sort-into {outputs.sort_into}, which is for images; name another place"
                )
    started = time.perf_counter()
    read = picture_reader(run, by=by, manner=source.manner)
    tally = _Tally(run.prior.categorical[class_code(run)].classes)
    remarks = Remarks()
    unreadable = unreadable_path(outputs.table)
    with written_together() as aside, ExitStack() as stack:
        takers: list[Take] = [tally.take, *_writers(stack, source, outputs, aside)]
        refuse = _refusing(stack, unreadable, aside)
        for pictures in stack.enter_context(source.opened()):
            refuse(pictures.unreadable)
            tally.refuse(pictures.unreadable)
            remarks.take(pictures.images_NCHW, pictures.facts)
            if len(pictures.images_NCHW):
                assigned = read(pictures)
                see(assigned)
                for take in takers:
                    take(pictures, assigned)
            watch(tally.done)
        if unreadable is not None and not tally.unreadable:
            aside.remove(unreadable)
    summary = tally.summary(
        outputs.table,
        unreadable_list=unreadable if tally.unreadable else None,
        seconds=time.perf_counter() - started,
    )
    said = (*source.remarks, *remarks.sentences())
    return replace(summary, passed_over=tuple(source.passed_over()), remarks=said)


def _writers(stack: ExitStack, source: PictureSource, outputs: Outputs, aside: Aside) -> list[Take]:
    """What writes each of the outputs, closed with the stack."""
    table = assignments_table(aside.aside(outputs.table), index=source.is_collection, paths=source.has_paths)
    takers: list[Take] = [_rows_to(stack.enter_context(table))]
    if outputs.embeddings is not None:
        append = stack.enter_context(embeddings_file(aside.aside(outputs.embeddings)))
        takers.append(lambda pictures, assigned: append(assigned.embeddings_ND))
    if outputs.sort_into is not None:
        takers.append(_images_to(CodeFolders(aside.aside(outputs.sort_into), copy=outputs.copy)))
    return takers


def _refusing(stack: ExitStack, place: Path | None, aside: Aside) -> Callable[[Sequence[UnreadableFile]], None]:
    """What lists files that cannot be read, in a file that is there only if there are such."""
    opened: list[Callable[[Sequence[Any]], Any]] = []

    def refuse(files: Sequence[UnreadableFile]) -> None:
        if files and place is not None and not opened:
            opened.append(stack.enter_context(csv_file(aside.aside(place), ["path", "reason"])))
        for write in opened:
            for file in files:
                write([file.path, file.reason])

    return refuse


def _rows_to(write: Callable[[Row], None]) -> Take:
    done = 0

    def take(pictures: PictureBatch, assigned: Assigned) -> None:
        nonlocal done
        paths: Sequence[Path | None] = pictures.paths or [None] * len(pictures.images_NCHW)
        rows = zip(paths, *_lists(assigned), strict=True)
        for number, (path, code, confidence, runner_up) in enumerate(rows, done):
            write(Row(number, path, code, confidence, runner_up))
        done += len(paths)

    return take


def _lists(assigned: Assigned) -> tuple[list[int], list[float], list[int]]:
    return assigned.codes_N.tolist(), assigned.confidences_N.tolist(), assigned.runners_up_N.tolist()


def _images_to(folders: CodeFolders) -> Take:
    done = 0

    def take(pictures: PictureBatch, assigned: Assigned) -> None:
        nonlocal done
        for place, code in enumerate(assigned.codes_N.tolist()):
            if pictures.paths:
                folders.add_file(pictures.paths[place], code=code, number=done + place)
            else:
                folders.add_image(pictures.images_NCHW[place], code=code, number=done + place)
        done += len(assigned.codes_N)

    return take


class _Tally:
    """Counts and confidences of each code so far."""

    def __init__(self, classes: int) -> None:
        self.done = 0
        self.unreadable = 0
        self._counts_K: Tensor = torch.zeros(classes, dtype=torch.int64)
        self._confidences_K: Tensor = torch.zeros(classes, dtype=torch.float64)

    def take(self, pictures: PictureBatch, assigned: Assigned) -> None:
        self.done += len(assigned.codes_N)
        self._counts_K.index_add_(0, assigned.codes_N, torch.ones_like(assigned.codes_N))
        self._confidences_K.index_add_(0, assigned.codes_N, assigned.confidences_N.double())

    def refuse(self, files: Sequence[UnreadableFile]) -> None:
        self.unreadable += len(files)

    def summary(self, table: Path, *, unreadable_list: Path | None, seconds: float) -> AssignmentSummary:
        pairs = zip(self._counts_K.tolist(), self._confidences_K.tolist(), strict=True)
        return AssignmentSummary(
            table=table,
            counts=tuple(self._counts_K.tolist()),
            mean_confidences=tuple(total / count if count else None for count, total in pairs),
            unreadable=self.unreadable,
            unreadable_list=unreadable_list,
            seconds=seconds,
        )
