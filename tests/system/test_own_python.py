"""Another Python like this one: it finds what this one finds, and nothing in the working folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ganlab_core.system.own_python import forget_working_folder, python_main

HOME = Path(__file__).parents[2]


def test_nothing_in_the_working_folder_runs(tmp_path: Path) -> None:
    for name in ("json", "threading", "argparse", "sitecustomize", "ganlab_core"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a stranger')")
    (tmp_path / "some.json").write_text("[1]")
    command = python_main("json.tool", "--compact", "some.json")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[1]\n", "")


def test_the_user_s_own_path_is_kept_and_ganlab_is_found(tmp_path: Path) -> None:
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "mine.py").write_text("import ganlab_core, sys\ndef main(): print(sys.argv[1:])")
    kept = {**os.environ, "PYTHONPATH": str(tmp_path / "path")}
    done = subprocess.run(python_main("mine", "one"), cwd=tmp_path, env=kept, capture_output=True, text=True)
    assert done.stdout == "['one']\n", done.stderr


def test_python_m_forgets_the_working_folder_but_where_ganlab_lies(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [os.getcwd(), "elsewhere"])
    forget_working_folder()
    assert sys.path == ["elsewhere"]
    forget_working_folder()
    assert sys.path == ["elsewhere"]
    monkeypatch.chdir(HOME)
    monkeypatch.setattr(sys, "path", [os.getcwd(), "elsewhere"])
    forget_working_folder()
    assert sys.path == [str(HOME), "elsewhere"]
