"""What an installation holds: every package, and `ganlab`, the name that people import, with the same names."""

from __future__ import annotations

import sys
from configparser import ConfigParser
from importlib.util import module_from_spec, spec_from_file_location
from pkgutil import walk_packages

import pytest

import ganlab_core
import ganlab_elastic
from tests.conftest import REPOSITORY


@pytest.fixture
def options() -> ConfigParser:
    """What `setup.cfg` says."""
    package = ConfigParser()
    package.read(REPOSITORY / "setup.cfg")
    return package


def test_every_package_is_installed(options: ConfigParser) -> None:
    roots = [ganlab_core, ganlab_elastic]
    found = [found.name for root in roots for found in walk_packages(root.__path__, f"{root.__name__}.") if found.ispkg]
    assert options["options"]["packages"].split() == sorted(["ganlab", *(root.__name__ for root in roots), *found])


def test_import_ganlab_gives_the_public_names_themselves(
    options: ConfigParser, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, _, folder = options["options"]["package_dir"].strip().partition(" = ")
    spec = spec_from_file_location(name, REPOSITORY / folder / "__init__.py")
    assert name == "ganlab"
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    assert module.__all__ == ganlab_core.__all__
    assert [public for public in module.__all__ if getattr(module, public) is not getattr(ganlab_core, public)] == []
