"""What the tests share: one thread, and a cache of their own."""

from __future__ import annotations

import pytest
import torch

pytest_plugins = ["ganlab_core.testing.fixtures"]


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Tiny tensors are slower on many threads, and tests run side by side."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is read from the user's cache."""
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
