"""What tests of several packages share: the command line, a tiny recipe, and a cache of judges of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from ganlab_core.cli import main

REPOSITORY = Path(__file__).parent.parent


@dataclass(frozen=True)
class Outcome:
    """What a call of `ganlab` left behind."""

    code: int
    out: str
    err: str


Ganlab = Callable[..., Outcome]


@pytest.fixture
def ganlab(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Ganlab:
    """Calls the console script's function in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: object) -> Outcome:
        monkeypatch.setattr("sys.argv", ["ganlab", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


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
