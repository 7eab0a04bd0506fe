"""What `ganlab new plugin` writes passes its own tests, ruff and mypy as it is, a part of each kind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ganlab_core.plugins import load_plugins
from ganlab_core.verbs.new.scaffold import SCAFFOLD_KINDS, new_plugin
from tests.conftest import REPOSITORY


@pytest.fixture(scope="module", params=SCAFFOLD_KINDS)
def package(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new package with a part of each kind."""
    folder: Path = tmp_path_factory.mktemp("new") / request.param
    new_plugin(f"scaffold-{request.param}", kind=request.param, out=folder, plugins=load_plugins())
    return folder


def check(package: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """A module's command in the package's folder, on ganlab as it lies here."""
    paths = os.pathsep.join([str(package), str(REPOSITORY)])
    return subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        cwd=package,
        env={**os.environ, "PYTHONPATH": paths, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_its_tests_pass(package: Path) -> None:
    done = check(package, "pytest", "-q", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_ruff_finds_nothing(package: Path) -> None:
    for command in (("check", "."), ("format", "--check", ".")):
        done = check(package, "ruff", *command)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_mypy_finds_nothing(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    # Reading torch's types takes most of a minute: all kinds share a cache, which outlives this run.
    cached = getattr(pytestconfig, "cache", None)  # None where the command line turns it off
    cache = cached.mkdir("mypy-of-scaffolds") if cached else tmp_path / ".mypy_cache"
    for kind in SCAFFOLD_KINDS:
        new_plugin(f"scaffold-{kind}", kind=kind, out=tmp_path / kind, plugins=load_plugins())
        done = check(tmp_path / kind, "mypy", "--cache-dir", cache)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Success: no issues found in 5 source files" in done.stdout
