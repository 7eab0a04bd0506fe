"""What the report says of one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.evaluation import single_numbers
from ganlab_core.interface.image_data import ImageData
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.build import build_data
from ganlab_core.recipe.freeze import to_yaml
from ganlab_core.runs.data_facts import require_same_data
from ganlab_core.runs.environment import read_environment
from ganlab_core.runs.evaluation import read_evaluation
from ganlab_core.runs.folder import RunFolder
from ganlab_core.runs.found import Found, read_found
from ganlab_core.runs.history import History, read_history
from ganlab_core.runs.loaded import LoadedRun, load_run
from ganlab_core.traversal.codes import traversals
from ganlab_core.traversal.motion import noise_names
from ganlab_core.verbs.report.chart import Chart
from ganlab_core.verbs.report.code_sections import CodeSections, code_sections, evaluated_shares
from ganlab_core.verbs.report.curve_charts import loss_charts, metric_charts
from ganlab_core.verbs.report.noise_paths import interpolate_noise
from ganlab_core.verbs.report.picture import Picture, picture_of

_COLUMNS = 10
_ROWS = 10


@dataclass(frozen=True)
class RunReport:
    """Everything that the page shows of one run; sections that do not apply are None or empty.

    Attributes:
        name: as short as tells it from the other runs of the report.
        found: what the run says was found in its images; None of one that does not say.
        missing: why real images are not shown; None where they are.
        grid: a row a code, or images without order; None where the generator has not learned to draw yet.
        shares: proportions that a metric gave of a run without a class code; those with one have them among `codes`.
    """

    name: str
    run: LoadedRun
    history: History
    figures: dict[str, float]
    found: Found | None
    missing: str | None
    grid: Picture | None
    codes: CodeSections | None
    shares: Chart | None
    interpolation: Picture | None
    traversals: dict[str, Picture]
    losses: Sequence[Chart]
    metrics: Sequence[Chart]
    recipe: str
    environment: dict[str, Any]


def report_run(path: Path, *, name: str, plugins: Plugins, overrides: Sequence[str] = ()) -> RunReport:
    """Load a run and draw its sections; what needs the real images is left out where they cannot be read.

    Args:
        overrides: where its files lie by now, as `load_run` takes them.

    Raises:
        GanlabError: there is no run, no whole checkpoint, or a file of it is damaged.
    """
    run, folder = load_run(path, overrides=overrides, plugins=plugins), RunFolder(path)
    evaluation = read_evaluation(folder.evaluation) or {}
    history, found = read_history(folder.metrics), read_found(path)
    draws = found is None or found.drawn
    data, missing = _real_images(run, plugins)
    codes = code_sections(run, data, history, evaluation, found) if run.prior.categorical else None
    shown = [None] * _ROWS if codes is None else [row.name.index for row in codes.rows]
    return RunReport(
        name=name,
        run=run,
        history=history,
        figures=single_numbers(evaluation),
        found=found,
        missing=missing,
        grid=_grid(run, shown) if draws else None,
        codes=codes,
        shares=None if codes is not None else evaluated_shares(run, evaluation),
        interpolation=_interpolation(run, shown[:_ROWS]) if draws and noise_names(run.prior) else None,
        traversals={one: _traversal(run, one) for one in traversals(run.prior)} if draws else {},
        losses=loss_charts(history),
        metrics=metric_charts(history),
        recipe=to_yaml(run.recipe),
        environment=read_environment(folder.environment),
    )


def _real_images(run: LoadedRun, plugins: Plugins) -> tuple[ImageData | None, str | None]:
    """The run's data, or why it is not to be had."""
    try:
        data = build_data(run.recipe.dataset, plugins)
        require_same_data(data, run.facts, run.path)
    except GanlabError as error:
        return None, str(error)
    return data, None


def _grid(run: LoadedRun, codes: Sequence[int | None]) -> Picture:
    """A row for each code, the noise of a column the same in every row; without codes, images without order."""
    seed = run.recipe.seed
    if codes[0] is None:
        images_NCHW = run.sample(_COLUMNS * len(codes), seed=seed)
        return picture_of(images_NCHW, columns=_COLUMNS, alt=f"{len(images_NCHW)} generated images")
    images_NCHW = torch.cat([run.sample(_COLUMNS, code=code, seed=seed) for code in codes])
    return picture_of(images_NCHW, columns=_COLUMNS, alt=f"generated images, a row for each of {len(codes)} codes")


def _interpolation(run: LoadedRun, codes: Sequence[int | None]) -> Picture:
    images_NCHW = interpolate_noise(run, codes, columns=_COLUMNS)
    alt = f"{len(codes)} rows of generated images that change gradually from left to right, as their noise does"
    return picture_of(images_NCHW, columns=_COLUMNS, alt=alt)


def _traversal(run: LoadedRun, name: str) -> Picture:
    images_RNCHW: Tensor = run.traverse(name, seed=run.recipe.seed)
    rows, columns = images_RNCHW.shape[:2]
    alt = f"{rows} rows of generated images in which {name} varies from left to right"
    return picture_of(images_RNCHW.flatten(0, 1), columns=columns, alt=alt)
