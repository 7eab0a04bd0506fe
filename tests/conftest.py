"""What tests of several packages share: a tiny recipe, a judge's cache of their own, and where real MNIST may lie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Tiny tensors are slower on many threads, and tests run side by side."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Judges are trained once a session, and never read from the user's cache."""
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture
def tiny() -> dict[str, Any]:
    """A recipe of core parts alone that trains in a blink: 16-pixel digits, width 4, batch 8, four steps."""
    return {
        "dataset": {"use": "digits", "size": 16, "imbalance": {"ratio": 5.0}},
        "prior": {"noise": {"use": "normal", "dim": 4}},
        "networks": {
            "generator": {"use": "dcgan", "width": 4},
            "trunk": {"use": "dcgan", "width": 4},
            "discriminator": {"use": "linear"},
        },
        "losses": {"adversarial": {"use": "nonsaturating"}},
        "batch_size": 8,
        "steps": 4,
        "device": "cpu",
        "checkpoint": {"every": 2},
        "samples": {"every": 2, "columns": 3},
        "log": {"every": 1},
    }
