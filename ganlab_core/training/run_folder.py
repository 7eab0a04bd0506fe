"""A run folder: what lies where, one writer at a time."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from importlib import metadata
from pathlib import Path
from typing import Any

from ganlab_core.component import GanlabError
from ganlab_core.datasets.facts import DataFacts, write_facts
from ganlab_core.locking import locked
from ganlab_core.plugins.frozen_files import freeze
from ganlab_core.plugins.plugin_file import FOLDER, PluginFile
from ganlab_core.training.process_group import ProcessGroup

_LIBRARIES = ("ganlab", "torch", "torchvision", "numpy", "scikit-learn", "pydantic", "pluggy")


class RunFolder:
    """The files of a run: its recipe, environment and plugin files, facts of its data, logs, grids and checkpoints."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.recipe = path / "recipe.yaml"
        self.environment = path / "environment.json"
        self.plugins = path / FOLDER
        self.data = path / "data.json"
        self.metrics = path / "metrics.jsonl"
        self.tensorboard = path / "tensorboard"
        self.samples = path / "samples"
        self.checkpoints = path / "checkpoints"
        self.evaluation = path / "evaluation.json"
        self.proportions = path / "proportions.png"
        self.rollbacks = path / "rollbacks.json"
        self.origin = path / "forked_from.json"

    def require_free(self, recipe_yaml: str) -> None:
        """Check that a new run can begin here.

        Raises:
            GanlabError: the folder holds a run already, or anything else.
        """
        if self.recipe.exists():
            same = self.recipe.read_text(encoding="utf-8") == recipe_yaml
            raise GanlabError(
                f"{self.path} already holds a run of {'this' if same else 'another'} recipe; go on with it "
                f"(`ganlab train --resume {self.path}`) or name another folder (`--run FOLDER`)"
            )
        if self.path.exists() and not self.path.is_dir():
            raise GanlabError(f"{self.path} is a file; name a folder with `--run FOLDER`")
        if self.path.is_dir() and any(not entry.name.startswith(".lock") for entry in self.path.iterdir()):
            raise GanlabError(f"{self.path} is not empty and holds no run; name another folder with `--run FOLDER`")

    def create(self, recipe_yaml: str, facts: DataFacts, *, plugin_files: Sequence[PluginFile] = ()) -> None:
        """Lay out the folder of a new run, with the plugin files that it is trained with; the caller holds the lock.

        Raises:
            GanlabError: as `require_free`, or the folder cannot be written.
        """
        self.require_free(recipe_yaml)
        try:
            for folder in (self.samples, self.checkpoints):
                folder.mkdir(parents=True)
            self.environment.write_text(json.dumps(_environment(), indent=2) + "\n", encoding="utf-8")
            freeze(plugin_files, self.plugins)
            write_facts(facts, self.data)
            self.recipe.write_text(recipe_yaml, encoding="utf-8")
        except OSError as error:
            raise GanlabError(
                f"{self.path} cannot be written: {error.strerror}; name another folder with `--run`"
            ) from error

    def require(self) -> None:
        """Check that there is a run here.

        Raises:
            GanlabError: there is none.
        """
        if not self.recipe.is_file():
            raise GanlabError(
                f"{self.path} holds no run (there is no {self.recipe.name}); name a folder that `ganlab train` made"
            )

    @contextmanager
    def locked(self, group: ProcessGroup) -> Iterator[None]:
        """Hold the folder's lock, for all processes of a run: its first one takes it, and the others wait for that.

        Raises:
            GanlabError: as `ganlab_core.locking.locked`.
        """
        with locked(self.path, option="--run") if group.is_main else nullcontext():
            group.agreed(None)
            yield

    def refuse_links(self) -> None:
        """Check that nothing which a run writes leads out of its folder, as a folder from elsewhere may be made to do.

        Raises:
            GanlabError: an entry is a link.
        """
        inside = self.path.resolve()
        for entry in self.path.iterdir():
            if entry.is_symlink() and not entry.resolve().is_relative_to(inside):
                raise GanlabError(f"{entry} is a link that leads out of the run folder; replace it by what it leads to")


def free_name(root: Path, stem: str) -> Path:
    """`root/stem`, or with the first number behind it that no folder has yet."""
    path, number = root / stem, 2
    while path.exists():
        path, number = root / f"{stem}-{number}", number + 1
    return path


def _environment() -> dict[str, Any]:
    """Versions and machine, to tell later what a run was made with."""
    return {
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
    }


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
