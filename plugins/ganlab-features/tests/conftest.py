"""This plugin alone, files of weights that nobody trained, the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import ganlab_features.plugin
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from ganlab_core import Plugins

if TYPE_CHECKING:
    from ganlab_core.testing.fixtures import Ganlab, LoadPlugin

pytest_plugins = ["ganlab_core.testing.fixtures"]


@pytest.fixture(scope="session")
def plugins(load_plugin: LoadPlugin) -> Plugins:
    """The core and this plugin alone."""
    return load_plugin(ganlab_features.plugin)


@pytest.fixture
def ganlab(ganlab: Ganlab, monkeypatch: pytest.MonkeyPatch) -> Ganlab:
    """The command line, this plugin being the only one."""
    monkeypatch.setenv("GANLAB_PLUGINS", "features")
    return ganlab


@pytest.fixture(scope="session")
def resnet() -> nn.Module:
    """torchvision's ResNet-18 with weights that nobody trained, last layer included."""
    from torchvision.models import resnet18

    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        return resnet18(weights=None).eval()


@pytest.fixture
def resnet_file(resnet: nn.Module, tmp_path: Path) -> Path:
    """Its state dict as safetensors."""
    save_file(resnet.state_dict(), tmp_path / "resnet18.safetensors")
    return tmp_path / "resnet18.safetensors"


@pytest.fixture
def pictures_NCHW() -> Tensor:
    """Noise `(3, 3, 64, 64)` uint8."""
    return torch.randint(0, 256, (3, 3, 64, 64), generator=torch.Generator().manual_seed(1)).to(torch.uint8)
