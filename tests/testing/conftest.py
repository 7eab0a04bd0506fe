"""The fixture as a plugin's tests have it, and what it and the checks are tried on."""

from __future__ import annotations

from ganlab_core.testing.fixtures import load_plugin
from tests.datasets.test_torchvision_sets import cifar_root
from tests.plugins.conftest import install

__all__ = ["cifar_root", "install", "load_plugin"]
