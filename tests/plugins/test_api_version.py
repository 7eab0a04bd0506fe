"""A plugin says which version of the plugin interface it was made for, and is refused under another one."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from ganlab_core.interface.version import API_VERSION
from ganlab_core.plugins import load_plugins
from tests.plugins.conftest import Install

REPOSITORY = Path(__file__).parent.parent.parent
MAJOR, MINOR = map(int, API_VERSION.split("."))
GIVES = "ganlab_api = {!r}\n@hookimpl\ndef ganlab_priors(): yield Component(name='x', factory=Part)"


def reason(install: Install, stated: object) -> str:
    install("versioned", GIVES.format(stated))
    (_, status) = load_plugins({"GANLAB_PLUGINS": "versioned"}).statuses
    assert status.healthy is (status.reason == "")
    return status.reason


@pytest.mark.parametrize("stated", [str(MAJOR), f"{MAJOR}.0", f"{MAJOR}.{MINOR}"])
def test_the_same_major_version_and_no_newer_minor_one_is_let_in(install: Install, stated: str) -> None:
    assert reason(install, stated) == ""


@pytest.mark.parametrize("stated", [str(MAJOR + 1), f"{MAJOR + 1}.0", str(MAJOR - 1)])
def test_another_major_version_is_refused_with_both_named(install: Install, stated: str) -> None:
    text = reason(install, stated)
    assert f"made for version {stated} of ganlab's plugin interface, and this ganlab has version {API_VERSION}" in text
    assert f"install a release of it for {MAJOR}" in text


def test_a_newer_minor_version_is_refused_with_both_named(install: Install) -> None:
    text = reason(install, f"{MAJOR}.{MINOR + 1}")
    assert f"made for version {MAJOR}.{MINOR + 1} of" in text
    assert f"this ganlab has version {API_VERSION}; install a newer ganlab" in text


@pytest.mark.parametrize("stated", [1, 1.0, "one", "1.0.0", "", None, "-1"])
def test_what_is_no_version_is_refused(install: Install, stated: object) -> None:
    assert f"ganlab_api is {stated!r}; it is a version as text, such as " in reason(install, stated)


FAILS = "{line}\nfrom ganlab_core import NoSuchName\n"


@pytest.mark.parametrize("line", [f"ganlab_api = '{MAJOR + 1}'", f"ganlab_api: str = '{MAJOR}.{MINOR + 1}'"])
@pytest.mark.parametrize("package_fails", [False, True])
def test_where_the_import_fails_the_version_in_the_source_is_blamed(
    install: Install, tmp_path: Path, line: str, package_fails: bool
) -> None:
    install("later", FAILS.format(line=line))
    if package_fails:
        (tmp_path / "fake-later" / "fake_later" / "__init__.py").write_text("from ganlab_core import NoSuchName")
    (_, status) = load_plugins({"GANLAB_PLUGINS": "later"}).statuses
    assert status.reason.startswith("it is made for version ")
    assert f"this ganlab has version {API_VERSION}" in status.reason
    assert "fake_later.plugin" not in sys.modules


@pytest.mark.parametrize("line", ["", f"ganlab_api = '{MAJOR}'", "ganlab_api = str(9)"])
def test_where_the_import_fails_and_the_version_fits_the_failure_is_told(install: Install, line: str) -> None:
    install("failing", FAILS.format(line=line))
    (_, status) = load_plugins({"GANLAB_PLUGINS": "failing"}).statuses
    assert "cannot import name 'NoSuchName'" in status.reason


PLUGIN_MODULES = [*REPOSITORY.glob("plugins/ganlab-*/ganlab_*/plugin.py"), REPOSITORY / "ganlab_elastic" / "plugin.py"]


def test_every_plugin_here_states_its_version() -> None:
    assert len(PLUGIN_MODULES) == 7
    for path in PLUGIN_MODULES:
        stated = re.search(r'^ganlab_api = "(\d+)(?:\.(\d+))?"$', path.read_text(encoding="utf-8"), re.MULTILINE)
        assert stated, path
        assert (int(stated[1]), int(stated[2] or 0)) <= (MAJOR, MINOR), path
