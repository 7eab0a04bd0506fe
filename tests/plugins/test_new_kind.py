"""A new kind of part is a record, its hook and its section; a new role is an entry of the table of places."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterable
from typing import Any, cast

import pytest
from pydantic import create_model

from ganlab_core import Component, GanlabError, load_recipe
from ganlab_core.interface import hookspecs
from ganlab_core.interface.kinds import KINDS, PLACES, Holds, PartKind, roles
from ganlab_core.plugins import load_plugins
from ganlab_core.recipe.schema import json_schema
from ganlab_core.recipe.settings import LossPart, Name, NetworkParts, Part, Recipe, part_model
from ganlab_core.testing.fixtures import Ganlab
from tests.plugins.conftest import Install

GIVES_CALLBACK = """
    @hookimpl
    def ganlab_callbacks(): yield Component(name='clap', factory=Part)
"""
GIVES_CRITIC = """
    @hookimpl
    def ganlab_networks(): yield Component(name='stern', role='critic', factory=Part)
"""


def ganlab_callbacks() -> Iterable[Component]:  # type: ignore[empty-body]
    """The new kind's hook."""


@pytest.fixture
def callbacks(monkeypatch: pytest.MonkeyPatch, install: Install) -> None:
    """One kind more, and a plugin that gives a part of it."""
    for verb in ("list", "show"):  # a verb offers the kinds that there are when it is imported
        today = importlib.import_module(f"ganlab_core.verbs.{verb}")
        monkeypatch.setattr(f"ganlab_core.verbs.{verb}", today)  # which comes back when the test is over
        monkeypatch.delitem(sys.modules, f"ganlab_core.verbs.{verb}")
    record = PartKind(name="callback", plural="callbacks", hook="ganlab_callbacks", section="callbacks")
    monkeypatch.setitem(cast("dict[str, PartKind]", KINDS), "callback", record)
    monkeypatch.setattr(hookspecs, "ganlab_callbacks", hookspecs.hookspec(ganlab_callbacks), raising=False)
    section: dict[str, Any] = {"callbacks": (dict[Name, Part], {})}
    extended = create_model("Recipe", __base__=Recipe, **section)
    for name, module in list(sys.modules.items()):
        if name.startswith("ganlab_core.recipe.") and hasattr(module, "Recipe"):
            monkeypatch.setattr(module, "Recipe", extended)
    install("applause", GIVES_CALLBACK)


@pytest.mark.usefixtures("callbacks")
def test_a_part_of_a_new_kind_is_staged_listed_and_shown(ganlab: Ganlab) -> None:
    entry = load_plugins({"GANLAB_PLUGINS": "applause"}).registries["callback"].get("clap")
    assert (str(entry), entry.settings) == ("callback clap", ("use",))
    assert "clap" in ganlab("list").out
    assert "clap  applause  A part." in ganlab("list", "callbacks").out
    assert "callback clap: A part." in ganlab("show", "callback", "clap").out
    assert "ganlab_callbacks" in ganlab("plugins").out


@pytest.mark.usefixtures("callbacks")
def test_a_recipe_s_part_of_a_new_kind_is_checked_and_completed() -> None:
    plugins = load_plugins({"GANLAB_PLUGINS": "applause"})
    recipe = load_recipe(overrides=["+callbacks.end.use=clap"], plugins=plugins)
    assert recipe.model_dump()["callbacks"]["end"] == {"use": "clap", "size": 3}
    with pytest.raises(GanlabError, match=r"callbacks\.end\.use: there is no callback 'clab'; did you mean 'clap'"):
        load_recipe(overrides=["+callbacks.end.use=clab"], plugins=plugins)
    with pytest.raises(GanlabError, match=r"callbacks\.end\.loud: unknown key\. It takes size, use"):
        load_recipe({"callbacks": {"end": {"use": "clap", "loud": 3}}}, plugins=plugins)


@pytest.mark.usefixtures("callbacks")
def test_editors_are_told_of_a_new_kind() -> None:
    schema = json_schema(load_plugins({"GANLAB_PLUGINS": "applause"}))
    assert "#/$defs/callback" in json.dumps(schema["properties"]["callbacks"])
    assert schema["$defs"]["callback"]["oneOf"][0]["title"] == "callback clap"


def test_a_new_role_may_be_given_required_and_asked_for(monkeypatch: pytest.MonkeyPatch, install: Install) -> None:
    monkeypatch.setitem(cast("dict[str, str]", PLACES), "critic", "critic")
    install("stern", GIVES_CRITIC)
    plugins = load_plugins({"GANLAB_PLUGINS": "stern", "GANLAB_STRICT_PLUGINS": "1"})
    assert str(plugins.registries["network"].get("stern", "critic")) == "network critic stern"
    assert "critic" in json_schema(plugins)["$defs"]
    with pytest.raises(GanlabError, match=r"networks\.critic\.use: there is no network 'stem' for the role critic"):
        load_recipe({"networks": {"critic": {"use": "stem"}}}, plugins=plugins)


def test_records_say_what_recipes_hold() -> None:
    assert set(NetworkParts.model_fields) == set(PLACES)
    assert roles() == ("generator", "trunk", "discriminator", "recognition")
    for name, kind in KINDS.items():
        assert name == kind.name
        assert kind.section in Recipe.model_fields
        assert {"use", *kind.settings} == set(part_model(kind.section).model_fields)
        assert set(kind.schedule) <= set(kind.settings)
        assert hasattr(hookspecs, kind.hook)
    assert part_model("losses") is LossPart
    assert [kind.name for kind in KINDS.values() if kind.holds is Holds.ONE] == ["dataset", "features"]
