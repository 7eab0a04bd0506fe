"""`check_metric` tells what is wrong with a metric that breaks one promise."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

from ganlab_core import Component, Evaluation, GanlabError, Proportions
from ganlab_core.testing import check_metric

CALLS = itertools.count()


class Brightness:
    """Mean of the generated images, by class where there is a judge."""

    def __call__(self, evaluation: Evaluation) -> dict[str, Any]:
        if evaluation.code is None:
            return {}
        images_NCHW = torch.cat(list(evaluation.generated_images()))
        figures: dict[str, Any] = {"brightness": images_NCHW.mean().item(), "darkness": None}
        if evaluation.judge is None:
            return figures
        shown = torch.bincount(evaluation.generated_labels_M, minlength=len(evaluation.true_prior or ()))
        return figures | {"shown": shown.tolist()}


class NeedsLabels(Brightness):
    def __call__(self, evaluation: Evaluation) -> dict[str, Any]:
        _ = evaluation.generated_labels_M
        return super().__call__(evaluation)


class Shares(Brightness):
    def __call__(self, evaluation: Evaluation) -> dict[str, Any]:
        return {"shares": Proportions((0.5, 0.5))}


@pytest.mark.parametrize("factory", [Brightness, NeedsLabels, Shares])
def test_a_sound_metric_passes(factory: type) -> None:
    assert check_metric(Component(name="fake", factory=factory)) is None  # type: ignore[func-returns-value]


class NotANumber(Brightness):
    def __call__(self, evaluation: Evaluation) -> dict[str, Any]:
        return {"brightness": float("nan")}


class NestedInfinity(Brightness):
    def __call__(self, evaluation: Evaluation) -> dict[str, Any]:
        return {"brightness": [1.0, float("inf")]}


class NotAShare(Brightness):
    def __call__(self, evaluation: Evaluation) -> dict[str, Any]:
        return {"shares": Proportions((float("nan"), 0.5))}


class TensorFigure(Brightness):
    def __call__(self, evaluation: Evaluation) -> dict[str, Any]:
        return {"brightness": torch.tensor(1.0)}


class Alone(Brightness):
    def __call__(self, evaluation: Evaluation) -> Any:
        return 1.0


class Numbered(Brightness):
    def __call__(self, evaluation: Evaluation) -> Any:
        return {1: 1.0}


class Global(Brightness):
    def __call__(self, evaluation: Evaluation) -> dict[str, Any]:
        return {"brightness": float(np.random.rand())}


class Projected(Brightness):
    def __init__(self) -> None:
        self.projection_DK = torch.randn(8, 2)


class Drifting(Brightness):
    def __call__(self, evaluation: Evaluation) -> dict[str, Any]:
        return {"brightness": next(CALLS)}


class Trains(Brightness):
    def __call__(self, evaluation: Evaluation) -> dict[str, Any]:
        evaluation.model.average.train()
        with torch.no_grad():
            evaluation.model.average(evaluation.model.prior.sample(4, generator=torch.Generator()).vector_NZ)
        return {}


class NeedsCode(Brightness):
    def __call__(self, evaluation: Evaluation) -> dict[str, Any]:
        if evaluation.code is None:
            raise KeyError("no code")
        return {}


class NeedsLabelsUngently(Brightness):
    def __call__(self, evaluation: Evaluation) -> dict[str, Any]:
        return {"classes": len(evaluation.true_prior)}  # type: ignore[arg-type]


class RefusesAll(Brightness):
    def __call__(self, evaluation: Evaluation) -> dict[str, Any]:
        raise GanlabError("needs 50,000 images: take a larger set")


class Typeless(Brightness):
    def __init__(self, *, images: Any = 3) -> None:
        self.images = images


@pytest.mark.parametrize(
    ("factory", "sentence"),
    [
        (NotANumber, "figure 'brightness' is nan, not what JSON can hold"),
        (NestedInfinity, r"figure 'brightness' is \[1\.0, inf\], not what JSON can hold"),
        (NotAShare, r"figure 'shares' is Proportions\(learned_K=\(nan, 0\.5\).*, not what JSON can hold"),
        (TensorFigure, r"figure 'brightness' is tensor\(1\.\), not what JSON can hold"),
        (Alone, "gives a float, not a dict of figures by name"),
        (Numbered, "gives a dict, not a dict of figures by name"),
        (Global, "an evaluation draws from NumPy's global random state"),
        (Projected, "its construction draws from torch's global random state"),
        (Drifting, "gives other figures when the same model is measured again"),
        (Trains, "changes the model that it measures"),
        (NeedsCode, "an evaluation raised KeyError"),
        (NeedsLabelsUngently, "an evaluation raised TypeError"),
        (RefusesAll, "an evaluation raised GanlabError: needs 50,000 images"),
        (Typeless, "argument 'images' takes anything"),
    ],
)
def test_a_metric_that_breaks_a_promise_is_told(factory: type, sentence: str) -> None:
    with pytest.raises(AssertionError, match=f"^metric fake: {sentence}"):
        check_metric(Component(name="fake", factory=factory))


def test_a_recipe_can_ask_for_more_generated_images() -> None:
    seen = []

    class Counts:
        """How many images were generated."""

        def __call__(self, evaluation: Evaluation) -> dict[str, Any]:
            seen.append(evaluation.samples_per_code)
            return {}

    check_metric(Component(name="fake", factory=Counts), {"evaluation": {"samples_per_code": 7}})
    assert set(seen) == {7}
