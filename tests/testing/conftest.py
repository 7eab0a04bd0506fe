"""What the fixtures and the checks are tried on."""

from __future__ import annotations

from tests.plugins.conftest import install
from tests.stock.datasets.test_torchvision_sets import cifar_root

__all__ = ["cifar_root", "install"]
