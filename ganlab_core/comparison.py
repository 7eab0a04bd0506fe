"""`compare`: what differs between runs, in their recipes, in what they were made with, and in their figures."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganlab_core.component import GanlabError
from ganlab_core.datasets.facts import read_facts
from ganlab_core.evaluation import single_numbers
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.recipe.difference import leaves
from ganlab_core.training.run_folder import RunFolder
from ganlab_core.training.run_recipe import load_run_recipe


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
    evaluations = [read_evaluation(folder) for folder in folders]

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


def read_evaluation(folder: RunFolder) -> dict[str, Any] | None:
    """A run's last evaluation by key; None of a run that has not come to its end.

    Raises:
        GanlabError: the file is damaged.
    """
    found = _read_json(folder.evaluation)
    if found is None or isinstance(found, dict):
        return found
    raise _damaged(folder.evaluation, "it holds no mapping")


def read_environment(folder: RunFolder) -> dict[str, Any]:
    """Python, platform and library versions as dotted keys; empty if the run does not say.

    Raises:
        GanlabError: the file is damaged.
    """
    found = _read_json(folder.environment)
    return dict(leaves(found)) if isinstance(found, dict) else {}


def _made_with(folder: RunFolder) -> dict[str, Any]:
    return {"data.content_hash": read_facts(folder.data).content_hash[:12], **read_environment(folder)}


def _differing(values_of_runs: Sequence[Mapping[str, Any]]) -> tuple[Row, ...]:
    keys = dict.fromkeys(key for values in values_of_runs for key in values)
    rows = [Row(key, tuple(values.get(key) for values in values_of_runs)) for key in keys]
    return tuple(row for row in rows if any(value != row.values[0] for value in row.values))


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, reason: str) -> GanlabError:
    return GanlabError(f"{path} is damaged ({reason}); bring it back from a copy, or delete it")
