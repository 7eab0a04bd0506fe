"""What metrics are told, and how their figures come together."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch

from ganlab_core.evaluation.evaluator import Evaluator
from ganlab_core.interface.data_facts import facts_of
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.evaluation import Evaluation
from ganlab_core.interface.image_data import ImageData
from ganlab_core.interface.model import Model
from ganlab_core.interface.proportions import Proportions
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.recipe.build import build_data, build_evaluator, build_model
from ganlab_core.recipe.load import load_recipe
from ganlab_core.recipe.settings import Recipe
from ganlab_core.system.device import choose_device

CPU = torch.device("cpu")


class EveryThird:
    """A judge that counts modulo three."""

    accuracy = 0.75

    def label(self, images_NCHW: torch.Tensor) -> torch.Tensor:
        return torch.arange(len(images_NCHW)) % 3


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    return load_plugins({"GANLAB_PLUGINS": ""})


@pytest.fixture
def recipe(tiny: dict[str, Any], plugins: Plugins) -> Recipe:
    tiny["prior"]["code"] = {"use": "categorical", "classes": 3, "probabilities": [0.2, 0.3, 0.5]}
    tiny["networks"]["recognition"] = {"use": "recognition", "hidden": 4}
    return load_recipe(tiny, plugins=plugins)


@pytest.fixture
def data(recipe: Recipe, plugins: Plugins) -> ImageData:
    return build_data(recipe.dataset, plugins)


@pytest.fixture
def model(recipe: Recipe, data: ImageData, plugins: Plugins) -> Model:
    model = build_model(recipe, facts_of(data), plugins, device=CPU)
    model.networks.eval()
    return model


def evaluation_of(model: Model, data: ImageData, judge: Any = None) -> Evaluation:
    return Evaluation(model=model, data=data, obtain_judge=lambda: judge, samples_per_code=5, seed=1)


def test_codes_and_labels_of_generated_images_are_in_one_order(model: Model, data: ImageData) -> None:
    evaluation = evaluation_of(model, data, EveryThird())
    assert evaluation.generated_codes_M.tolist() == [0] * 5 + [1] * 5 + [2] * 5
    assert evaluation.generated_labels_M.tolist() == [0, 1, 2, 0, 1] * 3
    assert [len(images_NCHW) for images_NCHW in evaluation.generated_images()] == [5, 5, 5]


def test_real_images_are_given_the_code_that_the_recognition_head_prefers(model: Model, data: ImageData) -> None:
    evaluation = evaluation_of(model, data)
    probabilities_NK = evaluation.real_code_probabilities_NK
    assert probabilities_NK.shape == (len(data), 3)
    torch.testing.assert_close(probabilities_NK.sum(dim=1), torch.ones(len(data)))
    assert torch.equal(evaluation.real_codes_N, probabilities_NK.argmax(dim=1))


def test_learned_and_true_priors_are_told(model: Model, data: ImageData) -> None:
    evaluation = evaluation_of(model, data)
    assert evaluation.learned_prior_K.tolist() == pytest.approx([0.2, 0.3, 0.5])
    assert evaluation.true_prior == data.class_proportions


def test_without_labels_there_is_no_judge_and_the_message_says_why(model: Model, data: ImageData) -> None:
    evaluation = evaluation_of(model, ImageData("bare", data.images_NCHW))
    assert evaluation.true_prior is None
    with pytest.raises(GanlabError, match="dataset 'bare' has no labels, so no judge"):
        _ = evaluation.generated_labels_M


class Gives:
    def __init__(self, **figures: Any) -> None:
        self.figures = figures

    def __call__(self, evaluation: Evaluation) -> dict[str, Any]:
        return self.figures


def evaluator(recipe: Recipe, data: ImageData, plugins: Plugins, **metrics: Any) -> Evaluator:
    made = build_evaluator(recipe, data, plugins, device=CPU)
    made.metrics = {**made.metrics, **metrics}
    return made


def test_figures_of_all_metrics_come_together_and_the_mode_is_put_back(
    recipe: Recipe, data: ImageData, plugins: Plugins, model: Model
) -> None:
    model.networks.train()
    figures = evaluator(recipe, data, plugins, one=Gives(a=1), two=Gives(b=2))(model)
    assert (figures["a"], figures["b"], figures["judge_accuracy"]) == (1, 2, None)
    assert figures["seconds"] >= 0.0
    assert model.networks.training


def test_two_metrics_with_one_key_are_an_error_that_names_both(
    recipe: Recipe, data: ImageData, plugins: Plugins, model: Model
) -> None:
    with pytest.raises(GanlabError, match=r"metrics\.two: metrics\.one gives \['a'\] as well; drop one of them"):
        evaluator(recipe, data, plugins, one=Gives(a=1), two=Gives(a=2))(model)


def test_proportions_under_any_key_are_laid_out_as_lists_in_their_place(
    recipe: Recipe, data: ImageData, plugins: Plugins, model: Model
) -> None:
    given = Gives(a=1, shares=Proportions((0.4, 0.6), (0.7, 0.3), (1, None)), b=2)
    figures = evaluator(recipe, data, plugins, one=given)(model)
    assert list(figures)[-7:] == ["a", *Proportions.figures(given.figures["shares"]), "b", "judge_accuracy", "seconds"]
    assert Proportions.of(json.loads(json.dumps(figures))) == given.figures["shares"]


def test_two_metrics_that_both_give_proportions_are_an_error_that_names_both(
    recipe: Recipe, data: ImageData, plugins: Plugins, model: Model
) -> None:
    one, two = Gives(shares=Proportions((0.4, 0.6))), Gives(others=Proportions((1.0,)))
    with pytest.raises(GanlabError, match=r"metrics\.two: metrics\.one gives \['learned_prior'\] as well"):
        evaluator(recipe, data, plugins, one=one, two=two)(model)


def test_a_metric_that_gives_proportions_twice_is_an_error_that_names_it(
    recipe: Recipe, data: ImageData, plugins: Plugins, model: Model
) -> None:
    twice = Gives(shares=Proportions((0.4, 0.6)), others=Proportions((1.0,)))
    with pytest.raises(GanlabError, match=r"metrics\.one: it gives \['learned_prior'\] twice"):
        evaluator(recipe, data, plugins, one=twice)(model)


def test_a_metric_that_cannot_be_had_is_named(tiny: dict[str, Any], data: ImageData, plugins: Plugins) -> None:
    plain = load_recipe(tiny, overrides=["~prior.code", "~networks.recognition"], plugins=plugins)
    model = build_model(plain, facts_of(data), plugins, device=CPU)

    def wants_codes(evaluation: Evaluation) -> dict[str, Any]:
        return {"codes": evaluation.generated_codes_M}

    with pytest.raises(GanlabError, match=r"metrics\.mine: the prior has no categorical code; add one"):
        evaluator(plain, data, plugins, mine=wants_codes)(model)


def test_the_judges_accuracy_is_reported_when_a_figure_rests_on_it(
    recipe: Recipe, data: ImageData, plugins: Plugins, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ganlab_core.recipe.build.obtain_judge", lambda *given, **named: EveryThird())

    def labels(evaluation: Evaluation) -> dict[str, Any]:
        return {"first": int(evaluation.generated_labels_M[0])}

    figures = evaluator(recipe, data, plugins, labels=labels)(model)
    assert figures["judge_accuracy"] == 0.75


@pytest.mark.parametrize("name", ["gpu", "cuda:99", "meta device"])
def test_a_device_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(GanlabError, match=rf"device: '{name}' cannot be used here"):
        choose_device(name)


def test_auto_chooses_a_device_that_works() -> None:
    assert torch.zeros(1, device=choose_device("auto")).item() == 0.0
