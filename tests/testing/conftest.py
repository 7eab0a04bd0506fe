"""What the fixtures and the checks are tried on."""

from __future__ import annotations

from tests.datasets.test_torchvision_sets import cifar_root
from tests.plugins.conftest import install

__all__ = ["cifar_root", "install"]
