"""A run folder: what lies where, one writer at a time."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from ganlab_core.interface.data_facts import DataFacts
from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins.frozen_files import freeze
from ganlab_core.plugins.plugin_file import FOLDER, PluginFile
from ganlab_core.runs.data_facts import write_facts
from ganlab_core.runs.environment import write_environment
from ganlab_core.system.atomic import clear_left_over, is_left_over, write_whole
from ganlab_core.system.locking import is_lock, locked, was_locked
from ganlab_core.system.process_group import ProcessGroup

_LONGEST_NAME = 255  # of Linux's, macOS's and Windows' file systems


class RunFolder:
    """The files of a run: its recipe, environment and plugin files, facts of its data, logs, grids and checkpoints.

    Raises:
        GanlabError: the path holds what no file's name can hold.
    """

    def __init__(self, path: Path) -> None:
        _require_name(path)
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
        self.untold = path / "untold.json"
        self.origin = path / "forked_from.json"
        self.assignments = path / "assignments.csv"
        self.found = path / "found.json"
        self.report = path / "report.html"

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
        if self.path.is_dir() and not self._is_free():
            raise GanlabError(f"{self.path} is not empty and holds no run; name another folder with `--run FOLDER`")

    def _is_free(self) -> bool:
        """Nothing is there, or what a process left that was killed while it laid out the folder."""
        others = {entry for entry in self.path.iterdir() if not is_lock(entry)}
        if not others:
            return True
        laid_out = {self.samples, self.checkpoints, self.environment, self.plugins, self.data}
        laid_out |= set(filter(is_left_over, others))
        empty = all(not folder.is_dir() or not any(folder.iterdir()) for folder in (self.samples, self.checkpoints))
        return was_locked(self.path) and others <= laid_out and empty

    def create(self, recipe_yaml: str, facts: DataFacts, *, plugin_files: Sequence[PluginFile] = ()) -> None:
        """Lay out the folder of a new run, with the plugin files that it is trained with; the caller holds the lock.

        Raises:
            GanlabError: as `require_free`, or the folder cannot be written.
        """
        self.require_free(recipe_yaml)
        try:
            for folder in (self.samples, self.checkpoints):
                folder.mkdir(parents=True, exist_ok=True)
            write_environment(self.environment)
            freeze(plugin_files, self.plugins)
            write_facts(facts, self.data)
            self.write_recipe(recipe_yaml)
        except OSError as error:
            self._clear()
            raise GanlabError(
                f"{self.path} cannot be written: {error.strerror}; name another folder with `--run`"
            ) from error

    def write_recipe(self, recipe_yaml: str) -> None:
        """Write the recipe, whole or not at all: without it there is no run.

        Raises:
            OSError: the folder cannot be written; an older recipe is as it was.
        """
        if self.recipe.exists() and self.recipe.read_text(encoding="utf-8") == recipe_yaml:
            return
        write_whole(self.recipe, recipe_yaml)

    def _clear(self) -> None:
        """Leave nothing half-written of a run that could not begin."""
        for file in (self.environment, self.data):
            file.unlink(missing_ok=True)
        for folder in (self.samples, self.checkpoints, self.plugins):
            shutil.rmtree(folder, ignore_errors=True)

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
            GanlabError: as `ganlab_core.system.locking.locked`.
        """
        with self._locked() if group.is_main else nullcontext():
            group.agreed(None)
            yield

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with locked(self.path, option="--run"):
            written = (self.recipe, self.metrics, self.evaluation, self.rollbacks, self.untold)
            clear_left_over(self.path, of=[path.name for path in written])
            yield

    def refuse_links(self) -> None:
        """Check that nothing which a run writes leads out of its folder, as a folder from elsewhere may be made to do.

        Raises:
            GanlabError: a file or folder in it, however deep, is a link that leads out.
        """
        inside = self.path.resolve()
        for place, folders, files in os.walk(self.path):
            for entry in (Path(place, name) for name in (*folders, *files)):
                if entry.is_symlink() and not _leads_inside(entry, inside):
                    raise GanlabError(
                        f"{entry} is a link that leads out of the run folder; replace it by what it leads to"
                    )


def _leads_inside(link: Path, folder: Path) -> bool:
    try:
        return link.resolve().is_relative_to(folder)
    except (OSError, RuntimeError):  # a link to itself
        return False


def _require_name(path: Path) -> None:
    """Text, since the path stands in messages and JSON; and of a length that file systems take."""
    text = str(path)
    shown = repr(text if len(text) < 80 else f"{text[:77]}...")
    try:
        parts = [part.encode() for part in path.parts]
    except UnicodeEncodeError as error:
        raise GanlabError(f"{shown} is not UTF-8 text; name another folder") from error
    if b"\0" in b"".join(parts):
        raise GanlabError(f"{shown} holds a NUL, which no folder's name can; name another one")
    if max(map(len, parts), default=0) > _LONGEST_NAME:
        raise GanlabError(f"{shown} has a name longer than {_LONGEST_NAME} bytes in it; name another folder")


def new_run_folder(run: Path | None, *, stem: str) -> Path:
    """Where a new run can begin: at `run` itself, or under `runs/` at the first free name after `stem`.

    Nothing is made yet; `train` makes the folder.

    Args:
        run: what the user named; None leaves it to ganlab.
        stem: `runs/stem`, then `runs/stem-2` and so on.

    Raises:
        GanlabError: `run` holds a run already, or anything else, or no folder can have its name.
    """
    folder = RunFolder(run or free_name(Path("runs"), stem))
    folder.require_free("")
    return folder.path


def free_name(root: Path, stem: str) -> Path:
    """`root/stem`, or with the first number behind it that no folder has yet."""
    path, number = root / stem, 2
    while path.exists():
        path, number = root / f"{stem}-{number}", number + 1
    return path
