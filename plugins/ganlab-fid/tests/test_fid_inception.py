"""Inception-v3 from a file: the features are those of torchvision's own network, and what does not fit is named."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from ganlab_fid.inception import load_inception
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import interpolate

from ganlab_core import GanlabError


def by_torchvision(weights: Path, images_NCHW: Tensor) -> Tensor:
    """torchvision's network as it is documented: images normalised with ImageNet's mean and standard deviation."""
    from torchvision.models import inception_v3

    network = inception_v3(weights=None, init_weights=False, transform_input=True).eval()
    network.load_state_dict(load_file(weights))
    network.fc = nn.Identity()
    images_NCHW = interpolate(images_NCHW, (299, 299), mode="bilinear", antialias=True)
    mean, std = (torch.tensor(three).view(3, 1, 1) for three in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    with torch.no_grad():
        features_ND: Tensor = network(((images_NCHW + 1) / 2 - mean) / std)
    return features_ND


def test_features_are_those_of_torchvisions_network(weights: Path) -> None:
    images_NCHW = torch.rand(2, 3, 20, 20, generator=torch.Generator().manual_seed(0)) * 2 - 1
    features_ND = load_inception(weights).features(images_NCHW)
    assert features_ND.shape == (2, 2048)
    torch.testing.assert_close(features_ND, by_torchvision(weights, images_NCHW), rtol=1e-3, atol=1e-5)


def test_grey_images_are_seen_as_grey_colour_ones(weights: Path) -> None:
    grey_NCHW = torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
    network = load_inception(weights)
    assert torch.equal(network.features(grey_NCHW), network.features(grey_NCHW.repeat(1, 3, 1, 1)))


def test_a_missing_file_is_named_and_nothing_is_downloaded(tmp_path: Path) -> None:
    with pytest.raises(GanlabError, match=r"there is no file '.*none\.safetensors'; nothing is downloaded, give"):
        load_inception(tmp_path / "none.safetensors")


def test_pickled_weights_are_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "inception.pth"
    torch.save({"fc.bias": torch.zeros(3)}, path)
    with pytest.raises(GanlabError, match=r"'.*inception\.pth' is no safetensors file .*pickled weights"):
        load_inception(path)


def test_weights_of_another_network_are_refused_with_what_is_odd(weights: Path, tmp_path: Path) -> None:
    state = load_file(weights)
    state["fc.weight"] = state["fc.weight"][:8].clone()
    save_file(state, tmp_path / "eight.safetensors")
    with pytest.raises(GanlabError, match=r"eight\.safetensors' does not fit torchvision's Inception-v3: .*fc\.weight"):
        load_inception(tmp_path / "eight.safetensors")
    save_file({"layer": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(GanlabError, match="Missing key"):
        load_inception(tmp_path / "other.safetensors")
