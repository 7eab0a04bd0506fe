"""`ganlab discover`: what it sees in a folder, and what it chooses."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from rich.console import Console

from ganlab_core import GanlabError, load_plugins, load_recipe
from ganlab_core.image_files.write import save_images
from ganlab_core.interface.image_data import to_unit_range
from ganlab_core.stock.datasets.digits import digits
from ganlab_core.testing.fixtures import Ganlab
from ganlab_elastic.discover.choices import choose, nearest_size, recipe_values
from ganlab_elastic.discover.discover import discover_classes
from ganlab_elastic.discover.schedule import scaled
from ganlab_elastic.discover.sizes import SIZES
from ganlab_elastic.discover.survey import Survey, describe, is_grey, require_folder, survey_folder
from ganlab_elastic.discover.wish import Wish


def digit_folder(folder: Path, count: int = 110) -> Path:
    save_images(to_unit_range(digits(size=8).images_NCHW[:count]), folder)
    return folder


def coloured(sizes: list[tuple[int, int]], *, grey: bool = False) -> Survey:
    return Survey(folder=Path("photos"), sizes=tuple(sizes), grey=grey, unreadable=())


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"minutes": float("nan")}, "minutes: nan is no time; give more than 0"),
        ({"minutes": 1e308}, "minutes: 1e[+]308 is no time"),
        ({"classes": 1}, "classes: 1 cannot be found; give 2 to 1000"),
    ],
)
def test_a_wish_that_no_machine_can_meet_is_refused(wish: dict[str, Any], message: str) -> None:
    with pytest.raises(GanlabError, match=message):
        Wish(folder=Path("photos"), **wish)


def test_more_classes_than_there_are_images_for_are_refused_before_any_is_opened(
    ganlab: Ganlab, tmp_path: Path
) -> None:
    (tmp_path / "photos").mkdir()
    for index in range(100):
        (tmp_path / "photos" / f"{index}.png").touch()  # no image: whoever opens one will say so
    refused = ganlab("discover", "photos", "--classes", 51)
    assert refused.code == 1
    assert (
        "--classes 51: 'photos' holds 100 image files, and a class needs 2 or more; ask for at most 50" in refused.err
    )
    assert "holds 0 readable images" in ganlab("discover", "photos", "--classes", 50).err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--features", "nope"), "--features nope: there are no such features"),
        (("--set", "losses.discovery.nonsense=1"), "nonsense"),
    ],
)
def test_options_that_fit_no_recipe_are_refused_before_any_image_is_opened(
    ganlab: Ganlab, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").touch()
    refused = ganlab("discover", "photos", *options)
    assert refused.code == 1
    assert message in refused.err
    assert "readable images" not in refused.err


def test_help_has_an_example_and_the_verb_is_listed(ganlab: Ganlab) -> None:
    assert "Examples: `ganlab discover photos`" in ganlab("discover", "--help").out
    assert "Find the classes of a folder of unlabelled images." in ganlab("--help").out


def test_the_survey_counts_measures_and_names_what_is_unreadable(tmp_path: Path) -> None:
    folder = digit_folder(tmp_path / "photos", 100)
    Image.linear_gradient("L").resize((30, 20)).convert("RGB").save(folder / "z.png")
    (folder / "cut.png").write_bytes((folder / "00000.png").read_bytes()[:50])
    survey = survey_folder(folder)
    assert (len(survey), survey.grey, survey.median_side) == (101, True, 8)
    assert survey.sizes[-1] == (30, 20)
    first, second, third, *_ = describe(survey)
    assert first == f"images        101 in {folder}, grey, 8 x 8 to 30 x 20, median side 8 pixels"
    assert second == "unreadable    1 files, which are left out:"
    assert "cut.png' (" in third


def test_an_unreadable_file_whose_name_is_no_text_is_printed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def enough(*_: object, **__: object) -> None:
        raise GanlabError("enough seen")

    monkeypatch.setattr("ganlab_elastic.discover.planning.measure_pace", enough)
    folder = digit_folder(tmp_path / "photos")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.jpg")).touch()
    out = io.BytesIO()
    console = Console(file=io.TextIOWrapper(out, encoding="utf-8", errors="strict", write_through=True))
    with pytest.raises(GanlabError, match="enough seen"):
        discover_classes(Wish(folder=folder, run=tmp_path / "run"), plugins=load_plugins(), console=console)
    assert rb"caf\udce9.jpg' (" in out.getvalue()


def test_one_coloured_image_makes_a_folder_coloured(tmp_path: Path) -> None:
    folder = digit_folder(tmp_path / "photos", 100)
    Image.new("RGB", (8, 8), (90, 9, 12)).save(folder / "z.png")
    assert not survey_folder(folder).grey


def test_what_compression_leaves_of_colour_is_grey() -> None:
    images_NCHW = torch.full((2, 3, 4, 4), 100, dtype=torch.uint8)
    images_NCHW[0, 0, 1, 1] = 110
    assert is_grey(images_NCHW)
    images_NCHW[1, 2, 0, 0] = 111
    assert not is_grey(images_NCHW)


@pytest.mark.parametrize(
    ("side", "largest", "size"),
    [(28, 32, 28), (8, 32, 8), (3, 32, 8), (20, 32, 16), (24, 32, 28), (500, 32, 32), (500, 64, 64), (32, 64, 32)],
)
def test_the_size_is_the_nearest_that_networks_take(side: int, largest: int, size: int) -> None:
    assert nearest_size(side, largest=largest) == size
    assert size in SIZES


def test_a_folder_that_is_too_small_or_missing_is_refused(tmp_path: Path) -> None:
    folder = digit_folder(tmp_path / "photos", 99)
    (folder / "cut.png").write_text("no image")
    with pytest.raises(GanlabError, match=r"holds 99 readable images and 1 unreadable files; classes are found in 100"):
        survey_folder(folder)
    with pytest.raises(GanlabError, match=r"'nowhere' is no folder; give one that holds images"):
        require_folder(Path("nowhere"))
    odd = tmp_path / os.fsdecode(b"photos \xff")
    odd.mkdir()
    with pytest.raises(GanlabError, match=r"is not UTF-8 text, which a recipe cannot hold; rename the folder"):
        require_folder(odd)


@pytest.mark.parametrize("on_gpu", [False, True])
@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize("side", [8, 28, 90])
def test_every_choice_is_a_valid_recipe(side: int, grey: bool, on_gpu: bool) -> None:
    survey = coloured([(side, side)] * 200, grey=grey)
    choices = choose(survey, classes=None, size=None, flip=False, seed=3, on_gpu=on_gpu)
    recipe = load_recipe(recipe_values(choices, scaled(1.0)), prior="elastic", plugins=load_plugins())
    assert (recipe.seed, recipe.steps) == (3, 2800)
    assert recipe.dataset.arguments["channels"] == (1 if grey else 3)
    assert recipe.dataset.arguments["classes"] == "none"
    assert recipe.dataset.arguments["size"] == choices.size == nearest_size(side, largest=32)
    is_drawing = grey and side <= 28
    assert recipe.prior["code"].arguments["classes"] == (20 if is_drawing else 40)  # 200 images, five a class
    discovery, trunk = recipe.losses["discovery"], recipe.networks.recognition_trunk
    assert trunk is not None
    if is_drawing:
        assert (discovery.use, trunk.use, discovery.arguments["apart"]) == ("discovery", "dcgan", 0.09)
    else:
        assert (discovery.use, trunk.use, discovery.arguments["counted"]) == ("linkage", "residual", True)
        assert discovery.arguments["find_at"] == 560
    starts = {name: recipe.losses[name].starts for name in ("adversarial", "information", "prior_matching")}
    assert set(starts.values()) == {800} == {recipe.losses["discovery"].ends}


def test_known_classes_are_not_counted_and_flips_must_be_asked_for() -> None:
    survey = coloured([(40, 40)] * 200)
    for flip in (False, True):
        choices = choose(survey, classes=30, size=16, flip=flip, seed=0, on_gpu=False)
        recipe = load_recipe(recipe_values(choices, scaled(1.0)), prior="elastic", plugins=load_plugins())
        discovery = recipe.losses["discovery"].arguments
        assert (discovery["counted"], recipe.prior["code"].arguments["classes"]) == (False, 30)
        assert recipe.networks.recognition is not None
        assert recipe.networks.recognition.arguments["subcodes"] == 120
        for views in (discovery["views"], recipe.losses["adversarial"].arguments["views"]):
            assert views["flip"] is flip
        assert ("mirror images" in choices.describe()) is flip


def test_small_grey_pictures_of_a_known_number_of_classes_are_not_counted() -> None:
    choices = choose(coloured([(28, 28)] * 200, grey=True), classes=10, size=None, flip=False, seed=0, on_gpu=False)
    values = recipe_values(choices, scaled(1.0))
    assert "apart" not in values["losses"]["discovery"]
    assert values["losses"]["discovery"]["views"] == {"shift": 0.06, "distort": 0.8, "flip": False}
    assert "shifts, rotations, zooms and distortions" in choices.describe()


@pytest.mark.parametrize(("grey", "words"), [(True, "other brightness"), (False, "other brightness, less colour")])
def test_photographs_are_seen_in_crops_that_are_told(grey: bool, words: str) -> None:
    choices = choose(coloured([(90, 90)] * 200, grey=grey), classes=4, size=None, flip=False, seed=0, on_gpu=False)
    views = recipe_values(choices, scaled(1.0))["losses"]["discovery"]["views"]
    assert (views["crop"], "grey" in views) == (0.55, not grey)
    assert f"crops, rotations, {words}" in choices.describe()


@pytest.mark.parametrize(("folder", "options"), [("photos", ("--run", "photos/run")), (".", ())])
def test_a_run_among_the_images_is_refused(ganlab: Ganlab, folder: str, options: tuple[str, ...]) -> None:
    digit_folder(Path("photos"))
    outcome = ganlab("discover", folder, *options)
    assert outcome.code == 1
    assert f"would lie in {folder}, its pictures be taken for more of the images" in outcome.err
    assert not Path("runs").exists()
