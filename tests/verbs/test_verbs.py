"""Every verb through the command line, with the core's parts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from ganlab_core.interface.version import __version__
from ganlab_core.testing.fixtures import Ganlab

pytestmark = pytest.mark.bare

VERBS = ("train", "evaluate", "sample", "list", "show", "plugins", "validate", "schema")


def test_help_and_version_need_no_torch() -> None:
    script = (
        "import sys; sys.argv = ['ganlab', '{}']\n"
        "from ganlab_core.verbs.main import main\n"
        "try: main()\n"
        "finally: assert 'torch' not in sys.modules\n"
    )
    for option in ("--help", "--version"):
        done = subprocess.run([sys.executable, "-c", script.format(option)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert __version__ in done.stdout


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(ganlab: Ganlab, verb: str) -> None:
    help_text = ganlab(verb, "--help")
    assert help_text.code == 0
    assert "xample" in help_text.out
    assert f"ganlab {verb}" in help_text.out


def test_a_misspelt_verb_is_answered_with_the_nearest(ganlab: Ganlab) -> None:
    outcome = ganlab("trian")
    assert outcome.code == 2
    assert "Did you mean train?" in outcome.err


def test_train_trains_samples_and_evaluates_without_a_recipe_file(ganlab: Ganlab, tiny_file: Path) -> None:
    trained = ganlab("train", tiny_file, "--run", "run")
    assert trained.code == 0, trained.err
    assert "step 4/4" in trained.out
    assert "steps/s" in trained.out
    assert "images of 16 x 16 x 1" in trained.out
    assert "content hash" in trained.out
    assert "run/samples/00000004.png" in trained.out
    assert "tensorboard --logdir run/tensorboard" in trained.out

    sampled = ganlab("sample", "run", "--count", 4, "--grid", "grid.png")
    assert sampled.code == 0, sampled.err
    with Image.open("grid.png") as grid:
        assert grid.size == (102, 102)

    many = ganlab("sample", "run", "--count", 3, "--out", "many")
    assert many.code == 0, many.err
    assert sorted(path.name for path in Path("many").glob("*.png")) == ["00000.png", "00001.png", "00002.png"]
    again = ganlab("sample", "run", "--count", 3, "--out", "many")
    assert again.code == 1
    assert "error: --out many is not empty; name a folder that does not exist" in again.err

    evaluated = ganlab("evaluate", "run", "--json")
    assert evaluated.code == 0, evaluated.err
    assert json.loads(evaluated.out).keys() == {"diversity", "judge_accuracy", "seconds"}


def test_train_resumes_and_extends(ganlab: Ganlab, tiny_file: Path) -> None:
    assert ganlab("train", tiny_file, "--run", "run").code == 0
    extended = ganlab("train", "--resume", "run", "--steps", 6)
    assert extended.code == 0, extended.err
    assert Path("run/checkpoints/00000006").is_dir()


def test_resume_changes_the_recipe_in_a_fork_alone(ganlab: Ganlab, tiny_file: Path) -> None:
    assert ganlab("train", tiny_file, "--run", "run").code == 0
    outcome = ganlab("train", "--resume", "run", "--seed", 1)
    assert outcome.code == 1
    assert "seed: 0 -> 1" in outcome.err
    assert "--fork NEW" in outcome.err


def test_a_code_that_is_not_there_is_one_line(ganlab: Ganlab, tiny_file: Path) -> None:
    assert ganlab("train", tiny_file, "--prior", "categorical", "--run", "run").code == 0
    outcome = ganlab("sample", "run", "--code", 10)
    assert outcome.code == 1
    assert outcome.err.startswith("error: ")
    assert "10" in outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize("verb", ["evaluate", "sample"])
def test_a_folder_without_a_run_is_one_line(ganlab: Ganlab, verb: str) -> None:
    outcome = ganlab(verb, "nowhere")
    assert outcome.code == 1
    assert outcome.err == (
        "error: nowhere holds no run (there is no recipe.yaml); name a folder that `ganlab train` made\n"
    )


@pytest.mark.parametrize("verb", ["train", "validate", "report", "evaluate", "sample"])
def test_a_name_that_no_system_can_have_is_one_message(ganlab: Ganlab, verb: str) -> None:
    outcome = ganlab(verb, "a" * 5000)
    assert outcome.code == 1
    assert outcome.err.startswith("error: ")
    assert "Traceback" not in outcome.err


def test_debug_shows_the_traceback(ganlab: Ganlab) -> None:
    with pytest.raises(Exception, match="nowhere holds no run"):
        ganlab("--debug", "sample", "nowhere")


def test_list_names_parts_with_their_givers_and_summaries(ganlab: Ganlab) -> None:
    listed = ganlab("list")
    assert listed.code == 0, listed.err
    for name in ("dcgan", "categorical", "hinge", "digits", "core"):
        assert name in listed.out
    assert "hinge" not in ganlab("list", "priors").out


def test_show_tells_summary_giver_arguments_and_documentation(ganlab: Ganlab) -> None:
    shown = ganlab("show", "prior", "categorical")
    assert shown.code == 0, shown.err
    for text in ("given by plugin 'core' (ganlab", "classes", "10", "probabilities"):
        assert text in shown.out
    both = ganlab("show", "network", "dcgan").out
    assert "network generator dcgan" in both
    assert "network trunk dcgan" in both


def test_show_suggests_a_near_name(ganlab: Ganlab) -> None:
    outcome = ganlab("show", "loss", "hing")
    assert outcome.code == 1
    assert "error: there is no loss 'hing'; did you mean 'hinge'?" in outcome.err


def test_plugins_are_listed_for_people_and_programs(ganlab: Ganlab) -> None:
    shown = ganlab("plugins").out
    name, *of_core = shown.splitlines()[:6]
    lines = {line.split(maxsplit=1)[0]: line.split(maxsplit=1)[1] for line in of_core}
    assert name.startswith("core  ganlab ")
    assert lines["state"].strip() == "healthy"
    assert lines["prior"].split(", ")[0] == "normal"
    assert "trunk dcgan" in lines["network"]
    rows = json.loads(ganlab("plugins", "--json").out)
    assert rows[0]["name"] == "core"
    assert "ganlab_losses" in rows[0]["hooks"]
    assert rows[0]["healthy"] is True


def test_validate_checks_and_prints(ganlab: Ganlab, tiny_file: Path) -> None:
    assert ganlab("validate", tiny_file).out == "the recipe is valid\n"
    printed = ganlab("validate", tiny_file, "--seed", 7, "--print")
    assert "seed: 7" in printed.out


def test_validate_names_every_error_with_its_line(ganlab: Ganlab, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("batch_sise: 4\nlosses:\n  adversarial:\n    use: hing\n")
    outcome = ganlab("validate", "bad.yaml")
    assert outcome.code == 1
    assert "bad.yaml:1:1" in outcome.err
    assert "batch_size" in outcome.err
    assert "bad.yaml:4:" in outcome.err
    assert "hinge" in outcome.err


def test_schema_is_json(ganlab: Ganlab) -> None:
    assert json.loads(ganlab("schema").out)["type"] == "object"


@pytest.mark.parametrize("loss", ["hinge", "least-squares", "wasserstein", "r1", "r2", "gradient-penalty"])
def test_every_adversarial_loss_trains_by_its_name_alone(ganlab: Ganlab, loss: str) -> None:
    trained = ganlab("train", "--loss", loss, "--steps", 2, "--set", "batch_size=8", "--run", "run")
    assert trained.code == 0, trained.err


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (MemoryError(), "error: memory gave out (MemoryError); ask for less at a time"),
        (RuntimeError("[enforce fail] can't allocate memory: 9 bytes\nand more"), "error: memory gave out ([enforce"),
        (OverflowError("int too large"), "error: a number is too large for any memory (int too large); ask for less"),
        (OSError(12, "Cannot allocate memory"), "error: memory gave out ("),
    ],
)
def test_memory_that_gives_out_in_any_verb_is_one_message(
    ganlab: Ganlab, monkeypatch: pytest.MonkeyPatch, error: Exception, message: str
) -> None:
    def give_out(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("ganlab_core.runs.loaded.load_run", give_out)
    for verb in (("sample", "run"), ("evaluate", "run"), ("export", "run", "--out", "there")):
        outcome = ganlab(*verb)
        assert outcome.code == 1
        assert outcome.err.startswith(message)
        assert len(outcome.err.splitlines()) == 1


def test_a_fault_of_the_program_still_shows_where_it_is(ganlab: Ganlab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganlab_core.runs.loaded.load_run", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ganlab("sample", "run")
