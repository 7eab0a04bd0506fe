"""One Python file as a plugin: how it is named, loaded and refused."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest

from ganlab_core import GanlabError
from ganlab_core.plugins import Plugins, load_plugins
from tests.plugins.conftest import PREAMBLE, Install

GIVES = PREAMBLE + "@hookimpl\ndef ganlab_priors(): yield Component(name={!r}, factory=Part)\n"
ALONE = {"GANLAB_PLUGINS": ""}


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def load(*files: Path) -> Plugins:
    return load_plugins(ALONE, files=files)


def test_its_parts_are_given_by_a_plugin_of_the_files_name_path_and_hash(tmp_path: Path) -> None:
    path = write(tmp_path / "my_prior.py", GIVES.format("mine"))
    plugins = load(path)
    (file,) = plugins.files
    entry = plugins.registries["prior"].get("mine")
    assert entry.giver.plugin == "my-prior"
    assert str(entry.giver) == f"plugin 'my-prior' ({path} sha256 {file.sha256[:12]})"
    assert entry.build({"size": 7}).size == 7
    assert plugins.statuses[1].hooks == ("ganlab_priors",)


def test_it_is_said_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="ganlab")
    path = write(tmp_path / "mine.py", GIVES.format("mine"))
    load(path)
    assert [record.getMessage().partition(" (")[0] for record in caplog.records] == ["plugin 'mine'"]
    assert caplog.records[0].getMessage().endswith("is loaded from its file")


def test_two_files_load_side_by_side(tmp_path: Path) -> None:
    first = write(tmp_path / "first.py", GIVES.format("one"))
    second = write(tmp_path / "second.py", GIVES.format("two"))
    assert {"one", "two"} <= set(load(first, second).registries["prior"].names())


def test_dataclasses_and_their_own_future_imports_work_in_it(tmp_path: Path) -> None:
    text = GIVES.format("mine").replace("from __future__ import annotations\n", "import dataclasses\n")
    path = write(tmp_path / "mine.py", f"{text}\n@dataclasses.dataclass\nclass Point:\n    x: int = 1\n")
    (file,) = load(path).files
    module = sys.modules[f"ganlab_plugin_file_mine_{file.sha256[:12]}"]
    assert module.Point.__annotations__ == {"x": int}


@pytest.mark.parametrize("name", ["Mine.py", "mine.txt", "mine", "my mine.py", "_.py", "a__b.py", "é.py"])
def test_a_file_whose_name_is_no_plugins_name_is_refused(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, GIVES.format("mine"))
    with pytest.raises(GanlabError, match=r"a plugin file is called NAME\.py"):
        load(path)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(GanlabError, match=r"--plugin .*gone\.py: it can't be read: No such file or directory"):
        load(tmp_path / "gone.py")
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(GanlabError, match="it can't be read: it is no regular file"):
        load(tmp_path / "folder.py")


BROKEN = {
    "raises": ("1 / 0", "ZeroDivisionError: division by zero"),
    "leaves": ("raise SystemExit(0)", "SystemExit: 0"),
    "syntax error": ("def :", "SyntaxError"),
    "null bytes": ("x = 1\0", "null bytes"),
    "no hook": ("x = 1", "it implements no hook"),
    "other version": ("ganlab_api = '9'", "it is made for version 9 of ganlab's plugin interface"),
    "other version, and raises": ("ganlab_api = '9'\nimport gone", "it is made for version 9 of"),
    "parts": (GIVES.format("../x"), "a name is lower-case words"),
    "taken part": (GIVES.format("normal"), "prior normal is already given by plugin 'core'"),
}


@pytest.mark.parametrize(("text", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_fails_ends_the_program_though_an_installed_plugin_would_not(
    tmp_path: Path, text: str, reason: str
) -> None:
    path = write(tmp_path / "broken.py", text)
    with pytest.raises(GanlabError) as error:
        _ = load(path).registries
    assert str(error.value).startswith(f"--plugin {path}: ")
    assert reason in str(error.value)


def test_a_file_that_fails_leaves_no_module_behind(tmp_path: Path) -> None:
    path = write(tmp_path / "gone_again.py", "1 / 0")
    with pytest.raises(GanlabError):
        load(path)
    assert not [name for name in sys.modules if name.startswith("ganlab_plugin_file_gone_again")]


def test_a_file_that_raises_during_a_run_is_left_out_like_any_plugin(tmp_path: Path) -> None:
    path = write(tmp_path / "late.py", PREAMBLE + "@hookimpl\ndef ganlab_step_finished(event): 1 / 0\n")
    plugins = load(path)
    plugins.notify("ganlab_step_finished", event=1)
    assert not plugins.statuses[1].healthy


def test_a_name_that_is_taken_is_refused(install: Install, tmp_path: Path) -> None:
    install("mine", "@hookimpl\ndef ganlab_priors(): yield Component(name='installed', factory=Part)")
    path = write(tmp_path / "mine.py", GIVES.format("mine"))
    with pytest.raises(
        GanlabError, match=r"its name is already that of plugin 'mine' \(fake-mine 1.2\); rename the file"
    ):
        load_plugins({"GANLAB_PLUGINS": "mine"}, files=[path])
