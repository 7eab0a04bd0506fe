"""Archives as MedMNIST publishes them, but small and of noise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ganlab_medmnist.plugin
import numpy as np
import pytest

from ganlab_core import Plugins

if TYPE_CHECKING:
    from ganlab_core.testing.fixtures import LoadPlugin

pytest_plugins = ["ganlab_core.testing.fixtures"]

Write = Callable[..., Path]
COUNTS = {"train": 24, "val": 8, "test": 16}


@pytest.fixture(scope="session")
def plugins(load_plugin: LoadPlugin) -> Plugins:
    """The core and this plugin alone."""
    return load_plugin(ganlab_medmnist.plugin)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """`write("bloodmnist.npz", size=28, channels=3, classes=8)`: an archive in `tmp_path / "data"`."""

    def write_archive(name: str, *, size: int = 28, channels: int = 3, classes: int = 8, **other: Any) -> Path:
        path = tmp_path / "data" / name
        path.parent.mkdir(exist_ok=True)
        np.savez(path, **{**arrays(size, channels, classes), **other})
        return path

    return write_archive


def arrays(size: int, channels: int, classes: int) -> dict[str, Any]:
    """All six arrays; grey images have no channel, and labels are a column."""
    random = np.random.default_rng(0)
    shape = (size, size) if channels == 1 else (size, size, channels)
    images = {f"{part}_images": random.integers(0, 256, (n, *shape), dtype=np.uint8) for part, n in COUNTS.items()}
    labels = {f"{part}_labels": (np.arange(n, dtype=np.uint8) % classes)[:, None] for part, n in COUNTS.items()}
    return images | labels
