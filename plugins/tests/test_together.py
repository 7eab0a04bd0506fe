"""All packages of this folder installed together: they mix in one recipe, and a broken one harms nobody else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import yaml

FOLDER = Path(__file__).parent.parent
NAMES = sorted(path.name.removeprefix("ganlab-") for path in FOLDER.glob("ganlab-*"))
MISSING = sorted(set(NAMES) - {point.name for point in entry_points(group="ganlab")})
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")

MIXED = {
    "dataset": {"use": "digits", "size": 32, "imbalance": {"ratio": 5.0}},
    "networks": {"generator": {"width": 4}, "trunk": {"width": 4}, "recognition_trunk": {"width": 4}},
    "losses": {
        "discovery": {"merge_at": 1, "ends": 1},
        "adversarial": {"starts": 0},
        "information": {"starts": 0},
        "prior_matching": {"starts": 0},
    },
    "batch_size": 8,
    "device": "cpu",
    "samples": {"every": 0},
}


def ganlab(*arguments: object, folder: Path, shadowed: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A call of the command line; modules in `shadowed` come before the installed ones."""
    paths = [str(shadowed)] if shadowed else []
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "GANLAB_CACHE": str(folder / "cache")}
    environment.pop("GANLAB_PLUGINS", None)
    command = [sys.executable, "-m", "ganlab_core", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_there_are_six() -> None:
    assert len(NAMES) == 6


def test_residual_networks_elastic_prior_hinge_lecam_and_fid_train_together(tmp_path: Path) -> None:
    (tmp_path / "mixed.yaml").write_text(yaml.safe_dump(MIXED))
    options = ["--prior", "elastic", "--network", "resnet", "--loss", "hinge", "--loss", "lecam"]
    done = ganlab(
        "train", "mixed.yaml", *options, "--set", "+metrics.fid.use=fid", "--set", "evaluation.samples_per_code=2",
        "--steps", 2, "--run", "run", folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    recipe = yaml.safe_load((tmp_path / "run" / "recipe.yaml").read_text())
    assert recipe["networks"]["generator"]["use"] == "resnet"
    assert recipe["prior"]["code"]["use"] == "elastic"
    assert recipe["losses"]["adversarial"]["use"] == "hinge"
    line = json.loads((tmp_path / "run" / "metrics.jsonl").read_text().splitlines()[-1])
    assert "loss/discriminator/lecam" in line
    assert line["evaluation/fid"] > 0


@pytest.mark.parametrize("broken", NAMES)
def test_one_that_breaks_is_named_and_the_others_stay(tmp_path: Path, broken: str) -> None:
    module = tmp_path / "shadow" / f"ganlab_{broken}"
    module.mkdir(parents=True)
    (module / "__init__.py").write_text("raise ImportError('broken on purpose')\n")
    listed = ganlab("plugins", "--json", folder=tmp_path, shadowed=tmp_path / "shadow")
    assert listed.returncode == 0
    states = {status["name"]: status for status in json.loads(listed.stdout)}
    assert not states[broken]["healthy"]
    assert "broken on purpose" in states[broken]["reason"]
    assert all(states[name]["healthy"] for name in ("core", "elastic", *NAMES) if name != broken)
    assert f"ganlab-{broken}" in listed.stderr
