"""The plugin's one command, cut short, and what it prints."""

from __future__ import annotations

import json

from tests.conftest import Ganlab

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
