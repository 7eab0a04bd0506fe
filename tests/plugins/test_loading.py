"""Which plugins load, when their hooks are called, and what importing the core costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import ganlab_core
from ganlab_core import GanlabError
from ganlab_core.plugins import load_plugins
from ganlab_core.recipe.load import load_recipe
from ganlab_core.recipe.sources import list_recipes
from tests.plugins.conftest import Install

pytestmark = pytest.mark.bare

CORE = Path(ganlab_core.__file__).parent
GIVES_PRIOR = "@hookimpl\ndef ganlab_priors(): yield Component(name='{}', factory=Part)"


def names(environ: dict[str, str]) -> list[str]:
    return [status.name for status in load_plugins(environ).statuses]


def test_every_installed_plugin_loads_when_nothing_is_said(install: Install) -> None:
    install("zeta", GIVES_PRIOR.format("z"))
    install("beta", GIVES_PRIOR.format("b"))
    found = names({})
    assert found[0] == "core"
    assert found.index("beta") < found.index("zeta")


@pytest.mark.parametrize(("chosen", "loaded"), [("", []), (" , ", []), ("b", ["b"]), ("b, a", ["a", "b"])])
def test_ganlab_plugins_names_those_that_load(install: Install, chosen: str, loaded: list[str]) -> None:
    install("a", GIVES_PRIOR.format("x"))
    install("b", GIVES_PRIOR.format("y"))
    assert names({"GANLAB_PLUGINS": chosen}) == ["core", *loaded]


def test_an_unknown_name_in_ganlab_plugins_is_an_error_with_a_near_miss(install: Install) -> None:
    install("stretchy", GIVES_PRIOR.format("x"))
    with pytest.raises(GanlabError, match=r"GANLAB_PLUGINS names 'strechy'.* did you mean 'stretchy'\?; installed: "):
        load_plugins({"GANLAB_PLUGINS": "strechy"})


def test_an_odd_value_of_the_strict_switch_is_an_error() -> None:
    with pytest.raises(GanlabError, match="GANLAB_STRICT_PLUGINS='yes': set it to 1"):
        load_plugins({"GANLAB_PLUGINS": "", "GANLAB_STRICT_PLUGINS": "yes"})


def test_parts_are_asked_for_only_when_the_registries_are(install: Install) -> None:
    install("lazy", "asked = []\n" + GIVES_PRIOR.format("x").replace("yield", "asked.append(1); yield"))
    plugins = load_plugins({"GANLAB_PLUGINS": "lazy"})
    asked = sys.modules["fake_lazy.plugin"].asked
    assert asked == []
    assert plugins.registries["prior"].get("x").giver.distribution == "fake-lazy"
    _ = plugins.registries, plugins.statuses
    assert asked == [1]


def test_a_status_says_hooks_parts_and_version(install: Install) -> None:
    install("good", GIVES_PRIOR.format("x") + "\n@hookimpl\ndef ganlab_run_started(event): pass")
    status = load_plugins({"GANLAB_PLUGINS": "good"}).statuses[1]
    assert (status.distribution, status.version, status.healthy, status.reason) == ("fake-good", "1.2", True, "")
    assert status.hooks == ("ganlab_priors", "ganlab_run_started")
    assert status.parts == ("prior x",)


def test_a_plugin_ships_recipes_in_a_folder_beside_its_module(install: Install) -> None:
    recipe = "prior: {code: {use: categorical, classes: 4}}\n"
    install("good", GIVES_PRIOR.format("x"), recipes={"four.yaml": recipe, "notes.txt": ""})
    plugins = load_plugins({"GANLAB_PLUGINS": "good"})
    assert list(list_recipes(plugins)) == ["core/default", "good/four"]
    assert load_recipe("good/four", plugins=plugins).prior["code"].arguments["classes"] == 4


def test_a_plugin_part_trains_from_a_recipe_like_any_other(install: Install) -> None:
    install("good", GIVES_PRIOR.format("x"))
    plugins = load_plugins({"GANLAB_PLUGINS": "good"})
    part = load_recipe(prior="x", overrides=["prior.code.size=7"], plugins=plugins).prior["code"]
    assert plugins.registries["prior"].get(part.use).build(part.arguments).size == 7


@pytest.mark.parametrize("module", ["ganlab_core", "ganlab_core.plugins", "ganlab_core.recipe.load"])
def test_importing_and_loading_plugins_imports_no_torch(module: str) -> None:
    code = f"import sys, {module}; import ganlab_core.plugins as p; p.load_plugins(); print('torch' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=CORE.parent, check=True)
    assert result.stdout.strip() == "False"


def test_the_core_never_imports_the_elastic_plugin() -> None:
    files = list(CORE.rglob("*.py"))
    imported = {
        name
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [node.value]
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            else []
        )
    }
    assert len(files) > 40
    assert not [name for name in imported if name.split(".")[0] == "ganlab_elastic"]
