"""A run folder: what lies where, one writer at a time."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from ganlab_core.interface.data_facts import DataFacts
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.shell import shell_command
from ganlab_core.plugins.frozen_files import freeze
from ganlab_core.plugins.plugin_file import FOLDER, PluginFile
from ganlab_core.runs.data_facts import write_facts
from ganlab_core.runs.environment import write_environment
from ganlab_core.system.atomic import write_whole
from ganlab_core.system.hidden import clear_left_over, is_left_over
from ganlab_core.system.links import leads_inside, links_in
from ganlab_core.system.locking import is_lock, locked, was_locked
from ganlab_core.system.process_group import ProcessGroup
from ganlab_core.system.regular_files import read_regular

_LONGEST_NAME = 255  # of Linux's, macOS's and Windows' file systems
_MOST_LOST = 100


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
            same = self._holds(recipe_yaml)
            raise GanlabError(
                f"{self.path} already holds a run of {'this' if same else 'another'} recipe; go on with it "
                f"(`{shell_command('ganlab', 'train', '--resume', self.path)}`) or name another folder (`--run FOLDER`)"
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

    def create(
        self,
        recipe_yaml: str,
        facts: DataFacts,
        *,
        process: Mapping[str, str],
        plugin_files: Sequence[PluginFile] = (),
    ) -> None:
        """Lay out the folder of a new run, with the plugin files that it is trained with; the caller holds the lock.

        Args:
            process: the settings of the process that trains it, as `settings_now` gives them.

        Raises:
            GanlabError: as `require_free`, or the folder cannot be written.
        """
        self.require_free(recipe_yaml)
        try:
            for folder in (self.samples, self.checkpoints):
                folder.mkdir(parents=True, exist_ok=True)
            write_environment(self.environment, process=process)
            freeze(plugin_files, self.plugins)
            write_facts(facts, self.data)
            self.write_recipe(recipe_yaml)
        except BaseException as error:
            self._clear()
            if not isinstance(error, OSError):
                raise
            raise GanlabError(
                f"{self.path} cannot be written: {error.strerror}; name another folder with `--run`"
            ) from error

    def write_recipe(self, recipe_yaml: str) -> None:
        """Write the recipe, whole or not at all: without it there is no run.

        Raises:
            OSError: the folder cannot be written; an older recipe is as it was.
        """
        if not self._holds(recipe_yaml):
            write_whole(self.recipe, recipe_yaml)

    def _holds(self, recipe_yaml: str) -> bool:
        """Whether the recipe that is there is this one; one that cannot be read is another."""
        try:
            return read_regular(self.recipe) == recipe_yaml.encode()
        except OSError:
            return False

    def _clear(self) -> None:
        """Leave nothing half-written of a run that could not begin."""
        for file in (self.environment, self.data):
            file.unlink(missing_ok=True)
        for folder in (self.samples, self.checkpoints, self.plugins):
            shutil.rmtree(folder, ignore_errors=True)

    def require(self) -> None:
        """Check that there is a run here, none of which lies elsewhere; every verb does before it reads one.

        Raises:
            GanlabError: there is none, or as `refuse_links`.
        """
        self.refuse_links()
        if not self.recipe.is_file():
            raise GanlabError(
                f"{self.path} holds no run (there is no {self.recipe.name}); name a folder that `ganlab train` made"
            )

    def newest_grid(self) -> Path | None:
        """The picture of the last step that drew one; None if none has. Steps count, however many digits they have."""
        found = ((re.fullmatch("([0-9]+)[.]png", path.name), path) for path in self.samples.glob("*.png"))
        return max(((int(match[1]), path) for match, path in found if match), default=(0, None))[1]

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
            clear_left_over(self.path)
            yield

    def refuse_links(self) -> None:
        """Check that nothing leads out of the folder, as one from elsewhere may be made to do.

        What lies there is then neither read nor written. The folder itself may be a link.

        Raises:
            GanlabError: a file or folder in it, however deep, is a link that leads out.
        """
        for link in links_in(self.path):
            if not leads_inside(link, self.path):
                raise GanlabError(f"{link} is a link that leads out of the run folder; replace it by what it leads to")


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

    A folder that the user named is not made yet; `train` makes it. One that is named here is made, empty, so that no
    other run gets its name; where nothing comes of it, `given_back` removes it.

    Args:
        run: what the user named; None leaves it to ganlab.
        stem: `runs/stem`, then `runs/stem-2` and so on.

    Raises:
        GanlabError: `run` holds a run already, or anything else, or no folder can have its name, or none can be made.
    """
    if run is None:
        return _taken_name(Path("runs"), stem)
    folder = RunFolder(run)
    folder.require_free("")
    return folder.path


@contextmanager
def given_back(taken: Path | None) -> Iterator[None]:
    """At the end, remove a folder that `new_run_folder` named, if nothing was written into it; None is none."""
    try:
        yield
    finally:
        if taken is not None:
            with suppress(OSError):  # what is not empty stays
                left = list(taken.iterdir())
                for lock in left if all(map(is_lock, left)) else ():  # of a run that could not begin
                    lock.unlink()
                taken.rmdir()
                taken.parent.rmdir()


def _taken_name(root: Path, stem: str) -> Path:
    """`root/stem`, or with the first number behind it that no folder has yet, made by this process alone."""
    path, number, lost = RunFolder(root / stem).path, 2, 0
    while True:
        try:
            root.mkdir(parents=True, exist_ok=True)
            path.mkdir()
            return path
        except FileExistsError as error:
            if not root.is_dir():
                raise GanlabError(f"{root} is a file; name a folder with `--run FOLDER`") from error
            path, number = root / f"{stem}-{number}", number + 1
        except OSError as error:
            lost += isinstance(error, FileNotFoundError)  # `root`, which was empty, was given back by another process
            if not 0 < lost < _MOST_LOST:
                raise GanlabError(
                    f"{path} cannot be written: {error.strerror}; name another folder with `--run`"
                ) from error
