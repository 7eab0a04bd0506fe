"""The plugin's one command, cut short, and what it prints."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file

from ganlab_core.testing.fixtures import Ganlab

KEYS = {
    "nmi",
    "nmi_geometric",
    "ent",
    "prior_rmse",
    "prior_rmse_uniform",
    "real_acc",
    "real_nmi",
    "real_ari",
    "judge_accuracy",
    "codes_used",
    "learned_prior",
    "true_prior",
    "seconds",
}
SHORT = [
    "--steps",
    "3",
    *("--set", "losses.discovery.merge_at=1", "--set", "losses.discovery.ends=1", "--set", "batch_size=8"),
    *(f"--set=losses.{name}.starts=1" for name in ("adversarial", "information", "prior_matching")),
    "--set=evaluation.samples_per_code=5",
]


@pytest.mark.slow
def test_train_prints_learned_and_true_proportions_and_where_to_look(ganlab: Ganlab) -> None:
    trained = ganlab("train", "--prior", "elastic", *SHORT, "--run", "run")
    assert trained.code == 0, trained.err
    for text in (
        "learned",
        "true",
        "nmi",
        "real_acc",
        "prior_rmse_uniform",
        "run/samples/00000003.png",
        "run/tensorboard",
    ):
        assert text in trained.out

    printed = ganlab("evaluate", "run")
    assert printed.code == 0, printed.err
    assert "proportions" in printed.out

    evaluated = ganlab("evaluate", "run", "--json", "--samples-per-code", 3)
    assert evaluated.code == 0, evaluated.err
    figures = json.loads(evaluated.out)
    assert figures.keys() >= KEYS
    assert abs(sum(figures["learned_prior"]) - 1.0) < 1e-5

    sampled = ganlab("sample", "run", "--code", 3, "--count", 4, "--grid", "threes.png")
    assert sampled.code == 0, sampled.err


def recipe_of(run: str) -> dict[str, Any]:
    recipe: dict[str, Any] = yaml.safe_load(Path(run, "recipe.yaml").read_text())
    return recipe


def phases(recipe: dict[str, Any]) -> set[tuple[int, int, int]]:
    """Where discovery merges and ends, and where each other loss starts."""
    losses = dict(recipe["losses"])
    discovery = losses.pop("discovery")
    return {(discovery["merge_at"], discovery["ends"], other["starts"]) for other in losses.values()}


def counting(run: str) -> dict[str, list[int]]:
    """The logged steps in which each loss of the generator's phase counted."""
    found: dict[str, list[int]] = {}
    for line in Path(run, "metrics.jsonl").read_text().splitlines():
        values = json.loads(line)
        for key in values:
            if re.fullmatch("loss/generator/[a-z_]+", key):
                found.setdefault(key.removeprefix("loss/generator/"), []).append(values["step"])
    return found


NARROW = [
    *("--set=batch_size=8", "--set=evaluation.samples_per_code=5", "--set=samples.every=0", "--set=log.every=1"),
    *(f"--set=networks.{role}.width=4" for role in ("generator", "trunk", "recognition_trunk")),
]


def test_a_short_run_goes_the_whole_way(ganlab: Ganlab) -> None:
    trained = ganlab("train", "--prior", "elastic", "--steps", 50, *NARROW, "--run", "run")
    assert trained.code == 0, trained.err
    assert "prior_rmse_uniform" in trained.out
    assert json.loads(Path("run/evaluation.json").read_text()).keys() >= KEYS
    assert phases(recipe_of("run")) == {(14, 14, 14)}
    drawing = list(range(15, 51))
    assert counting("run") == {
        "discovery": list(range(1, 15)),
        "adversarial": drawing,
        "information": drawing,
        "prior_matching": drawing,
    }


@pytest.mark.parametrize(("steps", "step"), [(2, 1), (3, 1), (50, 14), (2800, 800), (5600, 1600)])
def test_both_phases_grow_with_the_run(ganlab: Ganlab, steps: int, step: int) -> None:
    printed = ganlab("validate", "--print", "--prior", "elastic", "--steps", steps)
    assert printed.code == 0, printed.err
    assert phases(yaml.safe_load(printed.out)) == {(step, step, step)}


def test_a_run_of_one_step_is_told_to_take_two(ganlab: Ganlab) -> None:
    outcome = ganlab("train", "--prior", "elastic", "--steps", 1)
    assert outcome.code == 1
    told = [line.rpartition(".yaml:")[2].partition(": ")[2] for line in outcome.err.splitlines()]
    assert told == [
        f"losses.{key}: is a share of the run, and a run of 1 step has no parts; raise steps to 2 or more"
        for key in (
            *("discovery.merge_at", "discovery.ends"),
            *("adversarial.starts", "information.starts", "prior_matching.starts"),
        )
    ]
    assert "best.yaml:" in outcome.err


def test_a_run_that_is_extended_keeps_its_phases(ganlab: Ganlab) -> None:
    assert ganlab("train", "--prior", "elastic", "--steps", 4, *NARROW, "--run", "run").code == 0
    assert ganlab("train", "--resume", "run", "--steps", 8).code == 0
    assert (recipe_of("run")["steps"], phases(recipe_of("run"))) == (8, {(1, 1, 1)})
    absolute = [f"--set=losses.discovery.{key}=1" for key in ("merge_at", "ends")]
    absolute += [f"--set=losses.{name}.starts=1" for name in ("adversarial", "information", "prior_matching")]
    assert ganlab("train", "--prior", "elastic", "--steps", 8, *absolute, *NARROW, "--run", "whole").code == 0
    files = [f"{run}/checkpoints/00000008/weights.safetensors" for run in ("run", "whole")]
    weights, others = map(load_file, files)
    assert all(torch.equal(value, others[name]) for name, value in weights.items())


def test_a_temperature_and_a_warm_up_may_be_shares(ganlab: Ganlab) -> None:
    shares = ("--set=prior.code.warm_up=50 %", "--set=prior.code.temperature={start: 1, end: 0.1, steps: 100 %}")
    assert ganlab("train", "--prior", "elastic", "--steps", 4, *NARROW, *shares, "--run", "run").code == 0
    code = recipe_of("run")["prior"]["code"]
    assert (code["warm_up"], code["temperature"]["steps"]) == (2, 4)


def test_a_run_that_stopped_before_and_after_the_merging_goes_on_bit_for_bit(ganlab: Ganlab) -> None:
    whole = ["train", "--prior", "elastic", *SHORT, "--set=checkpoint={every: 1, keep: 9}"]
    assert ganlab(*whole, "--run", "whole").code == 0
    last = load_file("whole/checkpoints/00000003/weights.safetensors")
    for stop in (1, 2):
        shutil.copytree("whole", f"from-{stop}")
        for later in range(stop + 1, 4):
            shutil.rmtree(f"from-{stop}/checkpoints/{later:08d}")
        resumed = ganlab("train", "--resume", f"from-{stop}")
        assert resumed.code == 0, resumed.err
        again = load_file(f"from-{stop}/checkpoints/00000003/weights.safetensors")
        assert all(torch.equal(value, again[name]) for name, value in last.items())
