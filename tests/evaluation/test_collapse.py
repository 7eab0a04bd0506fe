"""The collapse detector: one image, one mode and three modes are found; healthy images raise no alarm."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from ganlab_core.evaluation.collapse import Bins, CollapseDetector, image_figures, image_signs
from ganlab_core.interface.data_facts import facts_of
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import to_unit_range
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.recipe.build import build_data, build_model
from ganlab_core.recipe.load import load_recipe
from ganlab_core.runs.checkpoint import newest_checkpoint
from ganlab_core.stock.datasets.digits import digits
from ganlab_core.stock.datasets.imbalance import Imbalance
from ganlab_core.training.run import train


@pytest.fixture(scope="module")
def core() -> Plugins:
    """The core's parts alone."""
    return load_plugins({"GANLAB_PLUGINS": ""})


@pytest.fixture(scope="module")
def real_NCHW() -> Tensor:
    """Imbalanced digits, as a run is trained on."""
    data = digits(size=16, imbalance=Imbalance(ratio=5.0))
    return to_unit_range(data.images_NCHW)


@pytest.fixture(scope="module")
def bins(real_NCHW: Tensor) -> Bins:
    """Bins of those digits."""
    return Bins.of(real_NCHW, seed=0)


def signs(images_NCHW: Tensor, real_NCHW: Tensor, bins: Bins) -> str:
    return "; ".join(image_signs(image_figures(images_NCHW, real_NCHW=real_NCHW, bins=bins)))


def noisy(images_NCHW: Tensor, *, deviation: float, seed: int) -> Tensor:
    noise = torch.randn(images_NCHW.shape, generator=torch.Generator().manual_seed(seed))
    return (images_NCHW + deviation * noise).clamp(-1, 1)


@pytest.mark.parametrize("seed", range(20))
def test_healthy_images_raise_no_alarm(real_NCHW: Tensor, bins: Bins, seed: int) -> None:
    """Draws of all digits in other proportions than the real ones, a little blurred and noisy as generators are."""
    balanced_NCHW = to_unit_range(digits(size=16).images_NCHW)
    chosen_N = torch.randint(len(balanced_NCHW), (500,), generator=torch.Generator().manual_seed(seed))
    blurred_NCHW = torch.nn.functional.avg_pool2d(balanced_NCHW[chosen_N], 3, stride=1, padding=1)
    healthy_NCHW = noisy(0.5 * blurred_NCHW + 0.5 * balanced_NCHW[chosen_N], deviation=0.1, seed=seed)
    assert signs(healthy_NCHW, real_NCHW, bins) == ""


def test_one_image_is_too_alike(real_NCHW: Tensor, bins: Bins) -> None:
    one_NCHW = real_NCHW[:1].expand(500, -1, -1, -1)
    assert "too alike: 0%" in signs(one_NCHW, real_NCHW, bins)


@pytest.mark.parametrize("deviation", [0.1, 0.3, 0.6])
@pytest.mark.parametrize("modes", [1, 3])
def test_few_modes_are_found_however_noisy(real_NCHW: Tensor, bins: Bins, modes: int, deviation: float) -> None:
    chosen_N = torch.arange(500) % modes
    few_NCHW = noisy(real_NCHW[:: len(real_NCHW) // 3][chosen_N], deviation=deviation, seed=modes)
    assert "fill few modes" in signs(few_NCHW, real_NCHW, bins)


def test_a_single_class_is_few_modes(real_NCHW: Tensor, bins: Bins) -> None:
    data = digits(size=16)
    assert data.labels_N is not None
    for label in range(10):
        class_NCHW = to_unit_range(data.images_NCHW[data.labels_N == label])
        assert "fill few modes" in signs(class_NCHW, real_NCHW, bins), label


@pytest.fixture
def coded(tiny: dict[str, Any]) -> dict[str, Any]:
    """The tiny recipe with a class code and a head that reads it."""
    tiny["prior"]["code"] = {"use": "categorical", "classes": 4, "probabilities": [0.97, 0.01, 0.01, 0.01]}
    return tiny


def test_a_prior_in_a_corner_is_found_at_any_step(coded: dict[str, Any], core: Plugins) -> None:
    recipe = load_recipe(coded, plugins=core)
    data = build_data(recipe.dataset, core)
    model = build_model(recipe, facts_of(data), core, device=torch.device("cpu"))
    health = CollapseDetector(data, steps=recipe.total_steps, seed=recipe.seed)(model, number=1)
    assert health.signs == ("the prior of 'code' has gone to a corner: one category has 97% of the mass",)
    assert health.figures["health/largest_category/code"] == pytest.approx(0.97)


def test_an_untrained_generator_is_looked_at_only_after_it_had_time(tiny: dict[str, Any], core: Plugins) -> None:
    recipe = load_recipe(tiny, overrides=["steps=1000"], plugins=core)
    data = build_data(recipe.dataset, core)
    model = build_model(recipe, facts_of(data), core, device=torch.device("cpu"))
    detector = CollapseDetector(data, steps=recipe.total_steps, seed=recipe.seed)
    assert detector(model, number=199).signs == ()
    assert len(detector(model, number=200).signs) == 2


def test_a_run_warns_or_stops_as_its_recipe_says(
    coded: dict[str, Any], core: Plugins, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    coded["evaluation"] = {"every": 2}
    with caplog.at_level(logging.WARNING):
        train(load_recipe(coded, plugins=core), run=tmp_path / "warned", plugins=core)
    assert "step 2: the prior of 'code' has gone to a corner" in caplog.text
    assert '"health/signs_of_collapse": 1.0' in (tmp_path / "warned" / "metrics.jsonl").read_text()
    stopping = load_recipe(coded, overrides=["on_collapse=stop"], plugins=core)
    with pytest.raises(GanlabError, match=r"step 2: the prior.*corner.*on_collapse is stop; checkpoint 2 holds it"):
        train(stopping, run=tmp_path / "stopped", plugins=core)
    checkpoint = newest_checkpoint(tmp_path / "stopped" / "checkpoints")
    assert checkpoint is not None
    assert checkpoint.number == 2
