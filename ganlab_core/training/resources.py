"""Memory, disk or another process that gives out during a run: what to do, in place of a traceback."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.shell import shell_command
from ganlab_core.recipe.settings import Recipe
from ganlab_core.system.memory_errors import memory_gave_out

_LOST = ("Connection closed by peer", "Connection reset by peer")  # gloo's words for a process that is gone
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def resource_errors(folder: Path, recipe: Recipe) -> Iterator[None]:
    """Say what to do where memory, disk or another process give out inside.

    Raises:
        GanlabError: in place of the error.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if memory_gave_out(error):
            raise _out_of_memory(folder, recipe) from error
        if any(sign in str(error) for sign in _LOST):
            raise GanlabError(
                f"another process of this run has ended; checkpoints are whole. `torchrun --max-restarts N` with "
                f"`{shell_command('ganlab', 'train', '--run', folder, '--or-resume')}` goes on by itself"
            ) from error
        raise
    except OSError as error:
        way_out = "Free some space" if error.errno in _FULL else "Mend this"
        raise GanlabError(
            f"{_what_failed(error, folder)}: {error.strerror or error}; checkpoints are whole. "
            f"{way_out}, and go on with: {shell_command('ganlab', 'train', '--resume', folder)}"
        ) from error


def _what_failed(error: OSError, folder: Path) -> str:
    """A file of the run could not be written; of another one, such as a data set's, the system says why."""
    place = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else folder
    return f"{place} cannot be written" if place.is_relative_to(folder) else str(place)


def _out_of_memory(folder: Path, recipe: Recipe) -> GanlabError:
    smaller = max(2, recipe.batch_size // 2)
    fork = shell_command("ganlab", "train", "--resume", folder, "--fork", "NEW", "--set", f"batch_size={smaller}")
    half = "" if recipe.precision == "bf16" else ", or --set precision=bf16"
    return GanlabError(
        f"out of memory at batch_size {recipe.batch_size} on device {recipe.device}; what {folder} holds is whole. Try "
        f"a smaller networks.*.width in a new run, or --set batch_size={smaller}{half} in a new run or in a fork of "
        f"this one: {fork}"
    )
