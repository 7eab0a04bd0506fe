"""A run folder may be a stranger's: what it says of a download makes no folder and asks no network, in any verb."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from ganlab_core.testing.fixtures import Ganlab
from tests.verbs.coded_run import coded_run

pytestmark = pytest.mark.bare

WHERE = ("train/data.csv",)
VERBS: Sequence[Sequence[str]] = (
    ("evaluate", "run"),
    ("report", "run", "--out", "report.html"),
    ("assign", "run", "--out", "codes.csv"),
    ("assign", "run", "mnist", "--out", "codes.csv", "--set", "dataset.download=true"),
    ("balance", "run", "--out", "balanced"),
    ("sample", "run"),
    ("traverse", "run", "--out", "codes.png"),
    ("export", "run", "--out", "model"),
    ("compare", "run", "run"),
    ("doctor", "run"),
    ("train", "--resume", "run", "--steps", "4"),
    ("train", "--resume", "run", "--fork", "fork", "--steps", "4"),
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose recipe was changed to download."""
    from tests.tiny import TINY

    folder = coded_run(TINY, tmp_path_factory.mktemp("runs") / "run")
    recipe = yaml.safe_load((folder / "recipe.yaml").read_text())
    recipe["dataset"] = {"use": "mnist", "root": "elsewhere", "download": True, "size": 16}
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    return folder


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Whatever asks it is noted."""
    asked: list[Any] = []

    def refuse(*arguments: Any, **named: Any) -> None:
        asked.append(arguments)
        raise OSError("there is no network here")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return asked


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: " ".join(verb[:3]))
def test_a_verb_that_reads_a_run_downloads_nothing(
    ganlab: Ganlab, run: Path, no_network: list[Any], verb: Sequence[str], tmp_path: Path
) -> None:
    (tmp_path / "run").symlink_to(run)
    outcome = ganlab(*verb)
    assert no_network == []
    assert not (tmp_path / "elsewhere").exists()
    if outcome.code:
        assert "Traceback" not in outcome.err
        told = outcome.out + outcome.err
        assert re.search("download: true. is set, and not followed.*`ganlab train RECIPE --run NEW`", told)


def test_a_new_run_of_one_s_own_recipe_downloads(ganlab: Ganlab, no_network: list[Any], tmp_path: Path) -> None:
    options = ["--set", "dataset.root=elsewhere", "--set", "dataset.download=true"]
    outcome = ganlab("train", "--dataset", "mnist", *options, "--run", "new")
    assert outcome.code == 1
    assert f"mnist: the download into root '{Path.cwd() / 'elsewhere'}' failed" in outcome.err
    assert no_network
