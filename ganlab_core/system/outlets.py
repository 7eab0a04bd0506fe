"""Standard output and error, whose reader may go away: what is said then goes nowhere, and nothing ends by it."""

from __future__ import annotations

import errno
import io
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

_GONE = (errno.EPIPE, errno.EIO, errno.ENXIO, errno.ECONNRESET, errno.ESHUTDOWN)  # a pipe, a terminal, a socket


class _Outlet(io.FileIO):
    """A descriptor that is written to as long as that works.

    Attributes:
        failure: why it does not any more.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self.failure: OSError | None = None

    def write(self, data: Any) -> int:
        """Write some of the data; all of it to nowhere, once a write has failed."""
        try:
            while self.failure is None:
                written = super().write(data)
                if written is not None:
                    return written
                select.select([], [self], [])  # another program made the terminal one that does not wait
        except OSError as error:
            self.failure = error
        return memoryview(data).nbytes


@contextmanager
def lasting_outlets() -> Iterator[None]:
    """Inside, a write to standard output or error never fails; other streams than the program's own are left alone.

    Raises:
        SystemExit: at the end, where standard output is no whole account of what was said, as on a full disk. That its
            reader went away is that reader's wish.
    """
    before = (sys.stdout, sys.stderr)
    outlets = [_outlet_of(stream) for stream in before]
    sys.stdout, sys.stderr = (
        stream if outlet is None else _over(outlet, stream) for outlet, stream in zip(outlets, before, strict=True)
    )
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and not stream.closed:
                stream.flush()
        sys.stdout, sys.stderr = before
    failure = None if outlets[0] is None else outlets[0].failure
    if failure is not None and failure.errno not in _GONE:
        print(f"error: standard output: {failure.strerror}; it lacks what was said since", file=sys.stderr)
        sys.exit(1)


def _outlet_of(stream: TextIO | None) -> _Outlet | None:
    """An outlet over a stream's descriptor; None where it has none, or is an outlet already."""
    if not isinstance(stream, io.TextIOWrapper):
        return None
    raw = getattr(stream.buffer, "raw", stream.buffer)  # with `python -u` nothing lies between
    return _Outlet(raw.fileno()) if type(raw) is io.FileIO and not raw.closed else None


def _over(outlet: _Outlet, stream: TextIO) -> TextIO:
    """A stream that writes to an outlet, and else is as the one before."""
    assert isinstance(stream, io.TextIOWrapper)
    stream.flush()
    return io.TextIOWrapper(
        outlet if isinstance(stream.buffer, io.FileIO) else io.BufferedWriter(outlet),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
