"""The plugin alone and beside elastic's, the core's categorical code, small MNIST files, the command line."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING

import ganlab_clustergan.plugin
import numpy as np
import pytest

from ganlab_core import Factor, Plugins, PriorSpec, load_plugins

if TYPE_CHECKING:
    from ganlab_core.testing.fixtures import Ganlab, LoadPlugin

pytest_plugins = ["ganlab_core.testing.fixtures"]


@pytest.fixture(scope="session")
def alone(load_plugin: LoadPlugin) -> Plugins:
    """The core and this plugin."""
    return load_plugin(ganlab_clustergan.plugin)


@pytest.fixture(scope="session")
def both() -> Plugins:
    """The core, this plugin, and the one that gives the figures and the recipes to compare with."""
    return load_plugins({"GANLAB_PLUGINS": "clustergan,elastic", "GANLAB_STRICT_PLUGINS": "1"})


@pytest.fixture(scope="session")
def categorical(alone: Plugins) -> Factor:
    """The core's code of four categories."""
    factor: Factor = alone.registries["prior"].get("categorical").build({"classes": 4}, PriorSpec(None))
    return factor


@pytest.fixture(scope="session")
def mnist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with IDX files of 60 digits to train on and 20 to test with, all noise."""
    folder = tmp_path_factory.mktemp("mnist")
    for prefix, count in (("train", 60), ("t10k", 20)):
        images_NHW = np.random.default_rng(count).integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels_N = np.arange(count, dtype=np.uint8) % 10
        for name, array in ((f"{prefix}-images-idx3-ubyte", images_NHW), (f"{prefix}-labels-idx1-ubyte", labels_N)):
            header = struct.pack(f">{array.ndim + 1}I", 0x0800 + array.ndim, *array.shape)
            (folder / name).write_bytes(header + array.tobytes())
    return folder


@pytest.fixture
def ganlab(ganlab: Ganlab, monkeypatch: pytest.MonkeyPatch) -> Ganlab:
    """The command line, with this plugin and elastic's."""
    monkeypatch.setenv("GANLAB_PLUGINS", "clustergan,elastic")
    return ganlab
