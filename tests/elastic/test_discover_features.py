"""`ganlab discover --features`: which are taken when, and a run whose classes are found in them."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from ganlab_core import Component, GanlabError, Interrupted, Plugins, load_plugins, load_recipe, read_found
from ganlab_core.plugins.registry import Entry
from ganlab_core.plugins.status import Giver
from ganlab_core.recipe.difference import differences
from ganlab_core.testing.fixtures import Ganlab
from ganlab_elastic.discover.choices import choose, cut_values, recipe_values
from ganlab_elastic.discover.features import choose_features
from ganlab_elastic.discover.schedule import Pace, Schedule
from ganlab_elastic.discover.survey import Survey
from tests.conftest import REPOSITORY
from tests.elastic.test_discover import coloured

PHOTOS = coloured([(300, 300)] * 200)
DIGITS = coloured([(28, 28)] * 200, grey=True)
SCANS = coloured([(300, 300)] * 200, grey=True)
PLUGIN = """
import torch
from ganlab_core import Component, hookimpl

asked = []

class Colours:
    size, width, identity = 16, 6, "colours v1"

    def to(self, device):
        return self

    def __call__(self, images_NCHW):
        asked.append(len(images_NCHW))
        scaled_NCHW = images_NCHW.float() / 127.5 - 1.0
        return torch.cat([scaled_NCHW.mean(dim=(2, 3)), scaled_NCHW.std(dim=(2, 3))], dim=1)

@hookimpl
def ganlab_features():
    yield Component(name="colours", factory=Colours, summary="Mean colours.")
"""


class Weighted:
    size, width, identity = 16, 3, "weighted v1"

    def __init__(self, *, weights: str) -> None:
        self.weights = weights

    def to(self, device: torch.device) -> Weighted:
        return self

    def __call__(self, images_NCHW: Tensor) -> Tensor:
        return images_NCHW.float().mean(dim=(2, 3))


class Ready(Weighted):
    def __init__(self) -> None:
        super().__init__(weights="brought along")


def with_features(*factories: type) -> Plugins:
    plugins = load_plugins({"GANLAB_PLUGINS": "elastic"})
    for factory in factories:
        component = Component(name=factory.__name__.lower(), factory=factory, summary="Mean colours.")
        plugins.registries["features"].add(Entry("features", component, Giver("tests", "tests", "0")))
    return plugins


def test_auto_takes_what_is_installed_and_needs_no_argument_for_photographs() -> None:
    plugins = with_features(Weighted, Ready)
    for survey in (PHOTOS, SCANS):
        found = choose_features("auto", survey, plugins)
        assert (found.name, found.other) == ("ready", None)
        assert "features of ready, which are installed" in found.why


def test_auto_leaves_small_grey_drawings_and_what_needs_an_argument() -> None:
    drawings = choose_features("auto", DIGITS, with_features(Ready))
    assert (drawings.name, drawings.other) == (None, None)
    assert "small grey drawings (up to 32 pixels)" in drawings.why
    nothing_ready = choose_features("auto", PHOTOS, with_features(Weighted))
    assert (nothing_ready.name, nothing_ready.other) == (None, "")
    assert "`pip install ./plugins/ganlab-features`" in nothing_ready.why


def test_none_takes_none_and_a_name_takes_that_whatever_the_images() -> None:
    plugins = with_features(Weighted, Ready)
    assert choose_features("none", PHOTOS, plugins).name is None
    assert choose_features("none", PHOTOS, plugins).other == "ready"
    assert choose_features("weighted", DIGITS, plugins).name == "weighted"


def test_an_unknown_name_is_answered_with_those_that_are_there() -> None:
    with pytest.raises(GanlabError, match=r"--features clip: there are no such .*; there are weighted, ready, and"):
        choose_features("clip", PHOTOS, with_features(Weighted, Ready))
    with pytest.raises(GanlabError, match=r"none are installed, and `pip install \S+` brings some"):
        choose_features("clip", PHOTOS, with_features())


@pytest.mark.parametrize("classes", [None, 5])
def test_with_features_the_recipe_teaches_in_place_of_discovering(classes: int | None) -> None:
    plugins = with_features(Weighted)
    choices = choose(PHOTOS, classes=classes, size=None, flip=False, seed=0, on_gpu=False, features="weighted")
    taught = REPOSITORY / "ganlab_elastic/recipes/parts/taught.yaml"
    values = recipe_values(choices, Schedule(40, 90))
    recipe = load_recipe(taught, values, overrides=["features.weights=some.pt"], plugins=plugins)
    assert recipe.features is not None
    assert recipe.features.arguments == {"weights": "some.pt"}
    assert "discovery" not in recipe.losses
    assert recipe.losses["taught"].ends == 40
    assert recipe.losses["taught"].arguments["counted"] is (classes is None)
    # Spare categories are drawn like others until the prior has left them.
    assert recipe.prior["code"].arguments["learning_rate"] == (0.02 if classes is None else 3e-3)
    assert "features of weighted, " in choices.describe()
    assert "what shows the same: small shifts, rotations and zooms, other brightness" in choices.describe()


@pytest.mark.parametrize(
    ("survey", "features", "find_at"), [(DIGITS, None, None), (PHOTOS, "ready", None), (PHOTOS, None, 28)]
)
def test_all_that_depends_on_when_classes_are_found_is_known(
    survey: Survey, features: str | None, find_at: int | None
) -> None:
    plugins = with_features(Ready)
    parts = REPOSITORY / "ganlab_elastic/recipes/parts"
    method = parts / ("best.yaml" if features is None else "taught.yaml")
    choices = choose(survey, classes=None, size=None, flip=False, seed=0, on_gpu=False, features=features)
    one, other = (
        load_recipe(method, recipe_values(choices, Schedule(discovery, 50 + discovery)), plugins=plugins)
        for discovery in (40, 30)
    )
    differing = {difference.key: difference.after for difference in differences(one, other)}
    cut = cut_values(one, 30)
    if find_at is not None:  # the classes were found before, at 28 of 40 steps, and teaching them ends early
        assert differing.pop("losses.discovery.find_at") == 21
        early = cut_values(one, 20)
        assert (early["losses.discovery.find_at"], early["losses.discovery.ends"]) == (20, 26)
    assert differing == cut | {"steps": 80}


@pytest.fixture
def photos(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """120 noisy pictures of 40 x 40, half of them red, a third green and a sixth blue; a schedule of a few steps."""
    pace = Pace(discovery=0.01, generation=0.01, start=0.1, end=0.1)
    monkeypatch.setattr("ganlab_elastic.discover.planning.measure_pace", lambda recipe, plugins, seconds: pace)
    monkeypatch.setattr("ganlab_elastic.discover.planning.smaller", lambda choices, keep_size: None)
    monkeypatch.setattr(
        "ganlab_elastic.discover.planning.fitting_schedule", lambda pace, **others: Schedule(4, 6, draws=False)
    )
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path / "cache"))
    (tmp_path / "colours.py").write_text(PLUGIN)
    folder = tmp_path / "photos"
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(120):
        kind = (number % 6 > 2) + (number % 6 > 4)
        pixels = np.clip(np.eye(3)[kind] * 160 + 40 + random.normal(0, 25, (40, 40, 3)), 0, 255)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{number:03d}-{kind}.png")
    return folder


@pytest.mark.usefixtures("photos")
def test_classes_are_found_in_installed_features_and_the_report_says_so(ganlab: Ganlab) -> None:
    small = ("--size", 8, "--set", "losses.taught.batch_size=16", "--set", "batch_size=16")
    outcome = ganlab("--plugin", "colours.py", "discover", "photos", "--classes", 3, "--run", "run", "--json", *small)
    assert outcome.code == 0, outcome.err
    assert "features of colours, 3 classes" in outcome.err
    assert "looks at      features of colours, which are installed" in outcome.err
    stages = [line[:15].strip() for line in outcome.err.splitlines() if line.endswith("left for all")]
    assert stages[:4] == ["looking", "embedding", "trial", "finding classes"]
    said = json.loads(outcome.out)
    assert sorted(said["assignments"]["counts"]) == [20, 40, 60]
    assert said["found"]["features"] == "colours"
    assert said["found"]["separation"] > 0.9
    found = read_found(Path("run"))
    assert found is not None
    assert found.well_separated
    assert found.advice == ()
    assert "3 classes in 120 images, the largest with 50% of them. They are well separated" in found.sentence
    assert found.sentence in Path("run/report.html").read_text(encoding="utf-8")

    resumed = ganlab("--plugin", "run/plugins/colours.py", "discover", "--resume", "run")
    assert resumed.code == 0, resumed.err


@pytest.mark.usefixtures("photos")
def test_in_features_the_table_is_there_before_the_first_network_is_taught(
    ganlab: Ganlab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise Interrupted(signal.SIGTERM)

    monkeypatch.setattr("ganlab_elastic.discover.discover._WORTH", 0)
    monkeypatch.setattr("ganlab_elastic.discover.planning.fitting_schedule", lambda pace, **others: Schedule(4, 6))
    small = ("--size", 8, "--set", "losses.taught.batch_size=16", "--set", "batch_size=16", "--run", "run")
    with monkeypatch.context() as patch:
        patch.setattr("ganlab_elastic.discover.discover._find", stopped)
        outcome = ganlab("--plugin", "colours.py", "discover", "photos", "--classes", 3, *small)
    assert outcome.code == 143
    assert "the classes are found, and lie in run" in outcome.err
    stages = [line[:15].strip() for line in outcome.out.splitlines() if line.endswith("left for all")]
    assert stages[-4:] == ["finding classes", "assigning", "report", "learning to see"]
    early = read_found(Path("run"))
    assert early is not None
    assert sorted(early.counts) == [20, 40, 60]
    resumed = ganlab("--plugin", "run/plugins/colours.py", "discover", "--resume", "run", "--no-draw")
    assert resumed.code == 0, resumed.err
    assert max(path.name for path in Path("run/checkpoints").glob("0*")) == "00000005"


@pytest.mark.usefixtures("photos")
def test_in_features_nothing_is_taught_to_pixels_where_nothing_is_drawn(
    ganlab: Ganlab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ganlab_elastic.discover.discover._WORTH", 0)
    small = ("--size", 8, "--set", "losses.taught.batch_size=16", "--set", "batch_size=16", "--run", "run")
    outcome = ganlab("--plugin", "colours.py", "discover", "photos", "--classes", 3, *small)
    assert outcome.code == 0, outcome.err
    assert [path.name for path in Path("run/checkpoints").glob("0*")] == ["00000001"]
    drawn = ganlab("--plugin", "run/plugins/colours.py", "discover", "--resume", "run")
    assert drawn.code == 0, drawn.err
    assert max(path.name for path in Path("run/checkpoints").glob("0*")) == "00000006"


@pytest.mark.usefixtures("photos")
def test_none_looks_at_the_pixels_alone(ganlab: Ganlab) -> None:
    small = ("--size", 8, "--set", "losses.discovery.batch_size=16", "--set", "batch_size=16", "--no-draw")
    outcome = ganlab("--plugin", "colours.py", "discover", "photos", "--features", "none", "--run", "run", *small)
    assert outcome.code == 0, outcome.err
    assert "looks at      the pixels alone, as asked" in outcome.out
    found = read_found(Path("run"))
    assert found is not None
    assert found.features is None
    assert found.well_separated or any(advice.startswith("--features colours") for advice in found.advice)
