"""`compare`: what differs between runs, in their recipes, in what they were made with, and in their figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganlab_core.interface.evaluation import single_numbers
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.recipe.difference import leaves
from ganlab_core.runs.data_facts import read_facts
from ganlab_core.runs.environment import read_environment
from ganlab_core.runs.evaluation import read_evaluation
from ganlab_core.runs.folder import RunFolder
from ganlab_core.runs.frozen_recipe import load_run_recipe


@dataclass(frozen=True)
class Row:
    """A value of each run, in their order, by its address, such as `prior.code.classes`; None where a run has none."""

    key: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Comparison:
    """The values that are not the same in all runs.

    Attributes:
        runs: a short name of each run.
        recipe: settings.
        made_with: the data's content hash, and versions of Python and libraries.
        metrics: single numbers of the last evaluations.
        unevaluated: the runs that have no evaluation yet.
    """

    runs: tuple[str, ...]
    recipe: tuple[Row, ...]
    made_with: tuple[Row, ...]
    metrics: tuple[Row, ...]
    unevaluated: tuple[str, ...]


def compare(runs: Sequence[Path], *, plugins: Plugins | None = None) -> Comparison:
    """Compare run folders; nothing is trained, drawn or measured.

    Raises:
        GanlabError: a folder holds no run, or a file of it is damaged.
    """
    plugins = plugins or load_plugins()
    folders = [RunFolder(run) for run in runs]
    for folder in folders:
        folder.require()
    names = short_names(runs)
    evaluations = [read_evaluation(folder.evaluation) for folder in folders]

    def rows(values_of: Callable[[RunFolder], Mapping[str, Any]]) -> tuple[Row, ...]:
        return _differing([values_of(folder) for folder in folders])

    return Comparison(
        runs=names,
        recipe=rows(lambda folder: dict(leaves(load_run_recipe(folder, plugins=plugins).model_dump(mode="json")))),
        made_with=rows(_made_with),
        metrics=_differing([single_numbers(found or {}) for found in evaluations]),
        unevaluated=tuple(name for name, found in zip(names, evaluations, strict=True) if found is None),
    )


def short_names(runs: Sequence[Path]) -> tuple[str, ...]:
    """As few of the last parts of each path as tell all runs apart; a number behind the names of a run given twice."""
    whole = [run.resolve().parts for run in runs]
    for depth in range(1, max(map(len, whole), default=1) + 1):
        names = ["/".join(parts[-depth:]) for parts in whole]
        if len(set(names)) == len(set(whole)):
            break
    return tuple(
        name if names.count(name) == 1 else f"{name} ({names[: place + 1].count(name)})"
        for place, name in enumerate(names)
    )


def _made_with(folder: RunFolder) -> dict[str, Any]:
    return {"data.content_hash": read_facts(folder.data).content_hash[:12], **read_environment(folder.environment)}


def _differing(values_of_runs: Sequence[Mapping[str, Any]]) -> tuple[Row, ...]:
    keys = dict.fromkeys(key for values in values_of_runs for key in values)
    rows = [Row(key, tuple(values.get(key) for values in values_of_runs)) for key in keys]
    return tuple(row for row in rows if any(value != row.values[0] for value in row.values))
