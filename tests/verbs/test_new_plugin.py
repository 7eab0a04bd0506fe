"""`ganlab new plugin`: what it writes where, and what it refuses."""

from __future__ import annotations

import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from ganlab_core import GanlabError, load_plugins
from ganlab_core.interface.version import API_VERSION
from ganlab_core.testing.fixtures import Ganlab
from ganlab_core.verbs.new import scaffold
from ganlab_core.verbs.new.scaffold import SCAFFOLD_KINDS, ScaffoldKind, new_plugin

pytestmark = pytest.mark.bare


def test_it_writes_a_package_with_a_loss_and_says_what_to_do_next(ganlab: Ganlab) -> None:
    made = ganlab("new", "plugin", "mine")
    assert made.code == 0, made.err
    assert made.out == (
        "made ganlab-mine; edit ganlab-mine/ganlab_mine/loss.py, then\n"
        "  pip install -e ganlab-mine\n"
        "  ganlab train --loss mine\n"
    )
    files = {path.relative_to("ganlab-mine").as_posix() for path in Path("ganlab-mine").rglob("*") if path.is_file()}
    assert files == {
        ".github/workflows/ci.yml",
        ".gitignore",
        "README.md",
        "ganlab_mine/__init__.py",
        "ganlab_mine/loss.py",
        "ganlab_mine/plugin.py",
        "ganlab_mine/py.typed",
        "pyproject.toml",
        "setup.cfg",
        "tests/conftest.py",
        "tests/test_loss.py",
    }


@pytest.mark.parametrize("kind", SCAFFOLD_KINDS)
def test_names_are_filled_in_everywhere(tmp_path: Path, kind: ScaffoldKind) -> None:
    out = tmp_path / "inside" / "new"
    part = new_plugin("my-3rd-part", kind=kind, out=out, plugins=load_plugins())
    assert part == out / "ganlab_my_3rd_part" / f"{kind}.py"
    settings = ConfigParser()
    settings.read(out / "setup.cfg")
    assert settings["metadata"]["name"] == "ganlab-my-3rd-part"
    assert settings["options.entry_points"]["ganlab"].strip() == "my-3rd-part = ganlab_my_3rd_part.plugin"
    entry = part.with_name("plugin.py").read_text()
    assert f'ganlab_api = "{API_VERSION.partition(".")[0]}"' in entry
    assert 'Component(name="my-3rd-part"' in entry
    texts = "".join(path.read_text() for path in out.rglob("*") if path.is_file() and path.name != "ci.yml")
    assert "{{" not in texts
    assert "{%" not in texts
    assert not list(out.rglob("*.jinja"))


def test_the_folder_can_be_named(ganlab: Ganlab) -> None:
    assert ganlab("new", "plugin", "mine", "--kind", "prior", "--out", "here/it").code == 0
    assert Path("here/it/ganlab_mine/prior.py").is_file()


@pytest.mark.parametrize("kind", ["folder", "file", "dangling link"])
def test_nothing_is_overwritten(ganlab: Ganlab, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "ganlab-mine"
    if kind == "folder":
        path.mkdir()
    elif kind == "file":
        path.write_text("mine")
    else:
        path.symlink_to(tmp_path / "nowhere")
    outcome = ganlab("new", "plugin", "mine")
    assert outcome.code == 1
    assert outcome.err == (
        "error: ganlab-mine exists already, and nothing is overwritten; name another folder with `--out FOLDER`\n"
    )
    assert list(tmp_path.iterdir()) == [path]
    assert not path.is_dir() or not list(path.iterdir())


@pytest.mark.parametrize("name", ["Mine", "my_loss", "-mine", "mine-", "a--b", "../up", "", "é", "mine\n", "a" * 41])
def test_what_cannot_be_a_plugins_name_is_refused(ganlab: Ganlab, tmp_path: Path, name: str) -> None:
    outcome = ganlab("new", "plugin", "--", name)
    assert outcome.code == 1
    assert "a plugin's name is lower-case words and digits joined by hyphens, at most 40 characters" in outcome.err
    assert repr(name) in outcome.err
    assert "`my-loss`" in outcome.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["core", "elastic"])
def test_the_name_of_a_plugin_is_refused_even_of_one_that_is_not_loaded(
    ganlab: Ganlab, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("GANLAB_PLUGINS", "")
    outcome = ganlab("new", "plugin", name)
    assert outcome.code == 1
    assert f"there is a plugin {name!r} already" in outcome.err


def test_the_name_of_a_part_of_that_kind_is_refused(ganlab: Ganlab) -> None:
    outcome = ganlab("new", "plugin", "hinge", "--kind", "loss")
    assert outcome.code == 1
    assert "there is a loss 'hinge' already, given by plugin 'core' (ganlab " in outcome.err
    assert ganlab("new", "plugin", "hinge", "--kind", "prior").code == 0


def test_a_folder_that_cannot_be_made_is_one_line(ganlab: Ganlab, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    outcome = ganlab("new", "plugin", "mine", "--out", "file/mine")
    assert outcome.code == 1
    assert outcome.err.startswith("error: file/mine can't be made: ")


def test_the_template_is_no_package_of_its_own() -> None:
    assert not list(scaffold.TEMPLATE.rglob("*.py")), "it would be compiled when ganlab is installed"


def test_a_failure_leaves_no_folder_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import copier

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(copier, "run_copy", full)
    with pytest.raises(GanlabError, match="can't be made: No space left on device"):
        new_plugin("mine", kind="loss", out=tmp_path / "new", plugins=load_plugins({"GANLAB_PLUGINS": ""}))
    assert list(tmp_path.iterdir()) == []


def test_without_the_authors_extra_it_says_what_to_install(ganlab: Ganlab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "copier", None)
    outcome = ganlab("new", "plugin", "mine")
    assert outcome.code == 1
    assert outcome.err == (
        "error: `ganlab new` needs copier, which plugin authors alone need: pip install 'ganlab[author]'\n"
    )
    assert not Path("ganlab-mine").exists()
