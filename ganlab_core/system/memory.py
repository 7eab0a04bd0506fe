"""How much memory there is, and what is said where it does not suffice."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ganlab_core.interface.errors import GanlabError

_GIB = float(1 << 30)
_GROUP = Path("/sys/fs/cgroup/memory.max")
_UNKNOWN = 1 << 40
_GAVE_OUT = (
    "can't allocate memory",  # torch's allocators
    "not enough memory",
    "out of memory",
    "bad_alloc",
    "Cannot allocate memory",  # the system, as an import or a thread passes it on
    "failed to map segment",
    "can't start new thread",
)
_TOO_LARGE = (
    "calculation overflowed",  # torch, of sizes whose product has more than 64 bits
    "multiplication overflow",
    "Overflow when unpacking",
    "Maximum allowed dimension exceeded",  # numpy
    "array is too big",
)
_SAYING = (RuntimeError, TypeError, ValueError)


def all_memory() -> int:
    """Bytes that this machine has, or that this process' group may use; a terabyte where nobody tells."""
    found = _UNKNOWN
    with suppress(AttributeError, OSError, ValueError):  # not everywhere
        found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with suppress(OSError, ValueError):
        found = min(found, int(_GROUP.read_text()))
    return found


def require_memory(size: int, *, what: str, way_out: str) -> None:
    """Check that so many bytes could lie in this machine's memory.

    Args:
        what: takes them, for the message.
        way_out: what to do about it.

    Raises:
        GanlabError: there are fewer.
    """
    if size > (there := all_memory()):
        needed = shown_bytes(size)
        raise GanlabError(f"{what} would take {needed} of memory, and {shown_bytes(there)} are here; {way_out}")


def shown_bytes(size: float) -> str:
    """Bytes for a reader."""
    if size < _GIB:
        return f"{size / (1 << 20):,.1f} MiB"
    return f"{size / _GIB:,.1f} GiB" if size < 1e6 * _GIB else f"{size / _GIB:.1e} GiB"


def memory_gave_out(error: BaseException) -> bool:
    """Whether this error, or one that it comes from, says that memory gave out; each library has its own words."""
    return any(_is_lack(one) for one in _causes(error))


def is_too_large(error: BaseException) -> bool:
    """Whether it says that a size is beyond what any machine could hold or count."""
    return any(
        isinstance(one, OverflowError) or (isinstance(one, _SAYING) and _says(one, _TOO_LARGE))
        for one in _causes(error)
    )


def _is_lack(error: BaseException) -> bool:
    torch = sys.modules.get("torch")  # what has not been imported has raised nothing
    if isinstance(error, MemoryError) or (torch is not None and isinstance(error, torch.OutOfMemoryError)):
        return True
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    return isinstance(error, RuntimeError | ImportError) and _says(error, _GAVE_OUT)


def _says(error: BaseException, signs: tuple[str, ...]) -> bool:
    return any(sign in str(error) for sign in signs)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it was raised from."""
    seen: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in seen:
        yield one
        seen.append(one)
        one = one.__cause__
