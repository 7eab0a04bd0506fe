"""`--plugin FILE`: on any verb, kept with the run, and not run again from a run folder that nobody trusts."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from pathlib import Path

import click
import pytest

from ganlab_core.testing.fixtures import Ganlab
from ganlab_core.verbs.command_line.plugin_option import take_plugin_files

LOSS = '''
from pathlib import Path

from ganlab_core import Component, hookimpl

Path("ran.txt").touch()


class Distance:
    """Squared distance of the mean features."""

    def generator(self, step):
        real, fake = step.features("real", "fake")
        return (real.mean(0) - fake.mean(0)).square().sum()


@hookimpl
def ganlab_losses():
    yield Component(name="distance", factory=Distance)
'''


@pytest.fixture
def loss_file(tmp_path: Path) -> Path:
    """A plugin file in the folder where `ganlab` is called; it leaves `ran.txt` there when it runs."""
    path = tmp_path / "my_loss.py"
    path.write_text(LOSS)
    return path


@pytest.fixture
def run(ganlab: Ganlab, tiny_file: Path, loss_file: Path) -> Path:
    """A run that was trained with the plugin file, which is gone since."""
    trained = ganlab("train", tiny_file, "--loss", "distance", "--plugin", loss_file.name, "--run", "run")
    assert trained.code == 0, trained.err
    loss_file.unlink()
    Path("ran.txt").unlink()
    return Path("run")


@pytest.mark.parametrize(
    ("given", "left", "files"),
    [
        ("--plugin a.py list losses", "list losses", ["a.py"]),
        ("list --plugin a.py losses", "list losses", ["a.py"]),
        ("list losses --plugin=a.py --plugin b/c.py", "list losses", ["a.py", "b/c.py"]),
        ("train -- --plugin a.py", "train -- --plugin a.py", []),
        ("new plugin mine", "new plugin mine", []),
    ],
)
def test_it_may_stand_anywhere_before_a_double_dash(given: str, left: str, files: list[str]) -> None:
    assert take_plugin_files(given.split()) == (left.split(), [Path(file) for file in files])


@pytest.mark.parametrize("given", ["list --plugin", "list --plugin="])
def test_without_a_file_it_is_a_usage_error(ganlab: Ganlab, given: str) -> None:
    with pytest.raises(click.UsageError, match="--plugin names no file"):
        take_plugin_files(given.split())
    assert ganlab(*given.split()).code == 2


def test_its_parts_are_listed_and_shown_with_the_file_as_giver(
    ganlab: Ganlab, loss_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    listed = ganlab("--plugin", loss_file.name, "list", "losses")
    assert any(line.split()[:2] == ["distance", "my-loss"] for line in listed.out.splitlines())
    assert (
        "given by plugin 'my-loss' (my_loss.py sha256 " in ganlab("show", "loss", "distance", "--plugin=my_loss.py").out
    )
    said = [record for record in caplog.records if record.levelno == logging.INFO and record.name == "ganlab"]
    assert "plugin 'my-loss' (my_loss.py sha256 " in said[0].getMessage()
    assert "my-loss" not in ganlab("list", "losses").out


def test_its_verbs_are_those_of_this_call_alone(ganlab: Ganlab, tmp_path: Path) -> None:
    (tmp_path / "greeter.py").write_text(
        "import click\nfrom ganlab_core import hookimpl\n"
        "@hookimpl\ndef ganlab_commands(cli):\n"
        "    @cli.command()\n    def greet():\n        click.echo('hello')\n"
    )
    for _ in range(2):
        assert ganlab("greet", "--plugin", "greeter.py").out == "hello\n"
    assert ganlab("greet").code == 2


def test_it_is_in_the_help(ganlab: Ganlab) -> None:
    assert "--plugin FILE" in ganlab("--help").out


def test_a_file_that_fails_is_one_line_and_ends_the_program(ganlab: Ganlab, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("1 / 0")
    outcome = ganlab("list", "losses", "--plugin", "broken.py")
    assert outcome.code == 1
    assert outcome.err == "error: --plugin broken.py: ZeroDivisionError: division by zero\n"
    assert outcome.out == ""


def test_training_keeps_the_file_and_its_hash_in_the_run_folder(run: Path) -> None:
    assert (run / "plugins" / "my_loss.py").read_text() == LOSS
    index = json.loads((run / "plugins" / "plugins.json").read_text())
    assert index == {"my-loss": {"file": "my_loss.py", "sha256": hashlib.sha256(LOSS.encode()).hexdigest()}}


def test_a_run_without_plugin_files_has_no_folder_for_them(ganlab: Ganlab, tiny_file: Path) -> None:
    assert ganlab("train", tiny_file, "--run", "run").code == 0
    assert not Path("run/plugins").exists()


@pytest.mark.parametrize("verb", [("sample", "run"), ("evaluate", "run"), ("train", "--steps", "6", "--resume", "run")])
def test_a_later_verb_does_not_run_the_copy_by_itself_and_says_how_to_trust_it(
    ganlab: Ganlab, run: Path, verb: tuple[str, ...]
) -> None:
    refused = ganlab(*verb)
    assert refused.code == 1
    assert "there is no loss 'distance'" in refused.err
    assert "run was trained with the plugin file my_loss.py (sha256 " in refused.err
    assert "give `--plugin run/plugins/my_loss.py` to trust it" in refused.err
    assert not Path("ran.txt").exists()
    trusted = ganlab(*verb, "--plugin", "run/plugins/my_loss.py")
    assert trusted.code == 0, trusted.err
    assert Path("ran.txt").exists()


def test_a_fork_keeps_the_file_too(ganlab: Ganlab, run: Path) -> None:
    forked = ganlab("train", "--resume", run, "--fork", "fork", "--plugin", "run/plugins/my_loss.py", "--steps", 6)
    assert forked.code == 0, forked.err
    assert Path("fork/plugins/my_loss.py").read_text() == LOSS


def test_a_copy_that_has_changed_is_refused_before_it_runs(ganlab: Ganlab, run: Path) -> None:
    (run / "plugins" / "my_loss.py").write_text(LOSS + "\n# changed")
    outcome = ganlab("sample", "run", "--plugin", "run/plugins/my_loss.py")
    assert outcome.code == 1
    assert "run/plugins/my_loss.py: it has changed since the run began: its SHA-256 is " in outcome.err
    assert not Path("ran.txt").exists()


def test_another_version_of_the_file_is_refused(ganlab: Ganlab, run: Path, loss_file: Path) -> None:
    loss_file.write_text(LOSS.replace(".sum()", ".mean()"))
    outcome = ganlab("train", "--resume", "run", "--steps", 6, "--plugin", "my_loss.py")
    assert outcome.code == 1
    assert "and this is another version of it; give `--plugin run/plugins/my_loss.py`" in outcome.err


def test_the_same_file_from_elsewhere_is_as_good_as_the_copy(ganlab: Ganlab, run: Path, loss_file: Path) -> None:
    loss_file.write_text(LOSS)
    assert ganlab("sample", "run", "--plugin", "my_loss.py").code == 0


def test_parts_that_come_from_elsewhere_need_no_trust_but_it_is_said(
    ganlab: Ganlab, run: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copy("run/plugins/my_loss.py", "packaged.py")
    assert ganlab("sample", "run", "--plugin", "packaged.py").code == 0
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "trained with the plugin file my_loss.py" in warnings[0]
    assert "goes on without it; its parts come from elsewhere" in warnings[0]


@pytest.mark.parametrize(
    "index",
    ["{", "[]", '{"my-loss": {"file": "../../x.py", "sha256": "00"}}', '{"my-loss": {"file": "a.py"}}'],
    ids=["no JSON", "a list", "a path", "no hash"],
)
def test_a_damaged_index_is_one_line(ganlab: Ganlab, run: Path, index: str) -> None:
    (run / "plugins" / "plugins.json").write_text(index)
    outcome = ganlab("sample", "run")
    assert outcome.code == 1
    assert outcome.err.startswith("error: run/plugins/plugins.json can't be read; ")


@pytest.mark.slow
def test_a_benchmark_hands_the_file_to_its_runs(ganlab: Ganlab, tiny_file: Path, loss_file: Path) -> None:
    recipe = tiny_file.read_text().replace("losses:", "losses:\n  distance: {use: distance}")
    tiny_file.write_text(recipe)
    outcome = ganlab("benchmark", tiny_file, "--plugin", loss_file, "--out", "results", "--set", "steps=2")
    assert outcome.code == 0, outcome.err + outcome.out
    assert len(list(Path("results/runs").glob("**/plugins/my_loss.py"))) == 1
