"""What `ganlab discover` says of what it found: sure where it is, and what to try where it is not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from rich.console import Console
from sklearn.metrics import cohen_kappa_score

from ganlab_core import AssignmentSummary, Found, GanlabError, RunFolder, load_plugins
from ganlab_elastic.clusters.classes import Classes
from ganlab_elastic.clusters.separation import separation
from ganlab_elastic.discover import renewal
from ganlab_elastic.discover.progress import Progress
from ganlab_elastic.discover.record import Plan, read_plan, write_plan
from ganlab_elastic.discover.verdict import judge

PLAN = Plan(
    folder="photos",
    found_at=801,
    steps=2800,
    seen_at=1601,
    draws=True,
    seconds_to_find=0.1,
    seconds_to_draw=0.06,
    usual=800,
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


@pytest.mark.parametrize(("confidence", "apart"), [(0.79, 0.9), (0.95, 0.79)])
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
    assert installable.advice[0].startswith("pip install ./plugins/ganlab-features:")
    assert judged((5000, 6000), 0.5, 0.5, plan=replace(PLAN, counted=False, features="lite")).advice == ()


def test_classes_that_were_found_in_haste_are_a_first_guess() -> None:
    found = judged((400, 600), 0.99, 0.99, plan=replace(PLAN, usual=900))
    assert not found.well_separated
    assert "They are found in fewer steps than it takes, so take them as a first guess" in found.sentence


def test_a_giant_class_is_never_called_well_separated() -> None:
    found = judged((730, 100, 100, 70), 0.99, 0.9)
    assert not found.well_separated
    assert "that one may be several classes: look at it" in found.sentence


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
    # In features classes are told before the first network learns: that comes first, and takes its time too.
    first = judged((400, 600), 0.9, 0.9, plan=replace(PLAN, features="lite"), taken=1)
    assert first.given_up[0].startswith("1999 of 1999 steps that draw the classes; to have them, in about 3.3 minutes")


def clouds(*sizes: int, apart: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Points around directions that are `apart` times as long as they spread."""
    random = torch.Generator().manual_seed(0)
    codes_N = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
    return torch.randn(len(codes_N), 16, generator=random) + apart * torch.eye(16)[codes_N], codes_N


def test_separation_is_one_of_distant_classes_and_zero_by_chance() -> None:
    points_ND, codes_N = clouds(200, 100, 20, apart=40.0)
    assert separation(points_ND, codes_N) > 0.9
    shuffled_N = codes_N[torch.randperm(len(codes_N), generator=torch.Generator().manual_seed(1))]
    assert separation(points_ND, shuffled_N) < 0.2


def test_separation_is_small_where_classes_are_a_cut_through_one_cloud() -> None:
    points_ND, _ = clouds(300, apart=0.0)
    assert separation(points_ND, (points_ND[:, 0] > 0).long()) < 0.5


def test_agreement_is_cohens_kappa_after_matching(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    found, given = random.integers(3, size=200), random.integers(3, size=200)
    given[:150] = (found[:150] + 1) % 3
    monkeypatch.setattr(
        "ganlab_elastic.clusters.separation.find_classes",
        lambda embedding_ND, **others: Classes(torch.from_numpy(found), torch.empty(0), separation=0.5),
    )
    expected = 0.5 * cohen_kappa_score((found + 1) % 3, given)
    assert separation(torch.zeros(200, 2), torch.from_numpy(given)) == pytest.approx(expected)


def test_of_many_images_a_sample_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def look(embedding_ND: torch.Tensor, **others: object) -> Classes:
        seen.append(len(embedding_ND))
        return Classes(embedding_ND[:, 0].long(), torch.empty(0), separation=1.0)

    monkeypatch.setattr("ganlab_elastic.clusters.separation.find_classes", look)
    codes_N = torch.arange(5000) % 4
    assert separation(codes_N[:, None].float(), codes_N) == 1.0
    assert seen == [2048]


def test_one_class_or_one_image_is_not_separated() -> None:
    assert separation(torch.randn(9, 4), torch.zeros(9, dtype=torch.int64)) == 0.0
    assert separation(torch.randn(1, 4), torch.zeros(1, dtype=torch.int64)) == 0.0


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"given_up": ["\x1b[2J"]}, "cannot be printed"),
        ({"seconds_to_draw": float("inf")}, "seconds_to_draw: .*finite"),
    ],
)
def test_a_plan_that_somebody_changed_is_refused(changed: dict[str, Any], reason: str, tmp_path: Path) -> None:
    write_plan(PLAN, tmp_path)
    assert read_plan(tmp_path) == PLAN
    path = tmp_path / "discover.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))
    with pytest.raises(GanlabError, match=rf"discover\.json is damaged \(.*{reason}"):
        read_plan(tmp_path)


def test_a_folder_of_which_nothing_can_be_read_any_more_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run = SimpleNamespace(facts=SimpleNamespace(size=3), files=RunFolder(tmp_path), number=801)
    nothing = AssignmentSummary(tmp_path / "assignments.csv", (0, 0), (None, None), 3, None, 1.0)
    monkeypatch.setattr(renewal, "load_run", lambda path, plugins: run)
    monkeypatch.setattr(renewal, "assign_folder", lambda *arguments, **options: nothing)
    progress = Progress(Console(quiet=True), seconds=1.0)
    with pytest.raises(GanlabError, match="none of the image files in 'photos' can be read any more; bring them back"):
        renewal.renew(tmp_path, Path("photos"), PLAN, plugins=load_plugins({"GANLAB_PLUGINS": ""}), progress=progress)
