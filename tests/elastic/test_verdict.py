"""What `ganlab discover` says of what it found: sure where it is, and what to try where it is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ganlab_core import AssignmentSummary, Found
from ganlab_elastic.clusters.separation import separation
from ganlab_elastic.discover.record import Plan
from ganlab_elastic.discover.verdict import judge

PLAN = Plan(
    folder="photos",
    found_at=801,
    steps=2800,
    seen_at=1601,
    draws=True,
    seconds_to_find=0.1,
    seconds_to_draw=0.06,
    counted=True,
    features=None,
    other_features="lite",
    size=32,
    median_side=300,
)


def judged(counts: tuple[int, ...], confidence: float, apart: float, *, plan: Plan = PLAN, taken: int = 2800) -> Found:
    summary = AssignmentSummary(
        table=Path("run/assignments.csv"),
        counts=counts,
        mean_confidences=tuple(confidence if count else None for count in counts),
        unreadable=0,
        unreadable_list=None,
        seconds=1.0,
    )
    return judge(summary, separation=apart, plan=plan, run=Path("my run"), taken=taken)


def test_well_separated_classes_are_said_to_be_so_without_advice() -> None:
    found = judged((400, 0, 500, 100), 0.93, 0.8)
    assert found.sentence == (
        "3 classes in 1,000 images, the largest with 50% of them. They are well separated, and most images surely of "
        "their class (confidence 0.93, separation 0.80, both of 1)."
    )
    assert (found.well_separated, found.drawn, found.advice, found.given_up) == (True, True, (), ())
    assert found.confidence == pytest.approx(0.93)


@pytest.mark.parametrize(("confidence", "apart"), [(0.79, 0.9), (0.95, 0.59)])
def test_others_are_a_first_guess_and_what_to_try_is_said(confidence: float, apart: float) -> None:
    found = judged((50, 60), confidence, apart)
    assert not found.well_separated
    assert "They are not well separated, so take them as a first guess" in found.sentence
    assert [advice.partition(":")[0] for advice in found.advice] == [
        "--features lite",
        "--classes K",
        "more images",
        "--size 64",
    ]
    assert "there are 55 a class" in found.advice[2]


def test_only_what_can_help_is_advised() -> None:
    plan = replace(PLAN, counted=False, other_features=None, median_side=40)
    assert judged((5000, 6000), 0.5, 0.5, plan=plan).advice == ()
    installable = judged((5000, 6000), 0.5, 0.5, plan=replace(plan, other_features=""))
    assert installable.advice[0].startswith("pip install ganlab-features:")
    assert judged((5000, 6000), 0.5, 0.5, plan=replace(PLAN, counted=False, features="lite")).advice == ()


def test_a_giant_class_is_never_called_well_separated() -> None:
    found = judged((730, 100, 100, 70), 0.99, 0.9)
    assert not found.well_separated
    assert found.sentence.endswith("The largest is probably several classes that were not told apart.")


def test_a_single_class_is_none() -> None:
    found = judged((0, 300), 1.0, 0.0)
    assert found.sentence == "No classes were told apart: all 300 images were given the same one."
    assert not found.well_separated


def test_what_is_not_drawn_yet_is_said_with_the_way_to_it() -> None:
    early = judged((400, 600), 0.9, 0.9, plan=replace(PLAN, given_up=("larger images",)), taken=801)
    assert not early.drawn
    assert early.given_up == (
        "larger images",
        "1999 of 1999 steps that draw the classes; to have them, in about 2.0 minutes: "
        "ganlab discover --resume 'my run'",
    )
    late = judged((400, 600), 0.9, 0.9, taken=1700)
    assert late.drawn
    assert late.given_up[0].startswith("1100 of 1999 steps")


def clouds(*sizes: int, apart: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Points around directions that are `apart` times as long as they spread."""
    random = torch.Generator().manual_seed(0)
    codes_N = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
    return torch.randn(len(codes_N), 16, generator=random) + apart * torch.eye(16)[codes_N], codes_N


def test_separation_is_one_of_distant_classes_and_zero_by_chance() -> None:
    points_ND, codes_N = clouds(200, 100, 20, apart=20.0)
    assert separation(points_ND, codes_N) == 1.0
    shuffled_N = codes_N[torch.randperm(len(codes_N), generator=torch.Generator().manual_seed(1))]
    assert separation(points_ND, shuffled_N) < 0.02
    values = [separation(*clouds(200, 100, 20, apart=apart)) for apart in (0.0, 2.0, 4.0, 8.0)]
    assert values == sorted(values)


def test_a_giant_class_does_not_hide_that_a_small_one_is_mixed() -> None:
    points_ND, codes_N = clouds(500, 20, apart=0.0)
    assert separation(points_ND, codes_N) < 0.1  # though 92 % of all links stay inside a class


def test_separation_is_that_of_a_naive_count() -> None:
    points_ND, codes_N = clouds(12, 7, 3, apart=1.0)
    directions_ND = points_ND / points_ND.norm(dim=1, keepdim=True)
    by_class = []
    for code in range(3):
        inside = []
        for index in (codes_N == code).nonzero().flatten().tolist():
            distances_N = (directions_ND - directions_ND[index]).norm(dim=1)
            distances_N[index] = torch.inf
            nearest = distances_N.argsort()[:10]
            inside.append((codes_N[nearest] == code).double().mean().item())
        chance = (int((codes_N == code).sum()) - 1) / 21
        by_class.append((sum(inside) / len(inside) - chance) / (1 - chance))
    assert separation(points_ND, codes_N) == pytest.approx(max(sum(by_class) / 3, 0.0), abs=1e-6)


def test_one_class_or_one_image_is_not_separated() -> None:
    assert separation(torch.randn(9, 4), torch.zeros(9, dtype=torch.int64)) == 0.0
    assert separation(torch.randn(1, 4), torch.zeros(1, dtype=torch.int64)) == 0.0
