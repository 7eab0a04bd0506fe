"""`check_metric`: what a metric promises, of a small model that learned nothing and a judge that learned nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganlab_core.interface.component import Component
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.evaluation import Evaluation
from ganlab_core.interface.image_data import ImageData
from ganlab_core.interface.model import Model
from ganlab_core.interface.networks import held
from ganlab_core.interface.proportions import Proportions
from ganlab_core.plugins import Plugins
from ganlab_core.plugins.registry import Entry
from ganlab_core.testing.bad_arguments import check_bad_arguments
from ganlab_core.testing.small_model import SmallModel, small_data
from ganlab_core.testing.subject import BrokenPromiseError, Subject
from ganlab_core.testing.untrained_judge import untrained_judge


def check_metric(
    component: Component | Entry,
    recipe: Mapping[str, Any] | Path | None = None,
    plugins: Plugins | None = None,
    /,
    **arguments: object,
) -> None:
    """Check a metric, built with these arguments of a recipe, on a small model and its data.

    Figures by name that JSON can hold, finite or None, or `Proportions`, the same when measured again; a model that is
    left as it was; no global randomness; bad arguments refused. On data without labels, on colour images and on a prior
    without a code it gives figures, none, or a `GanlabError`.

    Args:
        recipe: lines of a recipe that the metric needs beside it; they go above the small recipe (48 images of 3
            classes, 4 generated images a code) and the component's companion.
        plugins: where that recipe finds its parts; all that are installed if left out.

    Raises:
        AssertionError: names the first promise that it does not keep.
        GanlabError: the recipe itself is wrong.
    """
    subject = Subject.of("metric", component, arguments)
    small = SmallModel.of(subject.entry.component, recipe, plugins)
    with subject.during("an evaluation"):
        _check_figures(_Case(subject, small, small_data()))
    for case in (
        _Case(subject, small, small_data(3)),
        _Case(subject, small, small_data(labelled=False)),
        _Case(subject, small.without_codes(), small_data()),
    ):
        try:
            with subject.during("an evaluation", refusing=True):
                _check_figures(case)
        except GanlabError:
            continue
    check_bad_arguments(subject)


@dataclass(frozen=True)
class _Case:
    """A metric, a small model, and its data."""

    subject: Subject
    small: SmallModel
    data: ImageData

    def figures(self, model: Model) -> Any:
        """What the metric says of the model, as the training loop would ask for it."""
        metric = self.subject.build()
        evaluation = Evaluation(
            model=model,
            data=self.data,
            obtain_judge=lambda: untrained_judge(self.data),
            samples_per_code=self.small.recipe.evaluation.samples_per_code,
        )
        require = getattr(metric, "require", None)
        with held(model.networks), self.subject.without_global_random("an evaluation"):
            if callable(require):
                require(evaluation)
            return metric(evaluation)


def _check_figures(case: _Case) -> None:
    model = case.small.model(case.data)
    before = _versions(model)
    figures = case.figures(model)
    if not isinstance(figures, dict) or not all(isinstance(name, str) for name in figures):
        case.subject.fail(f"gives a {type(figures).__name__}, not a dict of figures by name")
    for name, figure in figures.items():
        try:
            json.dumps(figure.figures() if isinstance(figure, Proportions) else figure, allow_nan=False)
        except (TypeError, ValueError) as error:
            sentence = f"figure {name!r} is {figure!r}, not what JSON can hold: finite plain numbers, None, text, lists"
            raise BrokenPromiseError(f"{case.subject.entry}: {sentence}") from error
    case.subject.require(_versions(model) == before, "changes the model that it measures")
    case.subject.require(case.figures(model) == figures, "gives other figures when the same model is measured again")


def _versions(model: Model) -> list[int]:
    modules = model.state_modules().values()
    return [tensor._version for module in modules for tensor in (*module.parameters(), *module.buffers())]
