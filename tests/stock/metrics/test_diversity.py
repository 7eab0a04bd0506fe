"""Diversity: near one for images spread like the real ones, zero for a collapse."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from ganlab_core import load_plugins, load_recipe
from ganlab_core.interface.data_facts import facts_of
from ganlab_core.interface.evaluation import Evaluation
from ganlab_core.interface.model import Model
from ganlab_core.recipe.build import build_data, build_model
from ganlab_core.stock.metrics.diversity import Diversity, mean_distance


@pytest.fixture
def evaluation(tiny: dict[str, Any]) -> Evaluation:
    plugins = load_plugins({"GANLAB_PLUGINS": ""})
    recipe = load_recipe(tiny, plugins=plugins)
    data = build_data(recipe.dataset, plugins)
    model = build_model(recipe, facts_of(data), plugins, device=torch.device("cpu"))
    return Evaluation(model=model, data=data, obtain_judge=lambda: None)


def gives(evaluation: Evaluation, images_NCHW: Tensor) -> Evaluation:
    """The same evaluation of a generator that gives these images, as many as are asked for."""

    class Fixed(torch.nn.Module):
        def forward(self, latent_NZ: Tensor) -> Tensor:
            return images_NCHW[: len(latent_NZ)]

    model = evaluation.model
    fixed = Model(networks=model.networks, prior=model.prior, losses=model.losses, average=Fixed())
    return Evaluation(model=fixed, data=evaluation.data, obtain_judge=lambda: None)


def test_mean_distance_is_that_of_a_naive_loop() -> None:
    images_NCHW = torch.randn(6, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    pairs = [(a - b).square().sum().sqrt() for i, a in enumerate(images_NCHW) for b in images_NCHW[:i]]
    assert mean_distance(images_NCHW) == pytest.approx(torch.stack(pairs).mean().item(), rel=1e-5)


def test_one_image_again_and_again_is_a_collapse(evaluation: Evaluation) -> None:
    collapsed = gives(evaluation, torch.zeros(500, 1, 16, 16))
    assert Diversity()(collapsed) == {"diversity": 0.0}


def test_real_images_score_near_one(evaluation: Evaluation) -> None:
    real_NCHW = evaluation.data.images_NCHW.float() / 127.5 - 1.0
    assert Diversity(images=300)(gives(evaluation, real_NCHW))["diversity"] == pytest.approx(1.0, abs=0.1)


def test_it_repeats_with_the_seed(evaluation: Evaluation) -> None:
    evaluation.model.networks.eval()
    assert Diversity(images=50)(evaluation) == Diversity(images=50)(evaluation)
