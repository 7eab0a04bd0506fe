"""`ganlab doctor`, of the machine and of run folders in every state."""

from __future__ import annotations

import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ganlab_core.system.locking import locked
from ganlab_core.testing.fixtures import Ganlab, Outcome

pytestmark = pytest.mark.bare


@pytest.fixture
def run(ganlab: Ganlab, tiny_file: Path) -> Path:
    """A finished run of four steps, with checkpoints at two and four."""
    trained = ganlab("train", tiny_file, "--run", "run")
    assert trained.code == 0, trained.err
    return Path("run")


def findings(outcome: Outcome, section: str) -> dict[str, dict[str, Any]]:
    """A section of the JSON by name."""
    return {finding["name"]: finding for finding in json.loads(outcome.out)["sections"][section]}


def contents(folder: Path) -> dict[Path, tuple[int, bytes]]:
    """Everything in a folder, with times of change."""
    return {path: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"") for path in folder.rglob("*")}


def test_help_has_an_example(ganlab: Ganlab) -> None:
    assert (
        "Examples: `ganlab doctor`, `ganlab doctor runs/digits-elastic-seed0 --json`." in ganlab("doctor", "--help").out
    )


def test_a_sound_machine_is_fine(ganlab: Ganlab) -> None:
    outcome = ganlab("doctor")
    assert outcome.code == 0, outcome.out
    assert outcome.out.splitlines()[-1] == "nothing here would stop a run"
    machine = ganlab("doctor", "--json")
    assert machine.code == 0
    assert list(json.loads(machine.out)) == ["fine", "run", "sections"]
    assert findings(machine, "versions")["torch"]["state"] == "fine"
    assert findings(machine, "devices")["cpu"]["state"] == "fine"
    assert findings(machine, "threads")["torch threads"]["value"] == 1
    assert findings(machine, "plugins")["core"]["value"]["distribution"] == "ganlab"
    assert findings(machine, "disk")["space"]["value"]["checkpoint"] > 1e6
    assert list(Path().iterdir()) == []


def test_a_place_for_runs_that_is_a_file_stops(ganlab: Ganlab) -> None:
    Path("runs").write_text("no folder")
    outcome = ganlab("doctor")
    assert outcome.code == 1
    assert "runs is a file, so runs cannot be written; name another folder with `--run`" in outcome.out
    assert outcome.out.splitlines()[-1] == "1 of these would stop a run"


def test_a_plugin_that_fails_is_named(ganlab: Ganlab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "site" / "broken-1.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[ganlab]\nbroken = no_such_module\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.delenv("GANLAB_PLUGINS", raising=False)
    outcome = ganlab("doctor", "--json")
    broken = findings(outcome, "plugins")["broken"]
    assert outcome.code == 0
    assert broken["state"] == "note"
    assert "broken 1.0 is left out: ModuleNotFoundError: No module named 'no_such_module'" in broken["text"]


def test_a_finished_run_is_whole_and_the_command_given_extends_it(ganlab: Ganlab, run: Path) -> None:
    before = contents(run)
    outcome = ganlab("doctor", run, "--json")
    assert outcome.code == 0, outcome.out
    assert contents(run) == before
    found = findings(outcome, "run")
    assert found["lock"]["value"] == {"state": "free"}
    assert [found[f"checkpoint {step}"]["value"]["whole"] for step in (2, 4)] == [True, True]
    assert found["data"]["text"] == "digits, 887 images, as the run was trained on"
    assert found["same bits"]["text"] == "as the run began, as many threads included: 1"
    assert found["resume"]["value"]["step"] == 4
    program, *arguments = shlex.split(found["resume"]["value"]["command"])
    assert program == "ganlab"
    assert ganlab(*arguments).code == 0
    assert (run / "checkpoints/00000008").is_dir()


def test_a_run_that_was_interrupted_goes_on_with_the_command_given(ganlab: Ganlab, run: Path) -> None:
    shutil.rmtree(run / "checkpoints/00000004")
    found = findings(ganlab("doctor", run, "--json"), "run")
    assert found["resume"]["text"] == "from step 2 of 4: ganlab train --resume run"
    assert ganlab(*shlex.split(found["resume"]["value"]["command"])[1:]).code == 0
    assert (run / "checkpoints/00000004").is_dir()


def test_what_keeps_a_resume_from_the_same_bits_is_a_note(ganlab: Ganlab, run: Path) -> None:
    environment = run / "environment.json"
    known = json.loads(environment.read_text())
    known["process"] |= {"processor": "Cray-1", "threads": "2"}
    environment.write_text(json.dumps(known))
    found = findings(ganlab("doctor", run, "--json"), "run")["same bits"]
    assert found["state"] == "note"
    assert "not from here on: the run began with processor 'Cray-1', and now it is" in found["text"]
    environment.write_text("{}")
    found = findings(ganlab("doctor", run, "--json"), "run")["same bits"]
    assert found["text"] == "the run does not say with how many threads it began; here it takes 1"


def test_a_damaged_checkpoint_is_named_and_the_one_before_is_used(ganlab: Ganlab, run: Path) -> None:
    weights = run / "checkpoints/00000004/weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")
    before = contents(run)
    outcome = ganlab("doctor", run, "--json")
    assert (outcome.code, contents(run)) == (0, before)
    found = findings(outcome, "run")
    assert found["checkpoint 4"]["state"] == "note"
    assert "weights.safetensors" in found["checkpoint 4"]["text"]
    assert found["resume"]["value"]["step"] == 2


def test_a_run_whose_every_checkpoint_is_damaged_stops(ganlab: Ganlab, run: Path) -> None:
    for manifest in run.glob("checkpoints/*/manifest.json"):
        manifest.write_text("{}")
    outcome = ganlab("doctor", run)
    assert outcome.code == 1
    assert "every checkpoint is damaged; train it again: ganlab train run/recipe.yaml" in outcome.out


def test_a_run_without_a_checkpoint_begins_at_step_0(ganlab: Ganlab, run: Path) -> None:
    shutil.rmtree(run / "checkpoints")
    outcome = ganlab("doctor", run, "--json")
    assert outcome.code == 0, outcome.out
    found = findings(outcome, "run")
    assert found["resume"]["text"] == "from step 0 of 4: ganlab train --resume run"
    assert 0 < found["space"]["value"]["checkpoint"] < 1e6


def test_of_a_run_that_leads_out_of_its_folder_nothing_is_looked_at(ganlab: Ganlab, run: Path) -> None:
    (run / "leak").symlink_to("/")
    outcome = ganlab("doctor", run, "--json")
    assert outcome.code == 1
    found = findings(outcome, "run")
    assert found.keys() == {"folder"}
    assert "is a link that leads out of the run folder" in found["folder"]["text"]


def test_what_is_missing_for_a_resume_is_said(ganlab: Ganlab, run: Path) -> None:
    recipe = yaml.safe_load((run / "recipe.yaml").read_text())
    other_data = recipe | {"dataset": recipe["dataset"] | {"imbalance": {"ratio": 2.0}}, "device": "cuda:99"}
    (run / "recipe.yaml").write_text(yaml.safe_dump(other_data))
    outcome = ganlab("doctor", run, "--json")
    assert outcome.code == 1
    found = findings(outcome, "run")
    assert "holds other images than run was trained on" in found["data"]["text"]
    assert found["device"]["way_out"] == "ganlab train --resume run --device auto"

    (run / "recipe.yaml").write_text(yaml.safe_dump(recipe | {"losses": {"adversarial": {"use": "no-such-loss"}}}))
    unknown = ganlab("doctor", run, "--json")
    assert unknown.code == 1
    assert "no-such-loss" in findings(unknown, "run")["recipe"]["text"]


def test_rollbacks_are_told_with_the_learning_rates_that_they_left(ganlab: Ganlab, run: Path) -> None:
    assert findings(ganlab("doctor", run, "--json"), "run")["rollbacks"]["value"] == []
    rollbacks = [
        {"to": step, "reason": "not finite: \x1b[2J", "learning_rate_scale": scale}
        for step, scale in ((4, 0.5), (2, 0.25))
    ]
    (run / "rollbacks.json").write_text(json.dumps(rollbacks))
    outcome = ganlab("doctor", run, "--json")
    found = findings(outcome, "run")["rollbacks"]
    assert (outcome.code, found["state"], found["value"]) == (0, "note", rollbacks)
    shown = ganlab("doctor", run).out
    assert "2 of at most 3, the last to step 2 with learning rates at 0.25 of the recipe's (not finite: " in shown
    assert "\\x1b[2J" in shown
    assert "\x1b" not in shown  # a run folder of a stranger does not steer the terminal


@pytest.mark.parametrize(
    ("file", "content", "name", "text"),
    [
        ("rollbacks.json", "{}]", "rollbacks", "rollbacks.json is damaged"),
        ("data.json", "[]", "data", "data.json"),
        ("checkpoints/best.json", "{", "best", "best.json is damaged"),
    ],
)
def test_a_damaged_file_that_a_resume_needs_stops(
    ganlab: Ganlab, run: Path, file: str, content: str, name: str, text: str
) -> None:
    recipe = yaml.safe_load((run / "recipe.yaml").read_text())
    recipe["checkpoint"]["best"] = "diversity"
    (run / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    (run / file).write_text(content)
    outcome = ganlab("doctor", run, "--json")
    found = findings(outcome, "run")
    assert outcome.code == 1
    assert found[name]["state"] == "stops"
    assert text in found[name]["text"]
    assert found["resume"]["value"]["possible"] is False
    assert found["resume"]["text"].startswith(f"not before this is settled: {name}")


def test_a_checkpoint_that_does_not_fit_its_recipe_stops(ganlab: Ganlab, run: Path) -> None:
    recipe = yaml.safe_load((run / "recipe.yaml").read_text())
    recipe["networks"]["generator"]["width"] += 4
    (run / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    outcome = ganlab("doctor", run, "--json")
    found = findings(outcome, "run")
    assert outcome.code == 1
    assert "checkpoint run/checkpoints/00000004 does not fit its recipe" in found["model"]["text"]
    assert found["resume"]["value"]["possible"] is False
    assert ganlab("train", "--resume", run).code == 1  # as it said


def test_a_checkpoint_that_a_resume_set_aside_is_named(ganlab: Ganlab, run: Path) -> None:
    (run / "checkpoints/00000004/weights.safetensors").write_bytes(b"")
    assert ganlab("train", "--resume", run).code == 0
    found = findings(ganlab("doctor", run, "--json"), "run")
    assert found["checkpoint 4"]["value"]["whole"] is True
    assert found["damaged-00000004"]["state"] == "note"
    assert found["damaged-00000004"]["way_out"] == "delete run/checkpoints/damaged-00000004"


def test_a_run_in_use_is_named_with_its_process_and_waited_for(ganlab: Ganlab, run: Path) -> None:
    with locked(run, option="--run"):
        outcome = ganlab("doctor", run, "--json")
    assert outcome.code == 1
    found = findings(outcome, "run")
    assert found["lock"]["value"] == {"state": "held", "process": os.getpid(), "host": platform.node()}
    assert found["resume"]["text"].startswith("not before this is settled: lock; then ")


def test_a_recipe_that_cannot_be_read_keeps_nothing_else_from_being_looked_at(ganlab: Ganlab, run: Path) -> None:
    (run / "recipe.yaml").write_text("steps: [")
    outcome = ganlab("doctor", run, "--json")
    found = findings(outcome, "run")
    assert outcome.code == 1
    assert found["recipe"]["state"] == "stops"
    assert found["checkpoint 4"]["value"]["whole"] is True
    assert found["resume"]["value"] == {"possible": False, "step": 4, "command": "ganlab train --resume run"}


def test_a_name_that_no_folder_can_have_is_said(ganlab: Ganlab) -> None:
    outcome = ganlab("doctor", "x" * 300, "--json")
    assert (outcome.code, outcome.err) == (1, "")
    assert "longer than 255 bytes" in findings(outcome, "run")["folder"]["text"]


def test_without_a_torch_that_works_the_doctor_still_says_what_is_wrong(tmp_path: Path) -> None:
    broken = tmp_path / "site" / "torch"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('libtorch.so: cannot open shared object file')")
    program = [sys.executable, "-m", "ganlab_core", "doctor", "--json"]
    path = os.pathsep.join(filter(None, [str(broken.parent), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, timeout=60, env=environment)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    found = json.loads(done.stdout)
    assert found["fine"] is False
    assert "libtorch.so" in json.dumps(found["sections"]["devices"])
    assert found["sections"]["versions"][0]["name"] == "ganlab"


def test_help_needs_no_torch() -> None:
    program = "import sys; sys.argv = ['ganlab', '--help']; import ganlab_core.verbs.doctor.command\n"
    program += "print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout == "False\n", done.stderr


def test_a_folder_that_holds_no_run_is_said(ganlab: Ganlab) -> None:
    outcome = ganlab("doctor", "nowhere")
    assert (outcome.code, outcome.err) == (1, "")
    assert "nowhere holds no run" in outcome.out


def test_the_plugin_files_in_use_are_part_of_the_command(ganlab: Ganlab, run: Path) -> None:
    Path("mine.py").write_text("from ganlab_core import hookimpl\n\n@hookimpl\ndef ganlab_losses():\n    return []\n")
    outcome = ganlab("doctor", run, "--plugin", "mine.py", "--json")
    command = findings(outcome, "run")["resume"]["value"]["command"]
    assert command == "ganlab --plugin=mine.py train --resume run --steps 8"
