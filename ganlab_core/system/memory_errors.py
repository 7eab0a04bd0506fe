"""What errors say of memory: that it gave out, or that a size is beyond any; each library has its own words."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator

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


def memory_gave_out(error: BaseException) -> bool:
    """Whether this error, or one that it comes from, says that memory gave out."""
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
