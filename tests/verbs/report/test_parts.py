"""What the sections are computed from, each against another way to get it."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.axes import Axes

from ganlab_core.evaluation.contingency import match_codes, matched_accuracy
from ganlab_core.interface.image_data import ImageData
from ganlab_core.interface.proportions import Proportions
from ganlab_core.plugins import Plugins
from ganlab_core.runs.history import Curve, History, read_history, thinned
from ganlab_core.runs.loaded import load_run
from ganlab_core.verbs.assign.codes import Assigned
from ganlab_core.verbs.report.chart import as_label, draw_chart
from ganlab_core.verbs.report.code_names import name_codes, shown_codes
from ganlab_core.verbs.report.colours import colours
from ganlab_core.verbs.report.curve_charts import comparison_charts, lines_chart, loss_charts, metric_charts
from ganlab_core.verbs.report.noise_paths import interpolate_noise
from ganlab_core.verbs.report.picture import picture_of
from ganlab_core.verbs.report.real_images import RealImages


def curve(*values: float) -> Curve:
    return Curve(np.arange(1.0, len(values) + 1), np.array(values))


def history(**scalars: Curve) -> History:
    return History({name.replace("__", "/"): found for name, found in scalars.items()}, {})


def test_scalars_and_vectors_are_read_and_a_line_cut_short_is_left_out(tmp_path: Path) -> None:
    lines = [{"step": 5, "loss/generator": 1.5, "prior/code": [0.25, 0.75]}, {"step": 10, "loss/generator": 0.5}]
    (tmp_path / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)) + '\n{"step": 15, "lo')
    found = read_history(tmp_path / "metrics.jsonl")
    assert found.scalars["loss/generator"].steps_T.tolist() == [5, 10]
    assert found.scalars["loss/generator"].values.tolist() == [1.5, 0.5]
    assert found.vectors["prior/code"].values.tolist() == [[0.25, 0.75]]


def test_a_run_that_has_logged_nothing_has_no_curves(tmp_path: Path) -> None:
    assert read_history(tmp_path / "metrics.jsonl") == History({}, {})


def test_a_long_curve_is_thinned_to_means_that_keep_its_end() -> None:
    values = np.random.default_rng(0).normal(size=1000)
    found = thinned(Curve(np.arange(1.0, 1001.0), values), most=100)
    assert found.steps_T.tolist() == [10.0 * place for place in range(1, 101)]
    for place in range(100):
        assert found.values[place] == pytest.approx(sum(values[10 * place : 10 * place + 10]) / 10)


@pytest.mark.parametrize("shape", [(3, 3), (4, 3), (3, 4)])
def test_the_matching_is_the_best_of_all_matchings(shape: tuple[int, int]) -> None:
    codes, classes = shape
    counts_KL = np.random.default_rng(codes).integers(0, 50, shape)
    wide = counts_KL if codes <= classes else counts_KL.T
    best = max(
        sum(wide[row, column] for row, column in enumerate(chosen))
        for chosen in itertools.permutations(range(wide.shape[1]), wide.shape[0])
    )
    matched = match_codes(counts_KL)
    taken = [label for label in matched if label is not None]
    assert len(taken) == len(set(taken)) == min(shape)
    assert matched_accuracy(counts_KL, matched) == pytest.approx(best / counts_KL.sum())


def test_the_surest_images_of_a_code_come_first_and_no_other_codes() -> None:
    images_NCHW = torch.arange(5, dtype=torch.uint8)[:, None, None, None].expand(5, 1, 2, 2)
    confidences_N = torch.tensor([0.6, 0.9, 0.7, 1.0, 0.8])
    codes_N = torch.tensor([1, 1, 1, 0, 1])
    assigned = Assigned(codes_N, confidences_N, 1 - codes_N, torch.zeros(5, 3))
    real = RealImages(ImageData("five", images_NCHW), assigned, codes=3, counts_KL=None)
    assert real.surest(1, most=3)[:, 0, 0, 0].tolist() == [1, 4, 2]
    assert len(real.surest(2, most=3)) == 0
    assert real.shares_K == pytest.approx([0.2, 0.8, 0.0])


def test_rows_of_one_code_share_their_noise(coded: Path, core_plugins: Plugins) -> None:
    run = load_run(coded, plugins=core_plugins)
    images_NCHW = interpolate_noise(run, [0, 0, 1], columns=5)
    assert images_NCHW.shape == (15, 1, 16, 16)
    assert torch.equal(images_NCHW[:5], images_NCHW[5:10])
    assert not torch.equal(images_NCHW[:5], images_NCHW[10:])
    assert images_NCHW[:5].unique(dim=0).shape[0] == 5


@pytest.mark.parametrize(
    ("assigned_K", "shown"),
    [([0.4, 0.0, 0.6, 0.0, 0.0], [3, 0, 2, 4]), (None, [3, 0, 2, 4, 1])],
    ids=["real images", "without them"],
)
def test_codes_that_are_asleep_are_not_shown(assigned_K: list[float] | None, shown: list[int]) -> None:
    learned_K = (0.3, 0.001, 0.003, 0.694, 0.002)
    pairs = Proportions(learned_K, (0.5,), (None, None, None, None, 0)).pairs(["cats"])
    names = name_codes(pairs, colours=["#000000"] * 5)
    true_K = [pair.true for pair in pairs]
    found = shown_codes(names, learned_K=learned_K, assigned_K=assigned_K, true_K=true_K)
    assert [name.index for name in found] == shown


def test_a_curve_of_one_point_is_no_chart() -> None:
    assert lines_chart({"one": curve(1.0)}, title="", unit="") is None


def test_losses_have_a_chart_for_the_players_and_one_for_each_that_has_several_terms() -> None:
    line = curve(1.0, 2.0)
    names = [
        "loss__generator",
        "loss__generator__a",
        "loss__generator__b",
        "loss__discriminator",
        "loss__discriminator__a",
    ]
    charts = loss_charts(history(**dict.fromkeys(names, line), gradient_norm__generator=line))
    assert [chart.title for chart in charts] == [
        "Losses of both players",
        "Terms of the generator's loss",
        "Gradient norms",
    ]
    assert "generator ends at 2" in charts[0].description


def test_a_figure_that_never_changed_has_no_chart() -> None:
    charts = metric_charts(history(evaluation__nmi=curve(0.1, 0.2), evaluation__judge_accuracy=curve(0.9, 0.9)))
    assert [chart.title for chart in charts] == ["nmi"]


def test_runs_are_compared_in_what_more_than_one_has_over_time() -> None:
    one = history(loss__generator=curve(1.0, 2.0), evaluation__nmi=curve(0.1, 0.2))
    two = history(loss__generator=curve(3.0, 4.0), evaluation__nmi=curve(0.1))
    assert [chart.title for chart in comparison_charts({"one": one, "two": two})] == ["Loss of the generator"]


@pytest.mark.parametrize("count", [1, 10, 20, 50])
def test_colours_differ_and_are_neither_white_nor_black(count: int) -> None:
    found = colours(count)
    assert len(set(found)) == count
    for colour in found:
        parts = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
        assert max(parts) > 80
        assert min(parts) < 215


def test_a_label_is_short_and_cannot_be_mathematics_or_break_the_chart() -> None:
    assert as_label("a" * 40) == "a" * 25 + "…"
    assert as_label("$x$\x00\udc80") == "$x$��"


def test_few_images_are_shown_no_larger_than_many() -> None:
    few, many = (picture_of(torch.zeros(count, 1, 8, 8), columns=8, alt="") for count in (2, 8))
    assert (few.columns, many.columns) == (2, 8)
    assert few.height == many.height


def test_images_of_a_code_are_shown_from_the_surest_to_the_least_sure() -> None:
    images_NCHW = torch.arange(9, dtype=torch.uint8).reshape(9, 1, 1, 1)
    confidences_N = torch.tensor([0.9, 0.1, 0.8, 0.2, 0.7, 0.3, 0.6, 0.4, 0.5])
    codes_N = torch.tensor([1, 1, 1, 1, 1, 1, 1, 1, 0])
    assigned = Assigned(codes_N, confidences_N, torch.zeros(9, dtype=torch.int64), torch.zeros(9, 2))
    real = RealImages(data=ImageData("test", images_NCHW), assigned=assigned, codes=3, counts_KL=None)
    assert real.all_sorts(1, most=3).flatten().tolist() == [0, 7, 1]
    assert real.all_sorts(0, most=3).flatten().tolist() == [8]
    assert len(real.all_sorts(2, most=3)) == 0


def test_a_picture_is_a_png_of_grey_tiles_and_large_colour_ones_are_shrunk() -> None:
    grey = picture_of(torch.zeros(6, 1, 8, 8), columns=3, alt="")
    assert (grey.width, grey.height) == (3 * 9 + 1, 2 * 9 + 1)
    assert grey.uri.startswith("data:image/png;base64,")
    colour = picture_of(torch.zeros(2, 3, 100, 200, dtype=torch.uint8), columns=2, alt="")
    assert (colour.width, colour.height) == (2 * 97 + 1, 48 + 2)
    assert colour.uri.startswith("data:image/jpeg;base64,")


def test_a_chart_that_cannot_be_drawn_says_so_and_ends_no_report(caplog: pytest.LogCaptureFixture) -> None:
    def break_it(axes: Axes) -> None:
        raise ValueError("no such bar")

    chart = draw_chart(break_it, title="bars", description="none")
    assert "could not be drawn" in chart.svg
    assert "the chart 'bars' could not be made, and is left out: no such bar" in caplog.text
