"""What tests of several packages share: the fixtures of plugins' tests, and a tiny recipe."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.tiny import TINY

REPOSITORY = Path(__file__).parent.parent

pytest_plugins = ["ganlab_core.testing.fixtures"]


@pytest.fixture
def tiny() -> dict[str, Any]:
    """A recipe of core parts alone that trains in a blink: 16-pixel digits, width 4, batch 8, four steps."""
    return deepcopy(TINY)
