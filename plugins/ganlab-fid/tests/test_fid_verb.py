"""`ganlab fid`: two folders of pictures, through the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from ganlab_fid.fid import frechet_distance
from ganlab_fid.inception import load_inception
from ganlab_fid.pair import FeaturePair
from PIL import Image
from torch import Tensor

Ganlab = Callable[..., Any]


def write_pictures(folder: Path, pixels_NHWC: Tensor) -> None:
    folder.mkdir(parents=True)
    for index, pixels_HWC in enumerate(pixels_NHWC):
        Image.fromarray(pixels_HWC.numpy()).save(folder / f"{index}.png")


def noise(count: int, *, light: int) -> Tensor:
    """Pictures at the size that the network takes, `(N, 299, 299, 3)` uint8."""
    random = torch.Generator().manual_seed(light)
    return torch.randint(light, light + 120, (count, 299, 299, 3), generator=random, dtype=torch.uint8)


def test_it_prints_all_figures_of_two_folders_and_warns_that_they_are_small(
    ganlab: Ganlab, tmp_path: Path, weights: Path
) -> None:
    real_NHWC, generated_NHWC = noise(4, light=0), noise(5, light=90)
    write_pictures(tmp_path / "real", real_NHWC)
    write_pictures(tmp_path / "drawn" / "deeper", generated_NHWC)
    outcome = ganlab("fid", "real", "drawn", "--weights", weights, "--device", "cpu", "--json")
    assert outcome.code == 0, outcome.err
    figures = json.loads(outcome.out)
    assert list(figures) == ["real_images", "generated_images", "fid", "kid", "kid_std", "precision", "recall"]
    assert (figures["real_images"], figures["generated_images"]) == (4, 5)
    network = load_inception(weights)
    features = [network.features(pixels.permute(0, 3, 1, 2) / 127.5 - 1) for pixels in (real_NHWC, generated_NHWC)]
    assert figures["fid"] == pytest.approx(frechet_distance(FeaturePair(*features)), rel=1e-3)
    assert "fid: 4 images give 2048 features a singular covariance" in outcome.log


def test_a_folder_is_no_distance_from_itself(ganlab: Ganlab, tmp_path: Path, weights: Path) -> None:
    write_pictures(tmp_path / "real", noise(4, light=0))
    outcome = ganlab("fid", "real", "real", "--weights", weights, "--device", "cpu")
    assert outcome.code == 0, outcome.err
    figures = dict(line.split() for line in outcome.out.splitlines())
    assert float(figures["fid"]) < 1e-6
    assert (figures["precision"], figures["recall"]) == ("1", "1")


def test_long_pictures_are_padded_where_that_is_asked_for(ganlab: Ganlab, tmp_path: Path, weights: Path) -> None:
    long_NHWC = noise(4, light=0)[:, :150]
    long_NHWC[:, [0, -1]], long_NHWC[:, :, [0, -1]] = 7, 7
    squares_NHWC = torch.full((4, 299, 299, 3), 7, dtype=torch.uint8)
    squares_NHWC[:, 74:224] = long_NHWC
    write_pictures(tmp_path / "long", long_NHWC)
    write_pictures(tmp_path / "squares", squares_NHWC)
    outcome = ganlab("fid", "long", "squares", "--weights", weights, "--device", "cpu", "--fit", "pad", "--json")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["fid"] < 1e-6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("none", "empty"), "error: fid: 'none' is no folder; give one that holds images"),
        (("empty", "empty"), "error: fid: 'empty' holds no image; give a folder of images"),
        (("empty", "empty", "--device", "gpu"), "error: device: 'gpu' cannot be used here"),
        (("broken", "broken"), "error: fid: 'broken/0.png' cannot be read"),
    ],
)
def test_what_cannot_be_compared_is_one_message(
    ganlab: Ganlab, tmp_path: Path, weights: Path, arguments: tuple[str, ...], message: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "0.png").write_text("no picture")
    outcome = ganlab("fid", *arguments[:2], "--weights", weights, *(arguments[2:] or ("--device", "cpu")))
    assert outcome.code == 1
    assert outcome.err.startswith(message)
    assert "Traceback" not in outcome.err


def test_weights_must_be_given_and_are_never_downloaded(ganlab: Ganlab, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    assert "Missing option '--weights'" in ganlab("fid", "real", "real").err
    outcome = ganlab("fid", "real", "real", "--weights", "none.safetensors")
    assert outcome.err.startswith("error: there is no file 'none.safetensors'; nothing is downloaded, give")


def test_the_verb_is_listed_with_what_it_does(ganlab: Ganlab) -> None:
    assert "fid        FID, KID, precision and recall of" in ganlab("--help").out
