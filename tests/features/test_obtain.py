"""Features of a collection: how a network is asked, and what the cache keeps and does not."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor

from ganlab_core import GanlabError, ImageData
from ganlab_core.features.embed import Watch
from ganlab_core.features.obtain import FeatureReader
from ganlab_core.image_files.decode import decode_picture
from ganlab_core.image_files.fit import Framing, Manner, manner_of
from ganlab_core.image_files.write import save_png
from ganlab_core.interface.features import FeatureNetwork
from ganlab_core.interface.tones import Tones
from ganlab_core.stock.datasets.image_folder import image_folder
from tests.features.brightness import WIDTH, Brightness, asked
from tests.features.conftest import photographs


def noise(count: int = 40, *, channels: int = 1, side: int = 8) -> ImageData:
    random = torch.Generator().manual_seed(0)
    images_NCHW = torch.randint(0, 256, (count, channels, side, side), generator=random).to(torch.uint8)
    return ImageData("noise", images_NCHW)


def obtained(
    data: ImageData,
    network: FeatureNetwork | None = None,
    *,
    manner: Manner = Manner(),  # noqa: B008 (it is immutable)
    watch: Watch = lambda done: None,
) -> Tensor:
    return FeatureReader(network or Brightness(), manner=manner, device=torch.device("cpu")).collection(
        data, watch=watch
    )


def kept(cache: Path) -> list[Path]:
    return sorted(cache.glob("*/*"))


def test_each_image_is_asked_about_once_and_then_found_in_the_cache(cache: Path) -> None:
    first_ND = obtained(noise())
    assert (first_ND.shape, first_ND.dtype) == ((40, WIDTH), torch.float32)
    assert sum(shape[0] for shape in asked) == 40
    asked.clear()
    assert torch.equal(obtained(noise()), first_ND)
    assert not asked
    assert [path.suffix for path in kept(cache)] == [".safetensors"]


def test_a_network_is_asked_in_batches_of_its_size_in_three_channels_and_says_how_far_it_is() -> None:
    told: list[int] = []
    obtained(noise(channels=1, side=8), watch=told.append)
    assert {shape[1:] for shape in asked} == {(3, 24, 24)}
    assert max(shape[0] for shape in asked) <= 16
    assert told == [16, 32, 40]


def test_grey_images_are_asked_about_as_grey_in_every_channel() -> None:
    features_ND = obtained(noise())
    assert torch.allclose(features_ND, features_ND[:, :1].expand(-1, WIDTH), atol=1e-6)
    colour_ND = obtained(noise(channels=3))
    assert not torch.allclose(colour_ND[:, 1], colour_ND[:, 3])


def test_other_pixels_or_another_network_are_not_mistaken_for_what_is_cached(cache: Path) -> None:
    data = noise()
    first_ND = obtained(data)
    changed_NCHW = data.images_NCHW.clone()
    changed_NCHW[0] = 255
    assert obtained(replace(data, images_NCHW=changed_NCHW))[0, 0] == 1
    assert torch.allclose(obtained(data, Brightness(scale=2.0)), 2 * first_ND)
    assert len(kept(cache)) == 3


def test_images_that_are_known_from_another_collection_are_not_asked_about_again() -> None:
    first = noise(30)
    first_ND = obtained(first)
    asked.clear()
    told: list[int] = []
    random_NCHW = torch.randint(0, 256, (5, 1, 8, 8), generator=torch.Generator().manual_seed(9)).to(torch.uint8)
    grown_ND = obtained(replace(first, images_NCHW=torch.cat([random_NCHW, first.images_NCHW])), watch=told.append)
    assert sum(shape[0] for shape in asked) == 5
    assert told == [35]
    assert torch.equal(grown_ND[5:], first_ND)
    assert torch.equal(grown_ND[:5], obtained(replace(first, images_NCHW=random_NCHW)))


def test_labels_and_names_are_no_matter_to_the_cache(cache: Path) -> None:
    obtained(noise())
    asked.clear()
    obtained(replace(noise(), name="other", labels_N=torch.zeros(40, dtype=torch.int64), class_names=("one",)))
    assert not asked


def test_files_are_read_in_the_networks_own_size_and_as_the_run_frames_them(tmp_path: Path, cache: Path) -> None:
    data = image_folder(root=str(photographs(tmp_path / "photos")), size=8, channels=1)
    found_ND = obtained(data, manner=Manner(Framing(crop=0.5)))
    for path, found_D in zip(data.paths, found_ND, strict=True):
        picture_CHW = decode_picture(path, size=24, channels=3, crop=0.5, resampling="bicubic").image_CHW
        assert found_D[0] == pytest.approx(picture_CHW.float().mean().item() / 255, abs=1e-5)
    assert not torch.allclose(obtained(data), found_ND)
    assert len(kept(cache)) == 2


def test_files_are_read_in_the_tones_of_their_collection_and_kept_apart_from_others(
    tmp_path: Path, cache: Path
) -> None:
    (tmp_path / "deep").mkdir()
    for number in range(3):
        values_HW = np.random.default_rng(number).integers(0, 1024, (24, 24)).astype(np.uint16)
        Image.fromarray(values_HW).save(tmp_path / "deep" / f"{number}.png")
    data = image_folder(root=str(tmp_path / "deep"), size=8, channels=1)
    found_ND = obtained(data, manner=manner_of({}, data.tones))
    assert float(found_ND[:, 0].mean()) == pytest.approx(0.5, abs=0.1)
    assert float(obtained(data, manner=Manner(tones=Tones(integers=(0.0, 65535.0))))[:, 0].mean()) < 0.02
    obtained(data)
    assert len(kept(cache)) == 2  # all of 16 bits were read so before tones were looked for


def test_features_of_files_go_by_their_bytes_not_by_where_they_lie(tmp_path: Path) -> None:
    folder = photographs(tmp_path / "photos")
    obtained(image_folder(root=str(folder), size=8))
    asked.clear()
    folder.rename(tmp_path / "moved")
    obtained(image_folder(root=str(tmp_path / "moved"), size=8))
    assert not asked
    save_png(noise(1, side=40).images_NCHW[0], tmp_path / "moved" / "00.png")
    obtained(image_folder(root=str(tmp_path / "moved"), size=8))
    assert [shape[0] for shape in asked] == [1]


@pytest.mark.parametrize("damage", ["cut short", "a flipped bit", "no safetensors"])
def test_a_damaged_cache_is_said_and_computed_anew(damage: str, cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    first_ND = obtained(noise())
    (path,) = kept(cache)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes({"cut short": content[:-9], "a flipped bit": content}.get(damage, b"features"))
    asked.clear()
    assert torch.equal(obtained(noise()), first_ND)
    assert asked
    assert caplog.text.count("are corrupt and computed anew") == 1
    asked.clear()
    obtained(noise())
    assert not asked


@pytest.mark.parametrize(
    "keys", [torch.tensor(3).byte(), torch.zeros(40, 32, dtype=torch.bfloat16), torch.zeros(40, 8).byte()]
)
def test_a_cache_whose_keys_are_none_is_computed_anew(keys: Tensor, cache: Path) -> None:
    first_ND = obtained(noise())
    (path,) = kept(cache)
    asked.clear()
    save_file({"keys": keys, "features": first_ND}, path)
    assert torch.equal(obtained(noise()), first_ND)
    assert asked


def test_a_cache_that_cannot_be_written_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path / "file"))
    with caplog.at_level(logging.WARNING):
        assert len(obtained(noise())) == 40
    assert "the features are not cached, since" in caplog.text


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    data = image_folder(root=str(photographs(tmp_path / "photos")), size=8)
    data.paths[3].unlink()
    with pytest.raises(GanlabError, match=r"features: '.*03\.png' cannot be read any more .*; bring it back"):
        obtained(data)


class Wrong(Brightness):
    """Gives what it does not promise."""

    def __init__(self, answer: Tensor) -> None:
        super().__init__()
        self.answer = answer

    def __call__(self, images_NCHW: Tensor) -> Tensor:
        return self.answer.expand(len(images_NCHW), -1)


@pytest.mark.parametrize(
    ("answer", "said"),
    [(torch.zeros(1, 3), r"gave \(16, 3\) for 16 images"), (torch.full((1, WIDTH), torch.nan), "finite")],
)
def test_a_network_that_does_not_keep_its_promise_is_named(answer: Tensor, said: str, cache: Path) -> None:
    with pytest.raises(GanlabError, match=rf"features: brightness, scaled .*{said}"):
        obtained(noise(), Wrong(answer))
    assert not kept(cache)


def test_images_that_are_neither_grey_nor_rgb_are_refused_with_a_way_out() -> None:
    with pytest.raises(GanlabError, match=r"the images have 2 channels, .*; drop the section \(`--set '~features'`\)"):
        obtained(noise(channels=2))


def test_images_without_files_are_enlarged_as_files_are(tmp_path: Path) -> None:
    seen: list[Tensor] = []

    class Sees(Brightness):
        def __call__(self, images_NCHW: Tensor) -> Tensor:
            seen.append(images_NCHW.clone())
            return super().__call__(images_NCHW)

    (tmp_path / "noise").mkdir()
    save_png(noise(1, channels=3).images_NCHW[0], tmp_path / "noise" / "0.png")
    obtained(noise(1, channels=3), Sees())
    obtained(image_folder(root=str(tmp_path / "noise"), size=8), Sees())
    of_tensor_NCHW, of_file_NCHW = seen
    assert (of_tensor_NCHW.float() - of_file_NCHW.float()).abs().mean() < 1  # PIL rounds between rows and columns
