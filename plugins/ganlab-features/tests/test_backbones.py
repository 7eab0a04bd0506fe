"""torchvision's and timm's networks with weights from a file: the features below their last layers."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from ganlab_features import backbones
from ganlab_features.backbones import timm_backbone, torchvision_backbone
from safetensors.torch import save_file
from torch import Tensor, nn

from ganlab_core import GanlabError, Plugins

_MEAN, _DEVIATION = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])


def normalised(images_NCHW: Tensor) -> Tensor:
    return (images_NCHW / 255 - _MEAN.view(1, 3, 1, 1)) / _DEVIATION.view(1, 3, 1, 1)


def test_torchvisions_features_are_what_its_last_layer_reads(
    resnet: nn.Module, resnet_file: Path, pictures_NCHW: Tensor
) -> None:
    found = torchvision_backbone(network="resnet18", weights=str(resnet_file), size=64)
    read: list[Tensor] = []
    with torch.no_grad(), resnet.get_submodule("fc").register_forward_pre_hook(lambda _, given: read.append(given[0])):
        resnet(normalised(pictures_NCHW))
    torch.testing.assert_close(found(pictures_NCHW), read[0], atol=1e-4, rtol=1e-4)
    assert (found.width, found.size) == (512, 64)
    assert hashlib.sha256(resnet_file.read_bytes()).hexdigest() in found.identity
    assert not any(parameter.requires_grad for parameter in found.parameters())


@pytest.mark.parametrize(
    ("network", "width"), [("mobilenet_v3_small", 1024), ("shufflenet_v2_x0_5", 1024), ("vit_b_32", 768)]
)
def test_the_last_layer_of_others_is_found_too(network: str, width: int, tmp_path: Path) -> None:
    from torchvision import models

    save_file(models.get_model(network, weights=None).state_dict(), tmp_path / "weights.safetensors")
    assert torchvision_backbone(network=network, weights=str(tmp_path / "weights.safetensors")).width == width


def test_timms_features_are_those_below_its_last_layer(tmp_path: Path, pictures_NCHW: Tensor) -> None:
    timm = pytest.importorskip("timm", reason="timm is not installed")
    whole = timm.create_model("resnet10t", pretrained=False).eval()
    save_file(whole.state_dict(), tmp_path / "weights.safetensors")
    found = timm_backbone(network="resnet10t", weights=str(tmp_path / "weights.safetensors"), size=64)
    config = whole.pretrained_cfg
    mean, deviation = (torch.tensor(config[name]).view(1, 3, 1, 1) for name in ("mean", "std"))
    with torch.no_grad():
        wanted_ND = whole.forward_head(
            whole.forward_features((pictures_NCHW / 255 - mean) / deviation), pre_logits=True
        )
    torch.testing.assert_close(found(pictures_NCHW), wanted_ND, atol=1e-4, rtol=1e-4)


def test_a_vision_transformer_of_timm_takes_another_size_than_it_was_trained_at(tmp_path: Path) -> None:
    timm = pytest.importorskip("timm", reason="timm is not installed")
    whole = timm.create_model("vit_tiny_patch16_224", pretrained=False)
    save_file(whole.state_dict(), tmp_path / "weights.safetensors")
    weights = str(tmp_path / "weights.safetensors")
    assert timm_backbone(network="vit_tiny_patch16_224", weights=weights, size=96).width == 192
    with pytest.raises(
        GanlabError, match=r"timm vit_tiny.*: it takes no images of this size \(.*\); set another `size`"
    ):
        timm_backbone(network="vit_tiny_patch16_224", weights=weights, size=100)


def test_weights_of_another_network_are_told_apart(resnet_file: Path) -> None:
    with pytest.raises(GanlabError, match=r"does not fit the network: it lacks .* and 204 more; it has beyond that"):
        torchvision_backbone(network="mobilenet_v3_small", weights=str(resnet_file))
    pytest.importorskip("timm", reason="timm is not installed")
    with pytest.raises(GanlabError, match="does not fit the network"):
        timm_backbone(network="vit_tiny_patch16_224", weights=str(resnet_file))


def test_a_wrong_hash_is_refused_by_a_recipe_too(resnet_file: Path, plugins: Plugins) -> None:
    entry = plugins.registries["features"].get("torchvision")
    arguments = {"network": "resnet18", "weights": str(resnet_file), "size": 64}
    with pytest.raises(GanlabError, match="was asked for; it is another file, or damaged"):
        entry.build({**arguments, "sha256": "0" * 64})
    with pytest.raises(GanlabError, match="sha256"):
        entry.build({**arguments, "sha256": "short"})


def test_an_unknown_network_gets_a_near_miss(resnet_file: Path) -> None:
    with pytest.raises(GanlabError, match=r"torchvision has no 'resnet81'; did you mean .*resnet18"):
        torchvision_backbone(network="resnet81", weights=str(resnet_file))


def test_without_timm_its_extra_is_named(monkeypatch: pytest.MonkeyPatch, resnet_file: Path) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(backbones.importlib, "import_module", missing)
    with pytest.raises(GanlabError, match=r"timm is not installed; `pip install 'ganlab-features\[timm\]'`"):
        timm_backbone(network="resnet10t", weights=str(resnet_file))
