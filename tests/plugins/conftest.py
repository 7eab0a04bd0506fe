"""Fake installed distributions: a module and a real `.dist-info` folder, found by importlib.metadata like any other."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

Install = Callable[..., None]
PREAMBLE = """
from __future__ import annotations
from ganlab_core import Component, hookimpl

class Part:
    'A part.'
    def __init__(self, *, size: int = 3) -> None:
        self.size = size

"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a distribution `fake-NAME` 1.2 whose entry point NAME is a module with this source."""
    before = set(sys.modules)

    def install_one(name: str, source: str, *, distribution: str = "", recipes: dict[str, str] | None = None) -> None:
        distribution = distribution or f"fake-{name}"
        package = distribution.replace("-", "_")
        root = tmp_path / distribution
        (root / package).mkdir(parents=True)
        (root / package / "__init__.py").touch()
        (root / package / "plugin.py").write_text(PREAMBLE + dedent(source))
        for recipe, text in (recipes or {}).items():
            (root / package / "recipes").mkdir(exist_ok=True)
            (root / package / "recipes" / recipe).write_text(text)
        info = root / f"{package}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[ganlab]\n{name} = {package}.plugin\n")
        monkeypatch.syspath_prepend(str(root))

    yield install_one
    for module in set(sys.modules) - before:
        if module.startswith("fake_"):
            del sys.modules[module]
