"""`read_record`, `write_record`: a JSON file of a run folder as a typed value. The folder may come from anybody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from ganlab_core.interface.errors import GanlabError
from ganlab_core.system.atomic import write_whole
from ganlab_core.system.json_files import read_json

T = TypeVar("T")

_SAID = {"dict_type": "it holds no mapping", "dataclass_type": "it holds no mapping", "list_type": "it holds no list"}
_SHOWN = 60
_WAY_OUT = "bring it back from a copy, or delete it"


class RecordError(GanlabError):
    """A file of a run is missing or damaged.

    Attributes:
        path: the file.
        reason: what is wrong with it, in a few words.
    """

    def __init__(
        self, path: Path, error: OSError | ValueError, *, state: str = "damaged", way_out: str = _WAY_OUT
    ) -> None:
        self.path, self.reason = path, _reason(error)
        super().__init__(f"{path} is {state} ({self.reason}); {way_out}")


def read_record(path: Path, kind: type[T], *, state: str = "damaged", way_out: str = _WAY_OUT) -> T:
    """What a JSON file holds, which must be of this kind: a dataclass, or a list or mapping of such and of plain types.

    Keys that a dataclass does not have are passed over: a later ganlab may have written them.

    Args:
        state: what a file is said to be that is not as it should be.
        way_out: what to do about it.

    Raises:
        RecordError: the file is missing, none that `read_json` reads, or of another kind.
    """
    try:
        return TypeAdapter(kind).validate_python(read_json(path))
    except (OSError, ValueError) as error:
        raise RecordError(path, error, state=state, way_out=way_out) from error


def read_record_if_any(path: Path, kind: type[T], *, way_out: str = _WAY_OUT) -> T | None:
    """As `read_record`; None where there is no such file."""
    try:
        return read_record(path, kind, way_out=way_out)
    except RecordError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return None
        raise


def write_record(record: object, path: Path) -> None:
    """Write a dataclass, or a list or mapping of such and of plain types, as JSON that `read_record` reads back.

    Raises:
        OSError: the place cannot be written; an older file is as it was.
    """
    content = TypeAdapter(type(record)).dump_python(record, mode="json")
    write_whole(path, json.dumps(content, indent=2) + "\n")


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, ValidationError):
        return _first_of(error)
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _first_of(error: ValidationError) -> str:
    """The first thing that is wrong; a stranger's keys do not steer the terminal."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    said = _SAID.get(first["type"], first["msg"])
    where = ".".join(map(str, first["loc"]))[:_SHOWN]
    return f"{where if where.isprintable() else ascii(where)}: {said}" if where else said
