"""A run goes on in a process that computes as the one that it began in; what cannot be made alike is said."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch

from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.settings import Recipe
from ganlab_core.runs.environment import made_with, read_made_with
from ganlab_core.runs.folder import RunFolder
from ganlab_core.system.process_group import ProcessGroup
from ganlab_core.system.process_settings import THREADS, computing_as, settings_now, usable_cores

log = logging.getLogger(__name__)

_MOST_THREADS, _MOST_A_CORE = 256, 16
_SHOWN = 60


@contextmanager
def as_begun(
    folder: RunFolder | None, recipe: Recipe, plugins: Plugins, *, device: torch.device, group: ProcessGroup
) -> Iterator[Mapping[str, str]]:
    """Inside, the threads and torch's switches are those that a run began with; gives the settings that hold there.

    Args:
        folder: the run that goes on, None for one that begins.
        recipe: what it goes on with; a number of `threads` is taken before that of the beginning.

    Raises:
        GanlabError: the run's record is damaged, or asks for more threads than this machine could run.
    """
    then = {} if folder is None else read_made_with(folder.environment)
    threads = _threads(folder, recipe, then)
    said = [] if folder is None else list(_said_of_threads(folder, then, threads))
    with computing_as(then, threads=threads):
        now = process_now(plugins, device=device, processes=group.size)
        if folder is not None and (others := differing(then, made_with(now))):
            said.append(f"{folder.path} goes on, but not to the same bits: it began with {'; '.join(others)}")
        for sentence in said if group.is_main else ():
            log.warning("%s", sentence)
        yield now


def process_now(plugins: Plugins, *, device: torch.device, processes: int = 1) -> dict[str, str]:
    """The settings of this process, and the versions of its plugins; those in files are known by their hashes."""
    in_files = {file.name for file in plugins.files}
    versions = {
        f"plugin {status.name}": f"{status.distribution} {status.version}"
        for status in plugins.statuses
        if status.healthy and not status.is_core and status.name not in in_files
    }
    return settings_now(device=device, processes=processes) | versions


def differing(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What decides bits and was otherwise when a run began, beside its threads; nothing of what it does not say."""
    return [
        f"{name} {value[:_SHOWN]!r}, and now it is {now[name]!r}"
        for name, value in then.items()
        if name != THREADS and name in now and now[name] != value
    ]


def _threads(folder: RunFolder | None, recipe: Recipe, then: Mapping[str, str]) -> int:
    most = max(_MOST_THREADS, _MOST_A_CORE * usable_cores())
    if recipe.threads != "auto":
        if recipe.threads > most:
            raise GanlabError(f"threads: {recipe.threads} are more than this machine could run; set 1 to {most}")
        return recipe.threads
    if THREADS not in then:
        return torch.get_num_threads()
    text = then[THREADS]
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= most):
        assert folder is not None
        raise GanlabError(
            f"{folder.environment}: the run began with {text[:20]!r} threads, and this machine could run 1 to {most}; "
            "say with how many it is to go on, with other bits: --set threads=N"
        )
    return int(text)


def _said_of_threads(folder: RunFolder, then: Mapping[str, str], threads: int) -> Iterator[str]:
    """What a user is told who may wait for other bits, or for another speed."""
    here, cores = torch.get_num_threads(), usable_cores()
    if THREADS not in then:
        yield f"{folder.path} does not say with how many threads it began; it goes on with {threads}"
    elif then[THREADS] != str(threads):
        yield (
            f"{folder.path} began with {then[THREADS][:20]!r} threads and goes on with {threads}, as its recipe asks, "
            "so not to the same bits"
        )
    elif threads != here or threads > cores:
        yield (
            f"{folder.path} goes on with as many threads as it began with, {threads}, to the same bits; --set threads=N"
            " takes another number, with other bits"
        )
