"""The three metrics in an evaluation: what they promise, what they draw, and data without labels."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import ganlab_fid
import pytest
import torch
from ganlab_fid.fid import Fid
from ganlab_fid.kid import Kid
from ganlab_fid.precision_recall import PrecisionRecall
from ganlab_fid.source import FeatureSource, sample_count
from torch import Tensor

from ganlab_core import Component, Evaluation, GanlabError, ImageData, Judge, Plugins, load_run, to_unit_range
from ganlab_core.testing import check_metric, run_recipe

RECIPES = Path(ganlab_fid.__file__).parent / "recipes"
METRICS = (Fid, Kid, PrecisionRecall)
Evaluate = Callable[..., Evaluation]


class Gives(torch.nn.Module):
    """A generator that gives these images, in their order, whatever it is asked to draw."""

    def __init__(self, images_NCHW: Tensor) -> None:
        super().__init__()
        self.images_NCHW = images_NCHW
        self.given = 0

    def forward(self, latent_NZ: Tensor) -> Tensor:
        start, self.given = self.given, self.given + len(latent_NZ)
        return self.images_NCHW[start : self.given]


class Counting(Judge):
    """A judge that counts the images that it was shown."""

    shown = 0

    def features(self, images_NCHW: Tensor) -> Tensor:
        self.shown += len(images_NCHW)
        return super().features(images_NCHW)


@pytest.fixture(scope="module")
def evaluate(request: pytest.FixtureRequest, plugins: Plugins, digits: ImageData, judge: Judge) -> Evaluate:
    """`evaluate(images, *, data, judge)`: a plain GAN whose generator gives these images; or one with a given prior."""
    prior = {"noise": {"use": "normal", "dim": 4}, **getattr(request, "param", {})}
    narrow = {role: {"use": "dcgan", "width": 4} for role in ("generator", "trunk")}
    run = run_recipe({"prior": prior, "networks": narrow}, plugins=plugins)
    model = load_run(run.folder, plugins=plugins).model

    def evaluation(
        images_NCHW: Tensor | None = None, *, data: ImageData = digits, judge: Judge | None = judge
    ) -> Evaluation:
        given = model if images_NCHW is None else dataclasses.replace(model, average=Gives(images_NCHW))
        return Evaluation(model=given, data=data, obtain_judge=lambda: judge, samples_per_code=7)

    return evaluation


@pytest.mark.parametrize("factory", METRICS)
def test_a_metric_keeps_what_metrics_promise(factory: type, plugins: Plugins) -> None:
    component = Component(name="metric", factory=factory)
    check_metric(component, None, plugins, samples=20)
    assert plugins.registries["metric"].get("fid").giver.plugin == "fid"


def test_a_generator_of_the_real_images_scores_as_well_as_can_be(evaluate: Evaluate, digits: ImageData) -> None:
    real_NCHW = to_unit_range(digits.images_NCHW)
    evaluation = evaluate(real_NCHW)
    metrics = Fid(samples=len(digits)), Kid(samples=len(digits), subsets=5), PrecisionRecall(samples=len(digits))
    figures = [metric(evaluation) for metric in metrics]
    merged = {name: value for found in figures for name, value in found.items()}
    assert merged.keys() == {"fid", "kid", "kid_std", "precision", "recall"}
    assert merged["fid"] < 1e-4
    assert abs(merged["kid"]) < 1e-6
    assert (merged["precision"], merged["recall"]) == (1.0, 1.0)


def test_every_figure_sees_that_images_grew_brighter(evaluate: Evaluate, digits: ImageData) -> None:
    brighter_NCHW = to_unit_range(digits.images_NCHW).add(0.8).clamp(-1, 1)
    evaluation, count = evaluate(brighter_NCHW), len(digits)
    assert Fid(samples=count)(evaluation)["fid"] > 0.01
    assert Kid(samples=count, subsets=5)(evaluation)["kid"] > 1e-5
    assert PrecisionRecall(samples=count)(evaluation)["precision"] < 0.5


def test_each_image_is_looked_at_once_however_many_metrics_ask(evaluate: Evaluate, digits: ImageData) -> None:
    counting = Counting(channels=1, classes=10)
    evaluation = evaluate(judge=counting)
    for factory in METRICS:
        factory(samples=60)(evaluation)
    assert counting.shown == len(digits) + 60
    Fid(samples=60)(evaluate(judge=counting))
    assert counting.shown == len(digits) + 60 + 60


@pytest.mark.parametrize(
    ("evaluate", "classes"), [({}, 10), ({"code": {"use": "categorical", "classes": 3}}, 3)], indirect=["evaluate"]
)
def test_images_are_counted_by_category_and_tenfold_without_a_code(evaluate: Evaluate, classes: int) -> None:
    evaluation = evaluate()
    assert sample_count(evaluation) == 7 * classes
    pair = FeatureSource(features="judge", samples=None).pair(evaluation)
    assert len(pair.generated_MD) == sample_count(evaluation)


def test_without_labels_and_weights_the_message_says_what_to_give(evaluate: Evaluate, digits: ImageData) -> None:
    unlabelled = dataclasses.replace(digits, labels_N=None)
    with pytest.raises(GanlabError) as caught:
        Fid()(evaluate(data=unlabelled, judge=None))
    assert str(caught.value) == (
        "features: judge needs labels, and digits has none; give a safetensors file of Inception-v3 weights instead: "
        "`features: PATH`"
    )


def test_inception_needs_no_labels(evaluate: Evaluate, digits: ImageData, weights: Path) -> None:
    few = dataclasses.replace(digits, images_NCHW=digits.images_NCHW[:4], labels_N=None)
    pair = FeatureSource(features=str(weights), samples=2).pair(evaluate(data=few, judge=None))
    assert (pair.real_ND.shape, pair.generated_MD.shape) == ((4, 2048), (2, 2048))


def test_a_missing_file_of_weights_is_told_before_the_first_step(plugins: Plugins, tmp_path: Path) -> None:
    with pytest.raises(GanlabError, match=r"there is no file 'none\.safetensors'"):
        run_recipe(
            {"metrics": {"fid": {"use": "fid", "features": "none.safetensors"}}}, plugins=plugins, run=tmp_path / "run"
        )
    assert not (tmp_path / "run" / "checkpoints").exists()


def test_the_shipped_fragments_run(plugins: Plugins) -> None:
    files = sorted(RECIPES.glob("*.yaml"))
    assert files
    for file in files:
        evaluation = run_recipe(file, plugins=plugins).evaluation
        assert evaluation["fid"] > 0.0
        assert 0.0 <= evaluation["recall"] <= 1.0
