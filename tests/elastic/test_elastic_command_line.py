"""The plugin's one command, cut short, and what it prints."""

from __future__ import annotations

import json
import shutil

import torch
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


def test_a_run_shorter_than_its_schedule_says_what_to_do(ganlab: Ganlab) -> None:
    outcome = ganlab("train", "--prior", "elastic", "--steps", 100)
    assert outcome.code == 1
    assert "starts at step 800, but the run has 100 steps; raise steps to 801 or more" in outcome.err


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
