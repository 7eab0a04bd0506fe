"""The shipped recipes: on the terms of elastic's, whole, resumable, and in one benchmark with them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ganlab_clustergan
import pytest
import torch
import yaml
from safetensors.torch import load_file

from ganlab_core import Plugins, Recipe, load_recipe, resume, train
from ganlab_core.testing import run_recipe

RECIPES = sorted((Path(ganlab_clustergan.__file__).parent / "recipes").glob("*.yaml"))
RIVALS = {
    "clustergan/digits": ("elastic/digits", "elastic/digits-uniform"),
    "clustergan/digits-vanilla": ("elastic/digits", "elastic/digits-uniform"),
    "clustergan/mnist-small": ("elastic/mnist-small", "elastic/mnist-small-uniform"),
}
SMALL = ["batch_size=4", "device=cpu", "samples.columns=2", "networks.generator.width=4", "networks.trunk.width=4"]


def terms(recipe: Recipe) -> dict[str, Any]:
    """What two methods must share to be compared."""
    compared = recipe.model_dump(mode="json")
    return {key: compared[key] for key in ("dataset", "metrics", "batch_size", "steps", "ema", "evaluation", "judge")}


def test_every_shipped_recipe_has_a_rival() -> None:
    assert {f"clustergan/{file.stem}" for file in RECIPES} == set(RIVALS)


@pytest.mark.parametrize(("name", "rival"), [(name, rival) for name, both in RIVALS.items() for rival in both])
def test_data_figures_batches_and_steps_are_those_of_elastic(both: Plugins, name: str, rival: str) -> None:
    ours, theirs = load_recipe(name, plugins=both), load_recipe(rival, plugins=both)
    ours_terms, their_terms = terms(ours), terms(theirs)
    published = rival.endswith("-uniform")
    if not published:  # the best form averages its generator over fewer steps
        del ours_terms["ema"], their_terms["ema"]
    assert ours_terms == their_terms
    if published:  # the best form draws with networks of its own choice
        assert ours.networks.generator == theirs.networks.generator
        assert ours.networks.trunk.use == theirs.networks.trunk.use
        assert ours.networks.trunk.arguments["width"] == theirs.networks.trunk.arguments["width"]


@pytest.mark.parametrize("name", RIVALS)
def test_each_recipe_is_the_method_and_nothing_of_the_rival_s(both: Plugins, name: str) -> None:
    recipe = load_recipe(name, plugins=both)
    assert {part.use for part in recipe.prior.values()} == {"clustergan", "categorical"}
    assert recipe.prior["code"].arguments == {"classes": 10, "probabilities": "uniform"}
    assert recipe.prior["noise"].arguments["std"] == 0.1
    wasserstein = {"wasserstein", "gradient-penalty", "cycle"}
    used = {part.use for part in recipe.losses.values()}
    assert used == ({"nonsaturating", "cycle"} if name.endswith("vanilla") else wasserstein)
    assert recipe.n_critic == (1 if name.endswith("vanilla") else 5)
    assert recipe.losses["cycle"].arguments == {"beta_n": 10.0, "beta_c": 10.0}
    assert recipe.networks.recognition_trunk is not None


@pytest.mark.parametrize("name", RIVALS)
def test_each_recipe_runs_and_all_figures_can_be_had(both: Plugins, mnist: Path, name: str) -> None:
    data = [f"dataset.root={mnist}", "~dataset.imbalance"] if "mnist" in name else []
    figures = run_recipe(name, overrides=[*data, *SMALL[2:]], plugins=both).evaluation
    assert 0.0 <= figures["nmi"] <= 1.0
    assert 0.0 < figures["real_acc"] <= 1.0
    assert figures["codes_used"] == 10
    if not data:  # the noise that stands for MNIST has all classes alike, and so no such ratio
        assert figures["prior_rmse_ratio"] == pytest.approx(1.0)


def test_the_prior_or_the_loss_alone_brings_the_whole_method(alone: Plugins) -> None:
    by_prior, by_loss = load_recipe(prior="clustergan", plugins=alone), load_recipe(losses=["cycle"], plugins=alone)
    assert by_prior == by_loss
    assert [*by_prior.prior] == ["noise", "code"]
    assert [*by_prior.losses] == ["adversarial", "gradient_penalty", "cycle"]
    assert by_prior.networks.recognition_trunk is not None


@pytest.fixture(scope="module")
def whole(alone: Plugins, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """`whole(steps)`: what `--prior clustergan` trains, so many steps of it."""

    def run(steps: int) -> Path:
        every = "checkpoint={every: 2, keep: 9}"
        recipe = load_recipe(prior="clustergan", overrides=[*SMALL, every, f"steps={steps}"], plugins=alone)
        return train(recipe, run=tmp_path_factory.mktemp("runs") / f"of-{steps}", plugins=alone).folder

    return run


def test_two_steps_and_two_more_are_four_to_the_bit(alone: Plugins, whole: Callable[[int], Path]) -> None:
    at_once, in_two = whole(4), whole(2)
    resume(in_two, steps=4, plugins=alone)
    weights = [load_file(run / "checkpoints" / "00000004" / "weights.safetensors") for run in (at_once, in_two)]
    assert weights[0].keys() == weights[1].keys()
    assert any(name.startswith("recognition_trunk") for name in weights[0])
    assert all(torch.equal(tensor, weights[1][name]) for name, tensor in weights[0].items())


def test_one_benchmark_holds_both_methods_on_the_same_data(
    ganlab: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = shutil.which("false")
    assert nothing is not None
    monkeypatch.setattr(sys, "executable", nothing)  # what is planned is written down; the runs end at once
    outcome = ganlab("benchmark", "elastic/digits", "clustergan/digits", "--seeds", "100-101", "--out", "out")
    assert "4 runs, 0 of them done before" in outcome.out
    planned = {str(path.relative_to("out/runs")): path for path in Path("out/runs").glob("*/*.yaml")}
    labels = ("elastic-digits", "clustergan-digits")
    assert planned.keys() == {f"{label}/seed{seed}.yaml" for label in labels for seed in (100, 101)}
    theirs, ours = (yaml.safe_load(planned[f"{label}/seed101.yaml"].read_text()) for label in labels)
    assert ours["seed"] == 101
    assert (ours["dataset"], ours["metrics"]) == (theirs["dataset"], theirs["metrics"])
    assert (ours["losses"]["cycle"]["use"], theirs["losses"]["discovery"]["use"]) == ("cycle", "discovery")


def test_importing_the_plugin_imports_no_torch() -> None:
    program = "import sys, ganlab_clustergan.plugin; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
