"""Means and deviations over runs, told in Markdown and CSV with all that made them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from ganlab_core.verbs.benchmark.benchmark import Benchmark
from ganlab_core.verbs.benchmark.table import comma_separated, markdown, rows_of
from tests.verbs.benchmark.conftest import MakeResult


def test_a_row_has_mean_and_sample_deviation_of_its_runs(result: MakeResult) -> None:
    values = [0.5, 0.75, 0.9]
    (row,) = rows_of([result(seed=seed, nmi=value) for seed, value in enumerate(values)])
    assert row.runs == 3
    assert row.spreads["nmi"].mean == pytest.approx(np.mean(values))
    assert row.spreads["nmi"].deviation == pytest.approx(np.std(values, ddof=1))


def test_a_single_run_has_no_deviation(result: MakeResult) -> None:
    assert "| one | 1 | 0.500 |" in markdown([result(nmi=0.5)])


def test_lists_texts_and_the_evaluation_s_seconds_are_no_figures(result: MakeResult) -> None:
    (row,) = rows_of([result(nmi=0.5, learned_prior=[0.5, 0.5], note="x", seconds=3.0)])
    assert list(row.spreads) == ["nmi", "run_seconds"]


def test_a_figure_that_some_runs_lack_says_how_many_have_it(result: MakeResult) -> None:
    text = markdown([result(seed=0, nmi=0.5, ent=1.0), result(seed=1, nmi=0.7)])
    assert "| one | 2 | 0.600 ± 0.141 | 1.000 (1) | 60 ± 0 |" in text


def test_rows_stay_in_the_order_of_the_results(result: MakeResult) -> None:
    labels = [row.label for row in rows_of([result("b", nmi=1), result("a", nmi=1), result("b", 1, nmi=1)])]
    assert labels == ["b", "a"]


def test_the_table_tells_what_made_it(result: MakeResult) -> None:
    text = markdown([result(split=2, nmi=1), result("two", nmi=1)])
    for piece in ("    ganlab benchmark one", "torch 2.9", "split 2: dddddddddddd", "Threads a run: 1"):
        assert text.count(piece) == 1


def test_csv_reads_back_with_full_precision(result: MakeResult) -> None:
    first, second = 1 / 3, 2 / 7
    text = comma_separated([result(seed=0, nmi=first), result(seed=1, nmi=second), result("two", ent=1.0)])
    one, two = csv.DictReader(io.StringIO(text))
    assert float(one["nmi"]) == pytest.approx((first + second) / 2, abs=1e-15)
    assert float(one["nmi_sd"]) == pytest.approx(abs(first - second) / 2**0.5)
    assert (two["nmi"], two["ent"], two["ent_sd"]) == ("", "1.0", "")


def test_without_a_figure_to_draw_over_time_there_is_no_picture_of_it(result: MakeResult, tmp_path: Path) -> None:
    benchmark = Benchmark(tmp_path, "ganlab benchmark one")
    assert tmp_path / "nmi.png" in benchmark.write_tables([result(nmi=0.5)], over_time="nmi")
    (tmp_path / "nmi.png").unlink()
    written = benchmark.write_tables([result(nmi=0.5)], over_time=None)
    assert [path.name for path in written] == ["table.md", "table.csv", "figures.png"]


def test_results_without_figures_make_tables_and_no_picture(result: MakeResult, tmp_path: Path) -> None:
    written = Benchmark(tmp_path, "ganlab benchmark one").write_tables([result(seconds=3.0)], over_time="nmi")
    assert [path.name for path in written if path.name == "figures.png"] == []
    assert {path.name for path in tmp_path.iterdir()} >= {"table.md", "table.csv"}
