"""However a plugin is packed, its recipes are found; and whatever it prints, stdout is the program's own."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ganlab_core import GanlabError, load_plugins, load_recipe
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.sources import list_recipes, summary_of
from ganlab_core.stock.datasets.counts_file import read_counts
from ganlab_core.system.stray_output import stray_output_to_stderr
from ganlab_core.testing.fixtures import Ganlab
from tests.plugins.conftest import Install

pytestmark = pytest.mark.bare

SOURCE = """
from pathlib import Path
from ganlab_core import Component, hookimpl

def nothing(*, size: int = 1):
    'Nothing.'

@hookimpl
def ganlab_metrics():
    yield Component(name="nothing", factory=nothing, companion=Path(__file__).with_name("companion.yaml"))
"""
FILES = {
    "acme/gan/plugin.py": SOURCE,
    "acme/gan/companion.yaml": "seed: 3\n",
    "acme/gan/recipes/small.yaml": "# A small one.\nextends: [parts/steps.yaml]\nseed: 5\n",
    "acme/gan/recipes/parts/steps.yaml": "steps: 7\n",
    "acme/gan/counts.csv": "1,2,3\n",
    "acme_gan-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: acme-gan\nVersion: 1.0\n",
    "acme_gan-1.0.dist-info/entry_points.txt": "[ganlab]\nacme = acme.gan.plugin\n",
}
Pack = Callable[[Path], list[Path]]


def regular(folder: Path) -> list[Path]:
    for name, text in {**FILES, "acme/__init__.py": "", "acme/gan/__init__.py": ""}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return [folder]


def namespace(folder: Path) -> list[Path]:
    (place,) = regular(folder)
    (place / "acme" / "__init__.py").unlink()
    (place / "acme" / "gan" / "__init__.py").unlink()
    return [place]


def namespace_in_two_folders(folder: Path) -> list[Path]:
    (place,) = namespace(folder)
    other = folder.with_name("other")
    (other / "acme" / "gan").mkdir(parents=True)
    (place / "acme" / "gan" / "recipes").rename(other / "acme" / "gan" / "recipes")
    return [place, other]


def zipped(folder: Path, pack: Pack = regular) -> list[Path]:
    (place,) = pack(folder)
    with zipfile.ZipFile(folder.with_suffix(".zip"), "w") as archive:
        for path in sorted(place.rglob("*")):
            archive.write(path, path.relative_to(place))
    return [folder.with_suffix(".zip")]


def zipped_namespace(folder: Path) -> list[Path]:
    return zipped(folder, namespace)


PACKED = [regular, namespace, namespace_in_two_folders, zipped, zipped_namespace]


@pytest.fixture
def packed(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plugins]:
    before = set(sys.modules)
    for place in request.param(tmp_path / "site"):
        monkeypatch.syspath_prepend(str(place))
    yield load_plugins({"GANLAB_PLUGINS": "acme", "GANLAB_STRICT_PLUGINS": "1"})
    for module in set(sys.modules) - before:
        if module.partition(".")[0] == "acme":
            del sys.modules[module]


@pytest.mark.parametrize("packed", PACKED, indirect=True, ids=lambda pack: pack.__name__)
def test_recipes_of_a_plugin_are_found_however_it_is_packed(packed: Plugins) -> None:
    found = list_recipes(packed)
    assert list(found) == ["core/default", "acme/small"]
    assert summary_of(found["acme/small"]) == "A small one."
    recipe = load_recipe("acme/small", plugins=packed)
    assert (recipe.seed, recipe.steps) == (5, 7)
    assert read_counts("acme:gan/counts.csv", 1) == (1, 2, 3)


@pytest.mark.parametrize("packed", [zipped], indirect=True, ids=["zipped"])
def test_a_companion_in_an_archive_is_read(packed: Plugins) -> None:
    found = [entry.component for entry in packed.registries["metric"] if entry.name == "nothing"]
    assert load_recipe(found[0].companion, plugins=packed).seed == 3


@pytest.mark.parametrize("packed", [zipped], indirect=True, ids=["zipped"])
def test_what_an_archive_lacks_and_an_archive_that_runs_no_code_are_no_recipe(packed: Plugins, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr("a.yaml", "steps: 3\n")
    for path in (tmp_path / "evil.zip" / "a.yaml", tmp_path / "site.zip" / "acme" / "gan" / "recipes" / "none.yaml"):
        with pytest.raises(GanlabError, match="can't be read"):
            load_recipe(path, plugins=packed)


PRINTS = """
    import os, subprocess, sys
    print("importing")
    os.write(1, b"importing by number\\n")
    subprocess.run([sys.executable, "-c", "print('a child')"])

    @hookimpl
    def ganlab_metrics():
        print("asked")
        yield Component(name="prints", factory=Part)
    """


@pytest.mark.parametrize("verb", [["schema"], ["plugins", "--json"], ["doctor", "--json"]], ids=" ".join)
def test_what_a_plugin_prints_does_not_spoil_json(
    install: Install, verb: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from ganlab_core.verbs.main import main

    install("noisy", PRINTS)
    monkeypatch.setenv("GANLAB_PLUGINS", "noisy")
    monkeypatch.setattr("sys.argv", ["ganlab", *verb])
    with suppress(SystemExit):
        main()
    out, err = capfd.readouterr()
    assert json.loads(out)
    for said in ("importing", "importing by number", "a child", "asked"):
        assert f"{said}\n" in err


def test_a_plugin_file_that_prints_spoils_nothing_either(ganlab: Ganlab, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from ganlab_core import hookimpl\nprint('loading')\n@hookimpl\ndef ganlab_losses():\n    return []\n"
    )
    outcome = ganlab("--plugin", "mine.py", "schema")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)
    assert "loading\n" in outcome.err


def test_stray_output_goes_to_stderr_and_what_follows_to_stdout(capfd: pytest.CaptureFixture[str]) -> None:
    print("before")
    with stray_output_to_stderr(), stray_output_to_stderr():
        print("stray")
        os.write(1, b"by number\n")
    print("after", flush=True)
    out, err = capfd.readouterr()
    assert out == "before\nafter\n"
    assert sorted(err.splitlines()) == ["by number", "stray"]
