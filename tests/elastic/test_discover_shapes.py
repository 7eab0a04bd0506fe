"""How `discover` makes pictures square: what it sees of their shapes and borders, and what it chooses."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from PIL import Image

from ganlab_core import Fit, load_plugins, load_recipe
from ganlab_elastic.discover.choices import choose, recipe_values
from ganlab_elastic.discover.schedule import scaled
from ganlab_elastic.discover.shapes import choose_fit
from ganlab_elastic.discover.survey import Survey, have_even_borders, survey_folder

PHOTOS = [(400, 300), (300, 400)] * 60
VARIED = [(20 + index, 100 - index // 2) for index in range(120)]


def surveyed(sizes: list[tuple[int, int]], *, even: bool) -> Survey:
    return Survey(Path("photos"), tuple(sizes), grey=False, unreadable=(), even=(even,) * len(sizes))


@pytest.mark.parametrize(
    ("sizes", "even", "fit", "why"),
    [
        ([(64, 64)] * 120, True, "crop", "all are square"),
        ([(64, 66)] * 120, True, "crop", "3.0% is cut off"),
        (VARIED, True, "pad", "100% of those that are not square have an even border"),
        (PHOTOS, True, "pad", "100% of those that are not square have an even border"),
        (PHOTOS, False, "crop", "content reaches the edges, of which 25% is cut off"),
        ([(200, 50)] * 120, False, "stretch", "all have one shape, of which a square would cut off 75%"),
        ([(200, 50), (50, 200)] * 60, False, "pad", "shapes differ, and squares would cut off 75%"),
    ],
)
def test_the_fit_loses_least_of_what_there_is(sizes: list[tuple[int, int]], even: bool, fit: Fit, why: str) -> None:
    fitting = choose_fit(surveyed(sizes, even=even), None)
    assert (fitting.fit, fitting.why) == (fit, why)


@pytest.mark.parametrize("fit", ["pad", "crop", "stretch"])
def test_what_is_asked_for_overrules_it_is_told_and_stands_in_the_recipe(fit: Fit) -> None:
    survey = surveyed(PHOTOS, even=False)
    choices = choose(survey, classes=4, size=None, flip=False, seed=0, on_gpu=False, fit=fit)
    assert choices.describe().splitlines()[1].startswith("made square   ")
    assert choices.describe().endswith("(as asked)")
    recipe = load_recipe(recipe_values(choices, scaled(1.0)), prior="elastic", plugins=load_plugins())
    assert recipe.dataset.arguments["fit"] == fit


def test_padded_pictures_get_the_size_of_their_longer_side() -> None:
    survey = surveyed([(10, 28)] * 120, even=True)
    sizes = [
        choose(survey, classes=4, size=None, flip=False, seed=0, on_gpu=False, fit=fit).size for fit in ("pad", "crop")
    ]
    assert sizes == [28, 8]


def test_a_border_is_even_where_an_object_touches_it_and_not_in_a_photo() -> None:
    images_NCHW = torch.full((3, 3, 32, 32), 220, dtype=torch.uint8)
    images_NCHW += torch.randint(0, 20, images_NCHW.shape, generator=torch.Generator().manual_seed(0)).byte()
    images_NCHW[1, :, :, 4:28] = 30  # touches above and below, with 24 of 32 pixels each
    images_NCHW[2, :, :, 12:20] = 30
    assert have_even_borders(images_NCHW).tolist() == [True, False, True]


def test_the_survey_sees_the_border_that_cropping_cuts_off_and_sizes_as_they_are_shown(tmp_path: Path) -> None:
    draws = random.Random(0)
    for index in range(100):
        picture = Image.new("L", (60, 20), 240)
        picture.paste(Image.effect_noise((20, 20), 90), (20, 0))
        exif = Image.Exif()
        exif[0x0112] = draws.choice([1, 3])
        picture.save(tmp_path / f"{index:03d}.jpg", exif=exif)
    exif[0x0112] = 6  # the camera was held upright
    picture.save(tmp_path / "upright.jpg", exif=exif)
    survey = survey_folder(tmp_path)
    assert set(survey.sizes[:100]) == {(60, 20)}
    assert survey.sizes[100] == (20, 60)
    assert all(survey.even)
    assert choose_fit(survey, None).fit == "pad"
