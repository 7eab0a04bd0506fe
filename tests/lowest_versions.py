"""Every verb once with the lowest versions that `setup.cfg` allows: `python tests/lowest_versions.py`; needs uv.

A requirement whose lower bound nobody has tried is a guess. This makes an environment of the lowest version of
everything that `setup.cfg` names, installs ganlab in it, and calls each verb there as a user would.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
EXTRAS = ("author", "onnx", "dev")
_RECIPE = """\
dataset: {use: digits, size: 16, imbalance: {ratio: 5.0}}
prior: {noise: {use: normal, dim: 4}, code: {use: elastic, classes: 10}}
networks:
  generator: {use: dcgan, width: 4}
  trunk: {use: dcgan, width: 4}
  discriminator: {use: linear}
  recognition: {use: recognition, hidden: 8}
losses:
  adversarial: {use: nonsaturating}
  information: {use: mutual-information, trains: trunk}
metrics: {nmi: {use: nmi}, real-clustering: {use: real-clustering}, read-back: {use: read-back}}
batch_size: 8
steps: 4
device: cpu
checkpoint: {every: 2}
samples: {every: 2, columns: 3}
log: {every: 1}
"""
_IMAGES = """\
from pathlib import Path
from PIL import Image
from sklearn.datasets import load_digits
digits = load_digits()
for number, (image, label) in enumerate(zip(digits.images[:120], digits.target)):
    file = Path("photos", str(label), f"{number}.png")
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((image * 15).astype("uint8")).save(file)
"""
VERBS = (
    "train tiny.yaml --run run",
    "train --resume run --steps 6",
    "train tiny.yaml --run run --or-resume --steps 7",
    "train --resume earlier --steps 8",
    "train --resume run --steps 8 --fork fork --set players.generator.learning_rate=1e-3",
    "evaluate run --json",
    "sample run --grid grid.png",
    "traverse run --out codes.png",
    "traverse run --noise --frames 3 --rows 2 --out noise.gif",
    "assign run photos --out table.csv --embeddings embeddings.npz --sort-into sorted",
    "balance run --out balanced --per-class 20",
    "report run fork --out report.html",
    "compare run fork",
    "export run --out exported --onnx",
    "benchmark tiny.yaml --seeds 0-1 --out results",
    "list",
    "show network dcgan",
    "plugins",
    "doctor run",
    "new plugin mine --kind loss",
    "validate tiny.yaml --print",
    "schema",
    "discover photos --minutes 3 --run found --no-draw --size 8",
)
"""What is called, in this order, in one folder."""


@dataclass(frozen=True)
class Called:
    """A call of `ganlab`, its exit code, and the end of what it said."""

    arguments: str
    code: int
    said: str


def make_environment(folder: Path, *, python: str) -> Path:
    """A virtual environment of the lowest versions with ganlab in it; its Python.

    Args:
        folder: is made.
        python: what it is made from, as uv takes it.

    Raises:
        CalledProcessError: uv says why.
    """
    pins = folder / "lowest.txt"
    folder.mkdir(parents=True)
    extras = [word for extra in EXTRAS for word in ("--extra", extra)]
    lowest = ["--resolution", "lowest-direct", "--python", python, "--output-file", str(pins)]
    _uv("pip", "compile", *lowest, *extras, str(REPOSITORY / "setup.cfg"))
    _uv("venv", "--python", python, str(folder / "environment"))
    made = folder / "environment" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    _uv("pip", "install", "--python", str(made), "--requirement", str(pins))
    _uv("pip", "install", "--python", str(made), "--no-deps", str(_copied_to(folder / "source")))
    return made


def _copied_to(folder: Path) -> Path:
    """What ganlab is built from, elsewhere: a build leaves its own files beside it."""
    folder.mkdir()
    for name in ("ganlab_core", "ganlab_elastic"):
        shutil.copytree(REPOSITORY / name, folder / name)
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, folder / name)
    return folder


def call_verbs(python: Path, folder: Path) -> Iterator[Called]:
    """Call each of `VERBS` in a folder, which is made."""
    folder.mkdir(parents=True)
    (folder / "tiny.yaml").write_text(_RECIPE)
    shutil.copytree(REPOSITORY / "tests" / "runs" / "made_with_0_1", folder / "earlier")
    subprocess.run([python, "-c", _IMAGES], cwd=folder, check=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GANLAB"))}
    environment |= {"GANLAB_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}
    for arguments in VERBS:
        command = [str(python), "-m", "ganlab_core", *arguments.split()]
        done = subprocess.run(
            command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        yield Called(arguments, done.returncode, done.stdout[-1500:])


def _uv(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "uv", "--quiet", *arguments], check=True)


def main(words: Sequence[str] | None = None) -> int:
    """Print each call with what came of it; 1 if any failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="what the environment is made from")
    options = parser.parse_args(words)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="ganlab-lowest-") as folder:
        python = make_environment(Path(folder, "made"), python=options.python)
        print((Path(folder, "made", "lowest.txt")).read_text())
        for called in call_verbs(python, Path(folder, "work")):
            print("ok    " if called.code == 0 else "FAILED", "ganlab", called.arguments, flush=True)
            if called.code:
                failed += 1
                print(called.said, flush=True)
    print(f"{len(VERBS) - failed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
