"""A part that a known package gives, but no loaded plugin: the message says what to install."""

from __future__ import annotations

import sys
from configparser import ConfigParser
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from ganlab_core import GanlabError
from ganlab_core.interface.kinds import Kind
from ganlab_core.plugins import Plugins, known, load_plugins
from ganlab_core.recipe.load import load_recipe
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.bare

PACKAGES = sorted(path.parent for path in (REPOSITORY / "plugins").glob("*/setup.cfg"))


@pytest.fixture
def not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine that has ganlab alone."""
    monkeypatch.setattr(known, "_is_installed", lambda distribution: False)


def refusal(kind: Kind, name: str) -> str:
    with pytest.raises(GanlabError) as error:
        load_plugins({"GANLAB_PLUGINS": ""}).registries[kind].get(name)
    return str(error.value)


@pytest.mark.usefixtures("not_installed")
def test_a_part_of_a_package_that_is_not_installed_says_how_to_install_it() -> None:
    assert refusal("loss", "lecam") == (
        "there is no loss 'lecam': it is given by ganlab-stabilize, which is not installed; in the folder of ganlab's "
        "sources: `pip install ./plugins/ganlab-stabilize`"
    )
    assert "ganlab-resnet, which is not installed" in refusal("network", "resnet")


def test_a_part_of_a_package_that_is_installed_and_did_not_load_says_where_to_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(known, "_is_installed", lambda distribution: True)
    assert refusal("metric", "fid") == (
        "there is no metric 'fid': it is given by ganlab-fid, which is installed but not loaded; "
        "`ganlab plugins` says why"
    )


@pytest.mark.usefixtures("not_installed")
def test_a_recipe_that_names_such_a_part_is_told_so_at_its_line() -> None:
    with pytest.raises(
        GanlabError, match=r"networks.generator.use: .*'resnet' for the role generator: it is given by "
    ):
        load_recipe({"networks": {"generator": {"use": "resnet"}}}, plugins=load_plugins({"GANLAB_PLUGINS": ""}))


@pytest.mark.usefixtures("not_installed")
def test_a_name_of_another_kind_or_role_is_not_mistaken_for_it() -> None:
    assert "it is given by" not in refusal("prior", "lecam")
    with pytest.raises(GanlabError, match="there is no network 'resnet' for the role recognition\\. There is"):
        load_plugins({"GANLAB_PLUGINS": ""}).registries["network"].get("resnet", "recognition")


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_the_table_holds_every_part_that_a_package_here_gives(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = ConfigParser()
    settings.read(package / "setup.cfg")
    name, module = settings["options.entry_points"]["ganlab"].strip().split(" = ")
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(package))
    plugins = Plugins(strict=True)
    plugins.admit(EntryPoint(name, module, "ganlab"))
    given = {
        (kind, entry.component.role, entry.name)
        for kind, registry in plugins.registries.items()
        for entry in registry
        if entry.giver.plugin == name
    }
    assert given == {part for part, distribution in known.KNOWN.items() if distribution == settings["metadata"]["name"]}
    for loaded in set(sys.modules) - before:
        if loaded.partition(".")[0] == module.partition(".")[0]:
            del sys.modules[loaded]
