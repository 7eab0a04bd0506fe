"""`Evaluator`: a recipe's metrics over its data, for any state of a model."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from torch import Tensor

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.evaluation import Evaluation, Metric
from ganlab_core.interface.image_data import ImageData
from ganlab_core.interface.judge import Judge
from ganlab_core.interface.model import Model
from ganlab_core.interface.networks import held
from ganlab_core.interface.proportions import Proportions
from ganlab_core.system.dispensable import FAILURES


class Evaluator:
    """A recipe's metrics over its data, for any state of a model; the judge is obtained once, if it is asked for.

    Args:
        metrics: by their names in the recipe.
        data: what the model was trained on.
        obtain_judge: gives the judge, None where the data has no labels.
        require_judge: raises `GanlabError` where there are labels and no judge can be had from them; it takes no time.
        obtain_features: gives a frozen network's features of the data, `(N, D)`, for a head that reads them; None
            where real images are to get their codes by the images themselves.
        samples_per_code: generated images for each category of the class code.
        seed: of all that is drawn.

    Raises:
        GanlabError: at a call: two metrics give the same key, or proportions both, or one cannot be had from this
            model, breaks, or gives what JSON cannot hold; it is named.
    """

    def __init__(
        self,
        metrics: Mapping[str, Metric],
        data: ImageData,
        *,
        obtain_judge: Callable[[], Judge | None],
        samples_per_code: int,
        seed: int,
        require_judge: Callable[[], None] = lambda: None,
        obtain_features: Callable[[], Tensor | None] = lambda: None,
    ) -> None:
        self.metrics = metrics
        self._data = data
        self._obtain_judge = obtain_judge
        self._require_judge = require_judge
        self._obtain_features = obtain_features
        self._samples_per_code = samples_per_code
        self._seed = seed

    def __call__(self, model: Model, *, samples_per_code: int | None = None) -> dict[str, Any]:
        """All figures of all metrics, the judge's held-out accuracy if any rests on it, and the seconds it took."""
        started = time.perf_counter()
        evaluation = self._evaluation(model, samples_per_code=samples_per_code)
        with held(model.networks):
            figures = self._figures(evaluation)
        judge = evaluation.judge if "judge" in vars(evaluation) else None
        return figures | {
            "judge_accuracy": None if judge is None else judge.accuracy,
            "seconds": round(time.perf_counter() - started, 3),
        }

    def _figures(self, evaluation: Evaluation) -> dict[str, Any]:
        figures: dict[str, Any] = {}
        givers: dict[str, str] = {}
        for name, metric in self.metrics.items():
            with _named(name):
                found = _laid_out(metric(evaluation))
            if other := next((givers[key] for key in found if key in givers), None):
                twice = sorted(key for key in found if givers.get(key) == other)
                raise GanlabError(f"metrics.{name}: metrics.{other} gives {twice} as well; drop one of them")
            figures |= found
            givers |= dict.fromkeys(found, name)
        return figures

    def require(self, model: Model) -> None:
        """Ask every metric that can say so whether it can be had from such a model and this data, before any step.

        Raises:
            GanlabError: one cannot; it is named, with what it needs.
        """
        evaluation = self._evaluation(model)
        for name, metric in self.metrics.items():
            require = getattr(metric, "require", None)
            if callable(require):
                with _named(name):
                    require(evaluation)

    def _evaluation(self, model: Model, *, samples_per_code: int | None = None) -> Evaluation:
        return Evaluation(
            model=model,
            data=self._data,
            obtain_judge=lambda: self._judge,
            require_judge=self._require_judge,
            obtain_features=self._obtain_features,
            samples_per_code=samples_per_code or self._samples_per_code,
            seed=self._seed,
        )

    @cached_property
    def _judge(self) -> Judge | None:
        return self._obtain_judge()


@contextmanager
def _named(name: str) -> Iterator[None]:
    """What a metric raises, with its name; memory and disk that give out are not its fault."""
    try:
        yield
    except GanlabError as error:
        raise GanlabError(f"metrics.{name}: {error}") from error
    except FAILURES as error:
        if isinstance(error, MemoryError | OSError) or "memory" in str(error):
            raise
        raise GanlabError(f"metrics.{name}: {type(error).__name__}: {error}; `ganlab --debug` shows where") from error


def _laid_out(found: Mapping[str, Any]) -> dict[str, Any]:
    """A metric's figures as JSON values; in the place of `Proportions` stand the lists that an evaluation holds."""
    if not isinstance(found, Mapping):
        raise GanlabError(f"it gives a {type(found).__name__}, not figures by name")
    figures: dict[str, Any] = {}
    for key, value in found.items():
        laid_out = value.figures() if isinstance(value, Proportions) else {key: value}
        if twice := sorted(figures.keys() & laid_out.keys()):
            raise GanlabError(f"it gives {twice} twice; a metric gives proportions once")
        figures |= laid_out
    try:
        json.dumps(figures)
    except (TypeError, ValueError) as error:
        raise GanlabError(
            f"it gives what JSON cannot hold ({error}); figures are plain numbers, text and lists"
        ) from error
    return figures
