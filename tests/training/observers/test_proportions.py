"""The picture of learned and true proportions: each bar stands where its class does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ganlab_core import Proportions
from ganlab_core.interface.events import RunFinished
from ganlab_core.training.observers.proportions import Bars, ProportionsPicture, draw_bars, draw_proportions

MATCHED = Proportions((0.25, 0.65, 0.1), (0.7, 0.1, 0.2), (2, 0, 1))


def bars(proportions: Proportions) -> tuple[list[str], dict[str, list[float]]]:
    axes = draw_proportions(proportions).axes[0]
    heights = {str(group.get_label()): [bar.get_height() for bar in group] for group in axes.containers}
    return [label.get_text() for label in axes.get_xticklabels()], heights


def test_each_code_stands_beside_the_class_that_it_was_matched_to_largest_class_first() -> None:
    names, heights = bars(MATCHED)
    assert names == ["0 (1)", "2 (0)", "1 (2)"]
    assert heights["learned"] == pytest.approx([0.65, 0.25, 0.1])
    assert heights["true"] == pytest.approx([0.7, 0.2, 0.1])


def test_codes_without_a_class_and_classes_without_a_code_have_their_own_place() -> None:
    names, heights = bars(replace(MATCHED, matched_K=(2, 0, None)))
    assert names == ["0 (1)", "2 (0)", "1", "(2)"]
    assert heights["learned"] == pytest.approx([0.65, 0.25, 0.0, 0.1])
    assert heights["true"] == pytest.approx([0.7, 0.2, 0.1, 0.0])


def test_without_labels_the_learned_ones_stand_alone() -> None:
    names, heights = bars(Proportions((0.25, 0.65, 0.1)))
    assert names == ["(1)", "(0)", "(2)"]
    assert heights.keys() == {"learned"}


def test_a_run_whose_metrics_give_no_proportions_gets_no_picture(tmp_path: Path) -> None:
    picture = ProportionsPicture(tmp_path / "proportions.png")
    picture.ganlab_run_finished(RunFinished(folder=tmp_path, number=1, evaluation={"diversity": 1.0}))
    assert not (tmp_path / "proportions.png").exists()
    picture.ganlab_run_finished(RunFinished(folder=tmp_path, number=1, evaluation=MATCHED.figures()))
    assert (tmp_path / "proportions.png").read_bytes().startswith(b"\x89PNG")


def test_a_class_may_be_called_like_a_formula_or_hold_a_control_character(tmp_path: Path) -> None:
    bars = [Bars(r"$\nothing{$", 0.5), Bars("$5 or $6", 0.25), Bars("a\x1b[31m", 0.25)]
    figure = draw_bars(bars, of="class")
    figure.savefig(tmp_path / "bars.png")
    labels = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert labels == [r"$\nothing{$", "$5 or $6", r"a\x1b[31m"]
