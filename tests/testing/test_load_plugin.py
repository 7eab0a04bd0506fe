"""The fixture `load_plugin`: the core and one plugin, or the reason why it is not healthy."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

import ganlab_elastic.plugin
from ganlab_core import GanlabError
from ganlab_core.recipe.sources import list_recipes
from ganlab_core.testing.fixtures import LoadPlugin
from tests.plugins.conftest import PREAMBLE, Install

GIVES_PRIOR = """
@hookimpl
def ganlab_priors():
    yield Component(name='part', factory=Part)
"""
BROKEN_HOOK = """
@hookimpl
def ganlab_priors():
    raise ZeroDivisionError('oops')
"""
BROKEN_VERBS = """
@hookimpl
def ganlab_commands(cli):
    raise ZeroDivisionError('no verbs')
"""


def test_a_named_plugin_is_loaded_beside_the_core_alone(load_plugin: LoadPlugin, install: Install) -> None:
    install("other", GIVES_PRIOR)
    assert [status.name for status in load_plugin("other").statuses] == ["core", "other"]
    assert [status.name for status in load_plugin("elastic").statuses] == ["core", "elastic"]


def test_an_installed_plugins_module_loads_under_its_own_name(load_plugin: LoadPlugin) -> None:
    plugins = load_plugin(ganlab_elastic.plugin)
    assert [status.name for status in plugins.statuses] == ["core", "elastic"]
    assert "elastic/digits" in list_recipes(plugins)


def test_a_module_that_is_not_installed_loads_under_its_packages_name(
    load_plugin: LoadPlugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Fake_parts.py").write_text(PREAMBLE + GIVES_PRIOR)
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module("Fake_parts")
    monkeypatch.delitem(sys.modules, "Fake_parts")
    monkeypatch.setitem(sys.modules, "Fake_parts", module)
    assert load_plugin(module).registries["prior"].get("part").giver.plugin == "fake-parts"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (BROKEN_HOOK, "hook 'ganlab_priors': ZeroDivisionError: oops"),
        (BROKEN_VERBS, "hook 'ganlab_commands': ZeroDivisionError: no verbs"),
        ("raise ImportError('no such library')", "ImportError: no such library"),
        (GIVES_PRIOR.replace("'part'", "'Bad Name'"), "lower-case words"),
    ],
)
def test_a_plugin_that_is_not_healthy_raises_the_reason(
    load_plugin: LoadPlugin, install: Install, source: str, reason: str
) -> None:
    install("bad", source)
    with pytest.raises(GanlabError, match=f"plugin 'bad' .* is left out: .*{reason}"):
        load_plugin("bad")


def test_a_plugin_that_is_not_installed_raises_what_is(load_plugin: LoadPlugin) -> None:
    with pytest.raises(GanlabError, match="'elastik', and no such plugin is installed; did you mean 'elastic'"):
        load_plugin("elastik")
