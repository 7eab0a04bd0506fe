"""A run folder from elsewhere: nothing outside of it is read, and what it asks for is known before it is taken."""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins import Plugins
from ganlab_core.plugins.plugin_file import PluginFile
from ganlab_core.recipe.load import load_recipe
from ganlab_core.runs.data_facts import read_facts
from ganlab_core.runs.folder import RunFolder
from ganlab_core.runs.frozen_recipe import load_run_recipe
from ganlab_core.runs.loaded import load_run
from ganlab_core.runs.points import MOST_NAMES, PointsByName
from ganlab_core.stock.datasets.counts_file import read_counts
from ganlab_core.training.run import resume, train
from ganlab_core.verbs.benchmark.result import read_result
from ganlab_core.verbs.compare.comparison import compare
from ganlab_core.verbs.doctor.examine import examine
from ganlab_core.verbs.report.write import write_report
from ganlab_elastic.discover.record import read_plan
from tests.runs.checkpoint_files import make_manifest_fit
from tests.tiny import TINY


@pytest.fixture(scope="module")
def made(core_plugins: Plugins, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two steps."""
    recipe = load_recipe({**TINY, "steps": 2}, plugins=core_plugins)
    return train(recipe, run=tmp_path_factory.mktemp("made") / "run", plugins=core_plugins).folder


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(made, tmp_path / "run")
    return tmp_path / "run"


Verb = Callable[[Path, Plugins], object]
READING: dict[str, Verb] = {
    "load": lambda run, plugins: load_run(run, plugins=plugins),
    "compare": lambda run, plugins: compare([run, run], plugins=plugins),
    "report": lambda run, plugins: write_report([run], run.with_name("report.html"), plugins=plugins),
    "resume": lambda run, plugins: resume(run, steps=3, plugins=plugins),
    "fork": lambda run, plugins: resume(run, steps=3, fork=run.with_name("fork"), plugins=plugins),
    "or-resume": lambda run, plugins: train(
        load_recipe({**TINY, "steps": 3}, plugins=plugins), run=run, or_resume=True, plugins=plugins
    ),
    "discover": lambda run, plugins: read_plan(run),
}


@pytest.mark.parametrize("place", ["environment.json", "checkpoints", "checkpoints/00000002/state.json", "mine/deep"])
@pytest.mark.parametrize("verb", READING)
def test_no_verb_follows_a_link_that_leads_out(run: Path, core_plugins: Plugins, verb: str, place: str) -> None:
    link = run / place
    mine = run.with_name("mine")
    link.parent.mkdir(exist_ok=True)
    if link.exists():
        link.rename(mine)
    link.symlink_to(mine)
    with pytest.raises(GanlabError, match=f"{place} is a link that leads out of the run folder"):
        READING[verb](run, core_plugins)


def test_a_run_folder_may_itself_be_a_link_and_hold_links_that_stay_inside(run: Path, core_plugins: Plugins) -> None:
    (run / "newest").symlink_to("checkpoints/00000002")
    run.with_name("link").symlink_to(run)
    assert load_run(run.with_name("link"), plugins=core_plugins).number == 2


def test_the_recipe_of_a_run_reads_no_other_one(run: Path, core_plugins: Plugins) -> None:
    (run.with_name("mine.yaml")).write_text("seed: 7\n")
    with (run / "recipe.yaml").open("a") as recipe:
        recipe.write("extends: [../mine.yaml]\n")
    with pytest.raises(GanlabError, match=r"recipe\.yaml:\d+:1: extends: the recipe of a run stands alone"):
        load_run_recipe(RunFolder(run), plugins=core_plugins)


@pytest.mark.parametrize("verb", ["load", "resume", "fork"])
def test_weights_that_the_checkpoint_does_not_hold_are_not_made(run: Path, core_plugins: Plugins, verb: str) -> None:
    recipe = yaml.safe_load((run / "recipe.yaml").read_text())
    recipe["networks"]["generator"]["width"] = 3000  # 2.3 GB of weights
    (run / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    message = r"networks\.generator\.width: 3000: the model would take more than the 12\.\d kB of its checkpoint"
    with pytest.raises(GanlabError, match=message):
        READING[verb](run, core_plugins)


@pytest.mark.parametrize("verb", ["load", "resume", "fork"])
def test_images_larger_than_the_run_was_trained_on_are_not_made(run: Path, core_plugins: Plugins, verb: str) -> None:
    recipe = (run / "recipe.yaml").read_text()
    (run / "recipe.yaml").write_text(recipe.replace("size: 16", "size: 2000"))
    with pytest.raises(GanlabError, match=r"dataset\.size: 2000: .*run was trained on images of 16 x 16 pixels"):
        READING[verb](run, core_plugins)


def test_the_doctor_makes_no_such_weights_either(run: Path, core_plugins: Plugins) -> None:
    recipe = (run / "recipe.yaml").read_text()
    (run / "recipe.yaml").write_text(recipe.replace("width: 4", "width: 3000"))
    found = {one.name: one for one in examine(core_plugins, run=run).sections["run"]}
    assert found["model"].state == "stops"
    assert "width: 3000: the model would take more than" in found["model"].text


def test_a_size_that_no_memory_holds_is_named_in_a_recipe_of_one_s_own(tmp_path: Path, core_plugins: Plugins) -> None:
    huge = 10**18
    coded = TINY | {"prior": TINY["prior"] | {"code": {"use": "categorical"}}}
    for key in ("prior.noise.dim", "prior.code.classes", "networks.trunk.width", "dataset.size"):
        recipe = load_recipe(coded, overrides=[f"{key}={huge}"], plugins=core_plugins)
        with pytest.raises(GanlabError, match=rf"^{re.escape(key)}: {huge}\b.*; make it smaller$"):
            train(recipe, run=tmp_path / "run", plugins=core_plugins)


@pytest.mark.parametrize("verb", ["load", "resume"])
def test_weights_that_the_model_has_no_use_for_are_not_read(run: Path, core_plugins: Plugins, verb: str) -> None:
    newest = run / "checkpoints" / "00000002"
    said = {"weights": {"dtype": "F32", "shape": [1 << 27], "data_offsets": [0, 1 << 29]}}
    header = json.dumps(said).encode()
    with (newest / "weights.safetensors").open("wb") as stream:
        stream.write(struct.pack("<Q", len(header)) + header)
        stream.truncate(8 + len(header) + (1 << 29))
    make_manifest_fit(newest)
    with pytest.raises(GanlabError, match=r"safetensors holds 537 MB, and the model takes 12\.\d kB"):
        READING[verb](run, core_plugins)


@pytest.mark.parametrize("count", [10**12, 10**23])
def test_images_that_no_memory_holds_are_not_drawn(made: Path, core_plugins: Plugins, count: int) -> None:
    with pytest.raises(GanlabError, match=r"images at once take .*draw fewer at a time"):
        load_run(made, plugins=core_plugins).sample(count)


WRONG_FACTS = {
    "no image of any class": ({"class_counts": [0] * 10}, "class_counts: 0 of "),
    "fewer counts than names": ({"class_names": list("abcdefghijkl")}, "class_counts: 10 of 12 names"),
    "other images than counts": ({"size": 3}, " of 3 images"),
    "negative counts": ({"class_counts": [-1] * 10}, "class_counts.0: Input should be greater than or equal to 0"),
    "no images": ({"size": 0}, "size: Input should be greater than 0"),
    "no pixels": ({"image_shape": [1, 0, 16]}, "image_shape.1: Input should be greater than 0"),
    "too many pixels": ({"image_shape": [1, 16, 1 << 40]}, "image_shape.2: Input should be less than or equal to"),
}


@pytest.mark.parametrize("name", WRONG_FACTS)
def test_facts_that_do_not_go_together_are_damage(run: Path, name: str) -> None:
    changed, reason = WRONG_FACTS[name]
    facts = json.loads((run / "data.json").read_text()) | changed
    (run / "data.json").write_text(json.dumps(facts))
    with pytest.raises(GanlabError, match=re.escape(reason)):
        read_facts(run / "data.json")


def test_classes_without_names_are_called_by_their_numbers(run: Path) -> None:
    facts = json.loads((run / "data.json").read_text()) | {"class_names": []}
    (run / "data.json").write_text(json.dumps(facts))
    assert read_facts(run / "data.json").class_names == tuple("0123456789")


def test_a_plugin_file_and_a_recipe_that_are_pipes_or_gigabytes_are_refused(
    tmp_path: Path, core_plugins: Plugins
) -> None:
    reads: dict[str, Callable[[Path], object]] = {
        "mine.py": PluginFile.read,
        "mine.yaml": lambda path: load_recipe(path, plugins=core_plugins),
        "mine.csv": lambda path: read_counts(str(path), 1),
    }
    for name, read in reads.items():
        os.mkfifo(tmp_path / name)
        with pytest.raises(GanlabError, match=r"it is no regular file|there is no file"):
            read(tmp_path / name)
        (tmp_path / name).unlink()
        with (tmp_path / name).open("wb") as stream:
            stream.truncate(1 << 30)
        with pytest.raises(GanlabError, match="it is longer than"):
            read(tmp_path / name)


def test_a_benchmark_s_results_do_not_lie_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "label").symlink_to(tmp_path / "mine")
    with pytest.raises(GanlabError, match="label is a link that leads out of"):
        read_result(tmp_path / "out" / "label" / "seed0.json", inside=tmp_path / "out")


def test_curves_of_any_length_are_kept_in_bounded_memory() -> None:
    points = PointsByName(most=100)
    for step in range(1, 10_001):
        points.add(step, {"loss": step / 2, "prior": [0.25, 0.75]})
        assert sum(map(len, points.values())) <= 105
    steps = points["loss"].steps.tolist()
    assert steps == points["prior"].steps.tolist()
    assert steps[-1] > 9_000
    assert points["loss"].values().tolist() == [step / 2 for step in steps]
    assert points["prior"].values().tolist() == [[0.25, 0.75]] * len(steps)


def test_names_without_end_are_no_curves() -> None:
    points = PointsByName()
    points.add(1, {str(name): name for name in range(MOST_NAMES + 5)})
    assert len(points) == MOST_NAMES


def test_a_name_whose_vectors_change_their_length_is_no_curve() -> None:
    points = PointsByName()
    for value in ([1], [1, 2], [1]):
        points.add(1, {"prior": value})
    assert len(points["prior"]) == 0


def test_a_figure_that_no_chart_could_show_is_not_a_number() -> None:
    points = PointsByName()
    for value in (1e308, -(10**18), float("inf")):
        points.add(1, {"loss": value})
    assert [str(value) for value in points["loss"].values()] == ["nan", "-1e+18", "nan"]
