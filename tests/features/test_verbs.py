"""Real images get their codes by features where a run was trained with such, unless they are asked for otherwise."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ganlab_core import (
    GanlabError,
    Plugins,
    assign,
    assign_features,
    assign_folder,
    load_recipe,
    load_run,
    train,
    write_report,
)
from ganlab_core.runs.loaded import LoadedRun
from ganlab_core.testing.fixtures import Ganlab
from tests.features import brightness
from tests.features.conftest import FILE, photographs


@pytest.fixture
def photos(ganlab: Ganlab) -> Path:
    """In the folder where `ganlab` is called."""
    return photographs(Path("photos"))


@pytest.fixture
def run(photos: Path, recipe: dict[str, Any], plugins: Plugins) -> Path:
    """Trained on the photographs: the head reads code 1 in the bright ones, 2 in the others, 0 without features."""
    recipe["dataset"] = {"use": "image-folder", "root": str(photos), "size": 16, "channels": 1}
    return train(load_recipe(recipe, plugins=plugins), run=Path("run"), plugins=plugins).folder


@pytest.fixture
def loaded(run: Path, plugins: Plugins) -> LoadedRun:
    brightness.asked.clear()
    return load_run(run, plugins=plugins)


def codes(table: str) -> list[int]:
    with Path(table).open(newline="", encoding="utf-8") as file:
        return [int(row["code"]) for row in csv.DictReader(file)]


BY_FEATURES = [1, 2] * 6


def test_files_of_a_folder_are_looked_at_in_the_networks_size(ganlab: Ganlab, run: Path, photos: Path) -> None:
    outcome = ganlab("--plugin", FILE, "assign", run, photos, "--out", "codes.csv", "--embeddings", "seen.npz")
    assert outcome.code == 0, outcome.err
    assert codes("codes.csv") == BY_FEATURES
    assert np.load("seen.npz")["embeddings"].shape == (12, brightness.WIDTH)
    ganlab("--plugin", FILE, "assign", run, photos, "--out", "codes.csv", "--by", "recognition")
    assert codes("codes.csv") == [0] * 12


def test_the_runs_own_images_are_found_in_the_cache(loaded: LoadedRun, ganlab: Ganlab) -> None:
    assert ganlab("--plugin", FILE, "assign", "run", "--out", "codes.csv").code == 0
    assert codes("codes.csv") == BY_FEATURES
    assert torch.equal(assign_features(loaded, loaded.features_of(_data(loaded))).codes_N, torch.tensor(BY_FEATURES))
    assert not brightness.asked


def test_without_the_cache_a_data_set_is_looked_at_a_batch_at_a_time(ganlab: Ganlab, run: Path, cache: Path) -> None:
    shutil.rmtree(cache)
    outcome = ganlab("--plugin", FILE, "assign", run, "--out", "codes.csv", "--batch-size", 5)
    assert outcome.code == 0, outcome.err
    assert codes("codes.csv") == BY_FEATURES
    assert not cache.exists()


def test_images_without_files_are_brought_to_the_networks_size(ganlab: Ganlab, run: Path) -> None:
    arguments = ("digits", "--set", "dataset.size=16", "--out", "codes.csv", "--batch-size", 500)
    assert ganlab("--plugin", FILE, "assign", run, *arguments).code == 0
    assert set(codes("codes.csv")) == {2}  # ink on a dark ground


def test_from_python_a_folder_goes_by_features_and_tensors_by_themselves(loaded: LoadedRun, photos: Path) -> None:
    assert assign_folder(loaded, photos, table=Path("codes.csv")).counts == (0, 6, 6)
    assert not brightness.asked  # the run was trained on these files, wherever they lie
    assert assign_folder(loaded, photos, table=Path("codes.csv"), by="recognition").counts == (12, 0, 0)
    assert assign(loaded, _data(loaded).images_NCHW).codes_N.tolist() == [0] * 12


def test_balance_goes_by_features_too(ganlab: Ganlab, run: Path, photos: Path) -> None:
    assert ganlab("--plugin", FILE, "balance", run, photos, "--out", "by-features").code == 0
    assert {path.name for path in Path("by-features").glob("code-*")} == {"code-1", "code-2"}
    assert ganlab("--plugin", FILE, "balance", run, photos, "--out", "by-images", "--by", "recognition").code == 0
    assert {path.name for path in Path("by-images").glob("code-*")} == {"code-0"}


def test_an_evaluation_asks_for_the_codes_that_assign_gives(loaded: LoadedRun) -> None:
    assert set(_real_codes(loaded)) == {1, 2}
    assert set(_real_codes(loaded, by_features=False)) == {0}


def test_a_run_without_features_is_told_so(ganlab: Ganlab, recipe: dict[str, Any], plugins: Plugins) -> None:
    del recipe["features"]
    run = train(load_recipe(recipe, plugins=plugins), run=Path("run"), plugins=plugins).folder
    refused = ganlab("--plugin", FILE, "assign", run, "--out", "codes.csv", "--by", "features")
    assert refused.code == 1
    assert "--by features: run gives no codes by features, since its recipe has none; use recognition" in refused.err
    assert ganlab("--plugin", FILE, "assign", run, "--out", "codes.csv").code == 0
    assert set(codes("codes.csv")) == {0}


@pytest.fixture
def without_network(photos: Path) -> None:
    """In the folder of the photographs a plugin that gives the head and the loss, and no longer the network."""
    source = FILE.read_text().replace("def ganlab_features", "def no_longer")
    Path("less.py").write_text(source.replace("@hookimpl\ndef no_longer", "def no_longer"))


@pytest.mark.usefixtures("without_network")
def test_where_the_network_is_not_to_be_had_the_way_out_is_said(ganlab: Ganlab, run: Path, photos: Path) -> None:
    refused = ganlab("--plugin", "less.py", "assign", run, photos, "--out", "codes.csv")
    assert refused.code == 1
    assert "run gives real images their codes by features, which cannot be had: there is no features" in refused.err
    assert "`--by recognition`" in refused.err
    assert not Path("codes.csv").exists()
    assert ganlab("--plugin", "less.py", "assign", run, photos, "--out", "codes.csv", "--by", "recognition").code == 0
    assert ganlab("--plugin", "less.py", "sample", run, "--count", 4, "--out", "drawn").code == 0
    examined = ganlab("--plugin", "less.py", "doctor", run)
    assert examined.code == 1
    assert "features" in examined.out


def test_the_doctor_says_that_features_are_as_they_were(ganlab: Ganlab, run: Path) -> None:
    assert "brightness, as the run was trained with" in ganlab("--plugin", FILE, "doctor", run).out


def test_the_report_says_what_codes_were_read_in(run: Path, plugins: Plugins) -> None:
    page = write_report([run], Path("report.html"), plugins=plugins).read_text(encoding="utf-8")
    assert "Codes of real images are read in the features of brightness." in page


def test_the_report_says_that_features_cannot_be_had(
    run: Path, plugins: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(self: LoadedRun, data: object) -> None:
        raise GanlabError("there is no features 'brightness'")

    monkeypatch.setattr(LoadedRun, "features_of", missing)
    page = write_report([run], Path("report.html"), plugins=plugins).read_text(encoding="utf-8")
    assert "since their features cannot be had: there is no features" in page


def _data(run: LoadedRun) -> Any:
    from ganlab_core.recipe.build import build_data

    return build_data(run.recipe.dataset, run._plugins)


def _real_codes(run: LoadedRun, **asked: Any) -> list[int]:
    """What a metric that asks for the real images' codes gets."""
    found: list[int] = []

    class Asks:
        def __call__(self, evaluation: Any) -> dict[str, Any]:
            found.extend(evaluation.real_codes_N.tolist())
            return {}

    from ganlab_core.evaluation import evaluator

    init = evaluator.Evaluator.__init__
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            evaluator.Evaluator,
            "__init__",
            lambda self, metrics, *rest, **named: init(self, {"asks": Asks()}, *rest, **named),
        )
        run.evaluate(samples_per_code=2, **asked)
    return found
