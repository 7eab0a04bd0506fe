"""Real images of the drawn categories: the right ones, all of them, the same when a run is resumed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from scipy.stats import chisquare
from torch import nn

from ganlab_core import GanlabError, LossSpec, Recognition, load_plugins, load_recipe, train
from ganlab_core.interface.specs import PriorSpec
from ganlab_core.interface.step import StepContext
from ganlab_core.recipe.freeze import to_yaml
from ganlab_core.stock.priors.categorical import Categorical
from ganlab_elastic.losses.augmented import augmented
from ganlab_elastic.losses.matching_images import MatchingImages, images_of
from ganlab_elastic.prior.elastic import ElasticCategorical
from tests.faults.families import FAMILIES, STEPS, small
from tests.training.test_processes import launched

MakeStep = Callable[..., StepContext]
SPEC = LossSpec((1, 8, 8), codes={"code": 3}, dataset_size=12, steps=10)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_each_category_gets_an_image_of_its_own_and_each_such_image_as_often() -> None:
    codes_M = torch.tensor([2, 0, 2, 0, 2, 0, 0, 2, 2, 1])
    asked_N = torch.tensor([0, 1, 2]).repeat(4000)
    found_N = images_of(asked_N, codes_M, classes=3, generator=seeded())
    assert torch.equal(codes_M[found_N], asked_N)
    for category, members in ((0, [1, 3, 5, 6]), (1, [9]), (2, [0, 2, 4, 7, 8])):
        counts = torch.bincount(found_N[asked_N == category], minlength=10)[members]
        assert len(members) == 1 or chisquare(counts).pvalue > 0.001


def test_a_category_that_no_image_has_gets_any_image() -> None:
    codes_M = torch.tensor([0, 2, 0, 2])
    found_N = images_of(torch.full((4000,), 1), codes_M, classes=3, generator=seeded())
    assert chisquare(torch.bincount(found_N, minlength=4)).pvalue > 0.001


class Arbitrary(nn.Module):
    """Reads a category that seems drawn at random, but is always the same of an image."""

    def __init__(self, spec: Any) -> None:
        super().__init__()

    def forward(self, features_ND: torch.Tensor) -> Recognition:
        return Recognition({"code": (50.0 * features_ND[:, :3]).sin()}, features_ND)


def step_on(make_step: MakeStep, *, number: int = 0, phase: str = "discriminator") -> StepContext:
    data_NCHW = torch.rand(12, 1, 8, 8, generator=seeded(5)) * 2 - 1
    factors = {"code": Categorical(PriorSpec(None), classes=3)}
    return make_step(factors, head=Arbitrary, data_NCHW=data_NCHW, number=number, phase=phase)


def test_the_step_is_shown_images_that_are_read_as_what_was_drawn(make_step: MakeStep) -> None:
    step, matching = step_on(make_step), MatchingImages(12, every=5)
    shown = matching.showing(step)
    assert shown.real_N is not None
    drawn_N = step.latent.draws["code"].target
    there_N = torch.isin(drawn_N, matching.codes_M)  # type: ignore[arg-type]
    assert there_N.any()
    assert torch.equal(matching.codes_M[shown.real_N][there_N], drawn_N[there_N])  # type: ignore[index]
    assert torch.equal(shown.codes("real")["code"], torch.eye(3)[matching.codes_M[shown.real_N]])
    read_NK = step.showing(shown.real_N).codes("real")["code"]
    assert torch.equal(read_NK.argmax(dim=1), matching.codes_M[shown.real_N])


def test_categories_are_read_at_first_and_then_every_so_many_steps(make_step: MakeStep) -> None:
    matching = MatchingImages(12, every=5)
    read = []
    for number in (3, 4, 5, 6):
        matching.codes_M.fill_(-1) if number == 3 else matching.codes_M.fill_(0)
        matching.showing(step_on(make_step, number=number))
        read.append(bool(matching.codes_M.any()))
        matching.showing(step_on(make_step, number=number, phase="generator"))
    assert read == [True, False, True, False]


def test_both_phases_of_a_step_are_shown_the_same_number_of_images(make_step: MakeStep) -> None:
    loss = augmented(SPEC, real="drawn")
    for phase in ("discriminator", "generator"):
        assert getattr(loss, phase)(step_on(make_step, phase=phase)).isfinite()


def test_without_a_code_it_is_refused_with_the_way_out() -> None:
    with pytest.raises(GanlabError, match="`real: drawn` needs a prior with a code over categories; add one"):
        augmented(LossSpec((1, 8, 8), codes={}, dataset_size=12, steps=10), real="drawn")


@pytest.mark.parametrize(("evened", "expected"), [(0.0, [0.7, 0.25, 0.05]), (1.0, [1 / 3] * 3), (0.5, None)])
def test_rare_categories_are_drawn_as_often_as_asked_in_training_alone(
    evened: float, expected: list[float] | None
) -> None:
    prior = ElasticCategorical(classes=3, evened=evened)
    prior.theta.data = torch.tensor([0.7, 0.25, 0.05]).log()
    if expected is None:
        roots = [share**0.5 for share in (0.7, 0.25, 0.05)]
        expected = [root / sum(roots) for root in roots]
    for step, shares in ((3, expected), (None, [0.7, 0.25, 0.05])):
        target_N = prior.sample(20_000, generator=seeded(), step=step).target
        assert target_N is not None
        counts = torch.bincount(target_N, minlength=3)
        assert chisquare(counts, [20_000 * share for share in shares]).pvalue > 0.001
    torch.testing.assert_close(prior.probabilities(), torch.tensor([0.7, 0.25, 0.05]))


def test_a_category_that_is_not_in_use_stays_rare_when_others_are_evened() -> None:
    prior = ElasticCategorical(classes=4, evened=1.0)
    prior.theta.data = torch.tensor([0.6, 0.2, 0.2, 1e-5]).log()
    target_N = prior.sample(20_000, generator=seeded(), step=0).target
    assert target_N is not None
    assert torch.bincount(target_N, minlength=4)[3] < 30


def test_evened_draws_at_0_are_those_without_it_to_the_bit() -> None:
    draws = []
    for arguments in ({}, {"evened": 0.0}):
        prior = ElasticCategorical(classes=4, **arguments)  # type: ignore[arg-type]
        prior.theta.data = torch.tensor([0.3, -1.0, 0.2, 0.0])
        draws.append(prior.sample(50, generator=seeded(), step=1).value_NW)
    assert torch.equal(*draws)


def test_the_fragment_that_draws_what_was_found_trains(tmp_path: Path) -> None:
    plugins = load_plugins()
    fragments = Path(__file__).parents[2] / "ganlab_elastic" / "recipes" / "parts"
    small = {"generator": {"width": 4}, "trunk": {"width": 4}, "recognition_trunk": {"width": 4}}
    starts = {name: {"starts": 1} for name in ("adversarial", "information", "prior_matching")}
    recipe = load_recipe(
        fragments / "default.yaml",
        fragments / "drawn.yaml",
        {
            "networks": small,
            "losses": {"discovery": {"merge_at": 1, "ends": 1}} | starts,
            "steps": 3,
            "batch_size": 8,
            "device": "cpu",
            "evaluation": {"samples_per_code": 4},
            "metrics": dict.fromkeys(("nmi", "ent", "purity", "prior-rmse")),
        },
        plugins=plugins,
    )
    result = train(recipe, run=tmp_path / "run", plugins=plugins)
    assert 0.0 <= result.evaluation["read_back"] <= 1.0
    assert len(result.evaluation["read_back_codes"]) == 10


@pytest.mark.slow
@pytest.mark.skipif(not torch.distributed.is_available(), reason="this torch has no torch.distributed")
def test_two_processes_that_are_resumed_end_as_two_that_were_not_stopped(tmp_path: Path) -> None:
    recipe = small(FAMILIES["drawn"], load_plugins())
    (tmp_path / "recipe.yaml").write_text(to_yaml(recipe))

    def run(*arguments: str) -> None:
        done = subprocess.run(
            launched("train", *arguments),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={**os.environ, "GANLAB_PLUGINS": "elastic", "OMP_NUM_THREADS": "1"},
        )
        assert done.returncode == 0, done.stderr[-3000:]

    run("recipe.yaml", "--run", "whole")
    shutil.copytree(tmp_path / "whole", tmp_path / "parts")
    for number in range(5, STEPS + 1):
        shutil.rmtree(tmp_path / f"parts/checkpoints/{number:08d}")
    run("--resume", "parts")
    whole, parts = (
        load_file(tmp_path / name / f"checkpoints/{STEPS:08d}/weights.safetensors") for name in ("whole", "parts")
    )
    assert whole["losses.adversarial.matching.codes_M"].min() >= 0
    assert all(torch.equal(value, parts[name]) for name, value in whole.items())
