"""The names that plugins import: each is listed, documented, and found where it is said to be."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import ganlab_core
from tests.conftest import REPOSITORY

LISTED = [name for name in ganlab_core.__all__ if name != "__version__"]
PLUGINS = [*(REPOSITORY / "plugins").glob("ganlab-*/ganlab_*"), REPOSITORY / "ganlab_elastic", REPOSITORY / "examples"]
SOURCES = [file for folder in PLUGINS for file in sorted(folder.rglob("*.py"))]


def imported(source: Path) -> Iterator[tuple[str, str]]:
    """The modules of ganlab's core that a file names, and what it takes from each; also inside functions."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "ganlab_core":
            yield from ((node.module, alias.name) for alias in node.names)
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names if alias.name.split(".")[0] == "ganlab_core")


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: str(source.relative_to(REPOSITORY)))
def test_plugins_and_examples_import_listed_names_alone(source: Path) -> None:
    for module, name in imported(source):
        assert module == "ganlab_core", f"{module} is no public module"
        assert name in ganlab_core.__all__


def test_there_are_plugins_and_examples() -> None:
    assert len(SOURCES) > 60


def test_names_are_listed_once_in_order() -> None:
    assert ganlab_core.__all__ == sorted(set(ganlab_core.__all__))


@pytest.mark.parametrize("name", LISTED)
def test_each_class_and_function_is_documented(name: str) -> None:
    found = getattr(ganlab_core, name)
    if inspect.isclass(found) or inspect.isfunction(found):
        assert len(inspect.getdoc(found) or "") > 20


@pytest.mark.parametrize("name", sorted(ganlab_core._LAZY))
def test_each_name_is_imported_from_the_file_that_defines_it(name: str) -> None:
    found, module = getattr(ganlab_core, name), ganlab_core._LAZY[name]
    assert found is getattr(importlib.import_module(module), name)
    if inspect.isclass(found) or inspect.isfunction(found):
        assert found.__module__.startswith(module)


def test_the_parts_of_the_core_and_of_elastic_are_listed_without_scikit_learn_or_scipy() -> None:
    program = (
        "import sys; from ganlab_core import load_plugins; from ganlab_core.interface.kinds import KINDS;"
        "registries = load_plugins({'GANLAB_PLUGINS': 'elastic'}).registries;"
        "assert [kind for kind in KINDS if not registries[kind].names()] == ['features'];"
        "print({'sklearn', 'scipy', 'torchvision', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "set()\n", "")
