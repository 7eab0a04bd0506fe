"""The job that tries the lowest versions tries every verb, and every requirement has a version to try."""

from __future__ import annotations

import re
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from ganlab_core.verbs.plugin import ganlab_verbs
from tests.conftest import REPOSITORY
from tests.lowest_versions import VERBS

PACKAGES = [REPOSITORY, *sorted((REPOSITORY / "plugins").glob("ganlab-*"))]


def requirements(package: Path) -> list[Requirement]:
    """What a package needs from elsewhere, extras included."""
    found = ConfigParser()
    assert found.read(package / "setup.cfg", encoding="utf-8")
    extras = found["options.extras_require"].values() if found.has_section("options.extras_require") else ()
    lines = "\n".join([found["options"].get("install_requires", ""), *extras]).splitlines()
    wanted = [Requirement(line) for line in lines if line.strip()]
    return [one for one in wanted if not one.name.startswith("ganlab")]


def test_every_verb_is_called() -> None:
    called = {arguments.split()[0] for arguments in VERBS}
    assert called == {verb.name for verb in ganlab_verbs()} | {"discover"}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_requirement_has_a_lowest_version(package: Path) -> None:
    for one in requirements(package):
        assert re.match(r">=|==", str(one.specifier)), f"{package.name}: {one} has no lower bound"


@pytest.mark.parametrize("package", PACKAGES[1:], ids=lambda package: package.name)
def test_no_plugin_promises_lower_versions_than_the_core(package: Path) -> None:
    core = {one.name: one for one in requirements(REPOSITORY)}
    for one in requirements(package):
        if one.name in core:
            lowest = str(one.specifier).removeprefix(">=")
            assert core[one.name].specifier.contains(lowest), f"{package.name}: {one} is below {core[one.name]}"
