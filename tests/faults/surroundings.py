"""Row 20: a stranger's folder as the working folder. Nothing in it runs, and no run comes out otherwise for it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from safetensors.torch import load_file

from tests.faults.compare import checkpoint, difference
from tests.faults.harness import Bench

_GANLAB = str(Path(sys.executable).with_name("ganlab"))
_TORCHRUN = str(Path(sys.executable).with_name("torchrun"))
_TRAP = "import os\nopen(os.environ['TRAPPED'], 'a').write(__name__ + ' ')\nraise SystemExit(0)\n"
_LIBRARIES = ("torch", "numpy", "PIL", "matplotlib", "yaml", "pydantic", "rich", "click", "sklearn", "tensorboard")
_OWN = ("ganlab_core", "ganlab_elastic", "stranger", "sitecustomize", "usercustomize")
_GROUPS = ("ganlab", "pydantic", "torch.backends", "tensorboard_plugins", "matplotlib.backend", "console_scripts")
_FILES = {
    "matplotlibrc": b"text.usetex: True\nfont.family: nowhere\n\xff\xfe",
    ".env": b"GANLAB_PLUGINS=stranger\nOMP_NUM_THREADS=999\n",
    "setup.cfg": b"[options.entry_points]\nganlab = \n    stranger = stranger\n",
    "pyproject.toml": b'[project]\nname = "stranger"\n[project.entry-points.ganlab]\nstranger = "stranger"\n',
    "pyvenv.cfg": b"home = /nowhere\n",
    "default.yaml": b"seed: 99\n",
    "conftest.py": _TRAP.encode(),
}
_RUN = ("--set", "samples.every=2")
_CALLS: dict[str, tuple[str, ...]] = {
    "train": ("train", "tiny.yaml", "--run", "run", *_RUN),
    "benchmark": ("benchmark", "tiny.yaml", "--out", "benchmark"),
    "resume": ("train", "--resume", "run", "--steps", "5"),
    "evaluate": ("evaluate", "run"),
    "sample": ("sample", "run", "--grid", "grid.png"),
    "traverse": ("traverse", "run", "--noise", "--out", "noise.gif"),
    "report": ("report", "run"),
    "compare": ("compare", "run", "run"),
    "export": ("export", "run", "--out", "exported"),
    "validate": ("validate", "tiny.yaml"),
    "plugins": ("plugins",),
    "list": ("list",),
    "show": ("show", "dataset", "digits"),
    "doctor": ("doctor", "run"),
    "schema": ("schema",),
    "new": ("new", "plugin", "mine"),
}
_IN_SUITE = ("train", "benchmark")


def surroundings(bench: Bench) -> None:
    """Every verb, its children and torchrun, among modules, distributions and settings that are not to be read."""
    clean, folder = bench.new("clean"), bench.new("stranger")
    trapped = folder.parent / "trapped"
    _lay(folder)
    _called(clean, trapped, *_CALLS["train"])
    for name, arguments in _CALLS.items():
        if name in _IN_SUITE or (bench.long and (name != "new" or find_spec("copier") is not None)):
            with bench.case(name):
                _called(folder, trapped, *arguments)
                assert not trapped.exists(), f"{trapped.read_text()} ran"
    with bench.case("the run is the one that a clean folder gives"):
        one, other = (load_file(checkpoint(place / "run", 4) / "weights.safetensors") for place in (folder, clean))
        assert difference(one, other) is None
        assert "stranger" not in _called(folder, trapped, "plugins")
    if bench.long:
        with bench.case("torchrun"):
            command = [_TORCHRUN, "--standalone", "--nproc-per-node", "2", "--no-python", "--", _GANLAB]
            _called(folder, trapped, "train", "tiny.yaml", "--run", "two", *_RUN, command=command)
            assert not trapped.exists(), f"{trapped.read_text()} ran"


def _lay(folder: Path) -> None:
    """Modules that say when they run, distributions that name one, and files of settings."""
    shadowed = sorted({*sys.stdlib_module_names, *_LIBRARIES, *_OWN} - {"__main__"})
    for name in shadowed:
        (folder / f"{name}.py").write_text(_TRAP)
    for name, content in _FILES.items():
        (folder / name).write_bytes(content)
    entries = "".join(f"[{group}]\nstranger = stranger\n" for group in _GROUPS)
    for suffix, facts in ((".dist-info", "METADATA"), (".egg-info", "PKG-INFO")):
        info = folder / f"stranger-1.0{suffix}"
        info.mkdir()
        (info / facts).write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(entries)


def _called(folder: Path, trapped: Path, *arguments: str, command: list[str] | None = None) -> str:
    kept = {name: value for name, value in os.environ.items() if name != "GANLAB_PLUGINS"}
    told = {"TRAPPED": str(trapped), "GANLAB_CACHE": str(folder.parent / "cache"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*(command or [_GANLAB]), *arguments], cwd=folder, env=kept | told, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-1500:]
    assert "Traceback" not in done.stderr, done.stderr[-1500:]
    return done.stdout
