"""Features of real digits by a network that nobody trained, a file of random Inception weights, the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import ganlab_fid.plugin
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from ganlab_core import ImageData, Judge, Plugins, to_unit_range

if TYPE_CHECKING:
    from ganlab_core.testing.fixtures import Ganlab, LoadPlugin

pytest_plugins = ["ganlab_core.testing.fixtures"]


@pytest.fixture(scope="session")
def plugins(load_plugin: LoadPlugin) -> Plugins:
    """The core and this plugin alone."""
    return load_plugin(ganlab_fid.plugin)


@pytest.fixture(scope="session")
def digits(plugins: Plugins) -> ImageData:
    """scikit-learn's 1,797 digits as the core gives them."""
    data: ImageData = plugins.registries["dataset"].get("digits").build({"size": 16})
    return data


@pytest.fixture(scope="session")
def judge() -> Judge:
    """Random convolutions: features as good as any to compare computations on."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        return Judge(channels=1, classes=10).eval()


@pytest.fixture(scope="session")
def features_ND(digits: ImageData, judge: Judge) -> Tensor:
    """512 features of each digit, at a scale near one."""
    raw_ND = judge.features(to_unit_range(digits.images_NCHW))
    return raw_ND / raw_ND.std()


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A safetensors file of torchvision's Inception-v3 with random weights."""
    from torchvision.models import inception_v3

    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        network = inception_v3(weights=None, init_weights=False)
    path = tmp_path_factory.mktemp("inception") / "inception.safetensors"
    save_file(network.state_dict(), path)
    return path


@pytest.fixture
def ganlab(ganlab: Ganlab, monkeypatch: pytest.MonkeyPatch) -> Ganlab:
    """The command line, this plugin being the only one."""
    monkeypatch.setenv("GANLAB_PLUGINS", "fid")
    return ganlab
