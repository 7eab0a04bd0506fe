"""How much memory there is, asked before much is taken: a machine that runs out ends processes without a word."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ganlab_core.interface.errors import GanlabError

_GROUP = Path("/sys/fs/cgroup")
_UNKNOWN = 1 << 40
_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB")


def free_memory() -> int | None:
    """Bytes that this process may still take: of the machine, of its container, of its own limit; None if unknown."""
    return min(_bounds(), default=None)


def all_memory() -> int:
    """Bytes that this machine has, or that its container may use; a terabyte where nobody tells."""
    found = _UNKNOWN
    with suppress(AttributeError, OSError, ValueError):  # not everywhere
        found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with suppress(OSError, ValueError):
        found = min(found, int((_GROUP / "memory.max").read_text()))
    return found


def require_memory(needed: int, *, what: str, way_out: str, free: int | None = None) -> None:
    """Check that so many bytes can be had.

    Args:
        needed: of which all are used at one time.
        what: what takes them, in the plural, with its size.
        way_out: what to do.
        free: what there is; `free_memory()` if left out.

    Raises:
        GanlabError: they cannot.
    """
    free = free_memory() if free is None else free
    if free is not None and needed > free:
        raise GanlabError(f"{what} take {in_words(needed)} of memory, and {in_words(free)} are free; {way_out}")


def in_words(size: int) -> str:
    """Bytes in a unit that a person reads, such as `3.2 GB`."""
    power = 0
    while size >= 1000 ** (power + 1) and power < len(_UNITS) - 1:
        power += 1
    return f"{size} bytes" if power == 0 else f"{min(size / 1000**power, 1e6):.3g} {_UNITS[power]}"


def _bounds() -> Iterator[int]:
    machine = _of_machine()
    if machine is not None:
        yield machine
    container = _of_container()
    if container is not None:
        yield container
    own = _of_process()
    if own is not None:
        yield own


def _of_machine() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        known = {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}
        return known["MemAvailable"] + known.get("SwapFree", 0)
    except (OSError, ValueError, KeyError, IndexError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _of_container() -> int | None:
    """What its limit leaves, where it has one; files that are only cached make room."""
    try:
        limit = int((_GROUP / "memory.max").read_text())
        used = int((_GROUP / "memory.current").read_text())
        kept = dict(line.split() for line in (_GROUP / "memory.stat").read_text().splitlines())
        return limit - used + int(kept["inactive_file"])
    except (OSError, ValueError, KeyError):
        return None


def _of_process() -> int | None:
    if sys.platform == "win32":
        return None
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return None
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return limit
    return limit - pages * os.sysconf("SC_PAGE_SIZE")
