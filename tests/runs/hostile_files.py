"""What may lie where a run's JSON belongs, and what is said of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

DEEP = b"[" * 100_000 + b"]" * 100_000


def _link_to(target: str) -> Callable[[Path], None]:
    """A link to a file beside it that would be read without a complaint, to nothing, to itself, or to a device."""

    def make(path: Path) -> None:
        path.with_name("good").write_text("{}")
        path.symlink_to(path.parent / target if target else path)

    return make


def _sparse_gigabyte(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(1 << 30)


NO_FILES: dict[str, tuple[Callable[[Path], None], str]] = {
    "link": (_link_to("good"), "it is a link; put what it leads to in its place"),
    "link to itself": (_link_to(""), "it is a link"),
    "link to nothing": (_link_to("nowhere"), "it is a link"),
    "link to a device": (_link_to("/dev/zero"), "it is a link"),
    "pipe": (os.mkfifo, "it is no regular file"),
    "folder": (Path.mkdir, "it is no regular file"),
}
CONTENTS: dict[str, tuple[bytes, str]] = {
    "no UTF-8": (b'{"name": "\xff"}', r"it is not UTF-8 text \(byte 10: invalid start byte\)"),
    "empty": (b"", "Expecting value"),
    "cut short": (b'{"name": "x', "Unterminated string"),
    "deep": (DEEP, "it is nested too deeply"),
    "deep in a mapping": (b'{"number": 1, "random": ' + DEEP + b"}", "it is nested too deeply"),
    "too large a number": (b'{"size": 1e999}', r"it holds a number that is too large \(1e999\)"),
    "too long a number": (b'{"size": ' + b"9" * 400 + b"}", "it holds a number of 400 digits"),
    "number alone": (b"3", "it holds no (mapping|list)"),
}
SPARSE = {"sparse gigabyte": (_sparse_gigabyte, "it is longer than 8 MiB")}


def _holding(content: bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_bytes(content)

    return make


HOSTILE: dict[str, tuple[Callable[[Path], None], str]] = {
    **NO_FILES,
    **SPARSE,
    **{name: (_holding(content), reason) for name, (content, reason) in CONTENTS.items()},
}
