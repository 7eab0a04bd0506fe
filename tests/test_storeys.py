"""The storeys of the house: each imports only what stands below it, and plugins the public names alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports('pyproject.toml', no_cache=True))"


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    """The contracts of `pyproject.toml`, held against a copy of the sources."""
    path = os.pathsep.join(map(str, (tree, *sorted(tree.glob("plugins/ganlab-*")))))
    environment = {**os.environ, "PYTHONPATH": path, "COLUMNS": "200"}
    return subprocess.run([sys.executable, "-c", LINT], cwd=tree, env=environment, capture_output=True, text=True)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The sources alone."""
    for package in ("ganlab_core", "ganlab_elastic", *(f"{path.name}" for path in REPOSITORY.glob("plugins/ganlab-*"))):
        inside = "plugins" if "-" in package else ""
        shutil.copytree(
            REPOSITORY / inside / package,
            tmp_path / inside / package,
            ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info", "tests"),
        )
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_arrow_leads_down_and_plugins_use_public_names_alone(tree: Path) -> None:
    found = lint(tree)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "Contracts: 3 kept, 0 broken." in found.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("ganlab_core/interface/latent.py", "from ganlab_core.system.locking import locked", "each storey"),
        ("ganlab_core/evaluation/collapse.py", "import ganlab_core.plugins.registry", "each storey"),
        ("ganlab_core/stock/losses/r1.py", "from ganlab_core import StepContext", "no storey"),
        (
            "ganlab_core/recipe/load.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ganlab_core.runs.folder import RunFolder",
            "each storey",
        ),
        ("ganlab_elastic/losses/pairwise.py", "from ganlab_core.interface.errors import GanlabError", "the flagship"),
        ("plugins/ganlab-fid/ganlab_fid/fid.py", "import ganlab_core.recipe.load", "the flagship"),
    ],
)
def test_a_forbidden_import_breaks_its_contract(tree: Path, file: str, line: str, contract: str) -> None:
    with (tree / file).open("a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")
    found = lint(tree)
    assert found.returncode == 1
    broken = [row for row in found.stdout.splitlines() if row.endswith("BROKEN")]
    assert any(row.startswith(contract) for row in broken)


def test_a_room_that_stands_in_no_storey_breaks_the_contract(tree: Path) -> None:
    (tree / "ganlab_core" / "attic").mkdir()
    (tree / "ganlab_core" / "attic" / "__init__.py").touch()
    found = lint(tree)
    assert found.returncode == 1
    assert "attic" in found.stdout


def test_the_root_of_the_core_holds_two_python_files() -> None:
    assert {path.name for path in (REPOSITORY / "ganlab_core").glob("*.py")} == {"__init__.py", "__main__.py"}
