"""Results made up by hand, and a tiny recipe in a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ganlab_core.verbs.benchmark.result import Result

MakeResult = Callable[..., Result]


@pytest.fixture
def result() -> MakeResult:
    """A result with the given figures, of recipe `one`, seed 0, unless said otherwise."""

    def make(label: str = "one", seed: int = 0, *, split: int | None = None, **figures: Any) -> Result:
        history = [{"step": 10, "nmi": 0.25}, {"step": 20, "nmi": 0.5}]
        return Result(
            label, split, seed, "r" * 64, "d" * 64, "ganlab benchmark one", {"torch": "2.9"}, 60.0, 1, figures, history
        )

    return make


@pytest.fixture
def tiny_file(tiny: dict[str, Any], tmp_path: Path) -> Path:
    """The tiny recipe as `tiny.yaml`, evaluated at steps 2 and 4."""
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(tiny | {"evaluation": {"every": 2, "samples_per_code": 4}}))
    return path
