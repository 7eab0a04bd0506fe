"""`ganlab traverse`: grids and films of codes and noise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from PIL import Image, ImageSequence

from ganlab_core.image_files.write import image_grid
from ganlab_core.interface.randomness import derived_generator
from ganlab_core.plugins import load_plugins
from ganlab_core.recipe.load import load_recipe
from ganlab_core.runs.loaded import LoadedRun, load_run
from ganlab_core.testing.fixtures import Ganlab
from ganlab_core.training.run import train

_CODES = {
    "code": {"use": "categorical", "classes": 3, "probabilities": [0.2, 0.5, 0.3]},
    "style": {"use": "uniform", "dim": 2},
    "stroke": {"use": "categorical", "classes": 2},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one step with a class code, a further categorical code and a continuous one."""
    networks = {role: {"use": "dcgan", "width": 4} for role in ("generator", "trunk")}
    recipe = {"prior": {"noise": {"dim": 4}, **_CODES}, "networks": networks, "batch_size": 8, "steps": 1}
    plugins = load_plugins({"GANLAB_PLUGINS": ""})
    checked = load_recipe(recipe | {"samples": {"columns": 3}, "device": "cpu"}, plugins=plugins)
    return train(checked, run=tmp_path_factory.mktemp("traverse") / "run", plugins=plugins).folder


def tiles(path: str) -> tuple[int, int]:
    """Columns and rows of a grid of 48-pixel tiles."""
    with Image.open(path) as picture:
        return (picture.width - 2) // 50, (picture.height - 2) // 50


def film(path: str) -> np.ndarray[Any, Any]:
    """The frames `(T, H, W)` of a GIF, those that were merged since nothing changed counted once."""
    with Image.open(path) as picture:
        return np.stack([np.asarray(frame.convert("L"), dtype=float) for frame in ImageSequence.Iterator(picture)])


def drawn(run: LoadedRun, **values: torch.Tensor) -> np.ndarray[Any, Any]:
    """A row of images of whole factors `(N, W)`, straight from the generator, as a picture `(H, W, C)`."""
    with torch.no_grad():
        images_NCHW = run.generator(torch.cat([values[name] for name in run.prior.factors], dim=1))
    return image_grid(images_NCHW, columns=len(images_NCHW)).permute(1, 2, 0).numpy()


def test_help_has_an_example(ganlab: Ganlab) -> None:
    assert "`ganlab traverse RUN --between 3 7 --out 3to7.gif`" in " ".join(ganlab("traverse", "--help").out.split())


def test_without_more_a_picture_is_codes_by_noise(ganlab: Ganlab, run: Path) -> None:
    made = ganlab("traverse", run, "--out", "new/codes.png", "--columns", 4)
    assert (made.code, made.out) == (0, "new/codes.png\n"), made.err
    assert tiles("new/codes.png") == (4, 3)
    assert ganlab("traverse", run, "--out", "two.png", "--columns", 4, "--rows", 2).code == 0
    with Image.open("new/codes.png") as all_codes, Image.open("two.png") as two:
        most_mass = np.asarray(all_codes)[50:152]  # categories 1 and 2 have most
        np.testing.assert_array_equal(np.asarray(two), most_mass)


def test_a_code_varies_as_in_a_grid_of_sample(ganlab: Ganlab, run: Path) -> None:
    for name, columns in (("style.1", 3), ("stroke", 2)):
        assert ganlab("sample", run, "--traverse", name, "--grid", "sample.png").code == 0
        assert ganlab("traverse", run, "--code", name, "--columns", columns, "--out", "mine.png").code == 0
        assert Path("mine.png").read_bytes() == Path("sample.png").read_bytes()


def test_the_range_of_a_continuous_code_can_be_given(ganlab: Ganlab, run: Path) -> None:
    options = ["--traverse", "style.0", "--range", -0.5, 0.5, "--grid", "sample.png"]
    assert ganlab("sample", run, *options).code == 0
    assert (
        ganlab("traverse", run, "--code", "style.0", "--range", -0.5, 0.5, "--columns", 3, "--out", "a.png").code == 0
    )
    assert Path("a.png").read_bytes() == Path("sample.png").read_bytes()


def test_between_two_categories_lie_mixtures_of_their_one_hot_vectors(ganlab: Ganlab, run: Path) -> None:
    made = ganlab("traverse", run, "--between", 0, 2, "--columns", 5, "--rows", 1, "--out", "b.png")
    assert made.code == 0, made.err
    assert tiles("b.png") == (5, 1)
    loaded = load_run(run)
    noise = loaded.prior.sample(1, generator=derived_generator(0, "traversal", 0)).draws
    held = {name: draw.value_NW.expand(5, -1) for name, draw in noise.items()}
    weights_5 = torch.linspace(0, 1, 5)
    code_53 = torch.stack([1 - weights_5, torch.zeros(5), weights_5], dim=1)
    with Image.open("b.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), drawn(loaded, **held | {"code": code_53}))


def test_the_class_code_itself_varies_in_rows_of_noise(ganlab: Ganlab, run: Path) -> None:
    assert ganlab("traverse", run, "--code", "code", "--rows", 4, "--out", "c.png").code == 0
    assert tiles("c.png") == (3, 4)


@pytest.mark.parametrize("what", [["--noise"], ["--between", 0, 2], ["--code", "style.0"], ["--code", "code"], []])
def test_a_film_loops_without_a_jump(ganlab: Ganlab, run: Path, what: list[object]) -> None:
    made = ganlab("traverse", run, *what, "--frames", 24, "--fps", 10, "--rows", 2, "--columns", 2, "--out", "f.gif")
    assert (made.code, made.out) == (0, "f.gif\n"), made.err
    with Image.open("f.gif") as picture:
        assert (picture.info["loop"], picture.info["duration"] % 100) == (0, 0)
    assert tiles("f.gif") == (2, 2)
    frames_THW = film("f.gif")
    changes = np.abs(np.roll(frames_THW, -1, axis=0) - frames_THW).mean(axis=(1, 2))
    assert changes[-1] <= changes[:-1].max() * 1.5  # the last frame to the first is a step like others
    assert changes.max() > 0


def test_the_same_seed_makes_the_same_film_and_another_another(ganlab: Ganlab, run: Path) -> None:
    films = []
    for seed in (1, 1, 2):
        assert ganlab("traverse", run, "--noise", "--frames", 3, "--seed", seed, "--out", "f.gif").code == 0
        films.append(Path("f.gif").read_bytes())
    assert films[0] == films[1] != films[2]


def test_colour_images_make_colour_films(ganlab: Ganlab, tiny: dict[str, Any]) -> None:
    for index in range(12):
        Path("photos").mkdir(exist_ok=True)
        Image.new("RGB", (16, 16), (20 * index, 255 - 20 * index, 90)).save(f"photos/{index}.png")
    dataset = {"use": "image-folder", "root": "photos", "size": 16, "channels": 3}
    Path("rgb.yaml").write_text(yaml.safe_dump(tiny | {"dataset": dataset, "steps": 2}, sort_keys=False))
    assert ganlab("train", "rgb.yaml", "--run", "rgb").code == 0
    made = ganlab("traverse", "rgb", "--noise", "--frames", 4, "--rows", 2, "--out", "f.gif")
    assert made.code == 0, made.err
    with Image.open("f.gif") as picture:
        pixels_HWC = np.asarray(picture.convert("RGB"), dtype=int)
    assert np.ptp(pixels_HWC, axis=2).max() > 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--out", "a.mp4"], 2, "--out ends in .mp4; name a file that ends in .png or .gif"),
        (["--out", "a"], 2, "--out ends in nothing; name a file that ends in .png or .gif"),
        (["--noise", "--code", "style.0", "--out", "a.gif"], 2, "--noise holds every code; drop it"),
        (["--range", "-1", "1", "--out", "a.gif"], 2, "--range is of a code that varies; name it: --code NAME"),
        (["--frames", "9", "--out", "a.png"], 2, "--frames and --fps are about a .gif; drop them"),
        (["--code", "styl", "--out", "a.png"], 1, "'styl' cannot vary: the prior has no such code; it has style.0, "),
        (["--code", "noise", "--out", "a.png"], 1, "'noise' cannot vary: the prior has no such code"),
        (["--between", "0", "3", "--out", "a.png"], 1, "category 3 of a code with 3 classes: choose a whole number"),
        (["--between", "1", "1", "--out", "a.png"], 1, "category 1 twice: name two categories to go between"),
        (
            ["--code", "style.0", "--between", "0", "1", "--out", "a.png"],
            1,
            "style is a continuous code, which has no",
        ),
        (
            ["--code", "stroke", "--range", "0", "1", "--out", "a.png"],
            1,
            "stroke is a categorical code, which has no",
        ),
        (["--code", "style.0", "--range", "2", "1", "--out", "a.png"], 1, "2 to 1 is no range; give its lower end"),
        (["--out", "codes.yaml/a.png"], 1, "codes.yaml/a.png cannot be written: File exists; name another place"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    ganlab: Ganlab, run: Path, arguments: list[str], code: int, message: str
) -> None:
    Path("codes.yaml").write_text("a file")
    before = sorted(Path().rglob("*"))
    outcome = ganlab("traverse", run, *arguments)
    assert (outcome.code, outcome.out) == (code, "")
    assert message in outcome.err
    assert sorted(Path().rglob("*")) == before


def test_a_run_without_codes_has_rows_of_noise(ganlab: Ganlab, tiny_file: Path) -> None:
    assert ganlab("train", tiny_file, "--steps", 2, "--run", "plain").code == 0
    assert ganlab("traverse", "plain", "--noise", "--rows", 4, "--out", "n.png").code == 0
    assert tiles("n.png") == (10, 4)
    refused = ganlab("traverse", "plain", "--between", 0, 1, "--out", "b.png")
    assert refused.err == "error: the class code cannot vary: the prior has no such code; it has none\n"


def test_a_run_without_noise_says_so(ganlab: Ganlab, tiny: dict[str, Any]) -> None:
    recipe = tiny | {"prior": {"noise": None, "style": {"use": "uniform", "dim": 4}}, "steps": 2}
    Path("codes.yaml").write_text(yaml.safe_dump(recipe, sort_keys=False))
    assert ganlab("train", "codes.yaml", "--run", "codes").code == 0
    refused = ganlab("traverse", "codes", "--noise", "--out", "n.gif")
    assert refused.err == "error: the prior has no noise that could vary; it has the codes style\n"
