"""Results on disk, a line of JSON each: nothing is run twice, and what other machines found is merged by `cat`."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

GANLAB = "ganlab discover"


@dataclass(frozen=True)
class Key:
    """What was run on what.

    Attributes:
        method: `ganlab discover`, or a rival.
        sees: `pixels`, or the features' name.
        told: whether it was told how many classes there are; else it counted them.
        minutes: the time that it was given, if any.
    """

    collection: str
    draw: int
    method: str
    sees: str
    told: bool
    minutes: float | None = None


@dataclass(frozen=True)
class Result:
    """The figures of one run, and what made them.

    Attributes:
        command: the command line, for what ran as one, without what is this run's own.
        made_on: versions, device and threads.
    """

    key: Key
    scores: dict[str, float]
    seconds: float
    command: str | None = None
    made_on: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kept:
    """A folder of results: COLLECTION/ganlab.jsonl and COLLECTION/rivals.jsonl. Two processes may add to it at once."""

    folder: Path

    def results(self, collections: Iterable[str] | None = None) -> dict[Key, Result]:
        """All, or those of some collections; of two of one key the later."""
        names = sorted(path.name for path in self.folder.glob("*/")) if collections is None else collections
        files = [self.folder / name / f"{who}.jsonl" for name in names for who in ("ganlab", "rivals")]
        lines = [line for path in files if path.is_file() for line in path.read_text(encoding="utf-8").splitlines()]
        found = [_parsed(line) for line in lines if line.strip()]
        return {result.key: result for result in found}

    def add(self, result: Result) -> None:
        """Append a line."""
        who = "ganlab" if result.key.method == GANLAB else "rivals"
        path = self.folder / result.key.collection / f"{who}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(result)) + "\n")


def versions(*packages: str) -> dict[str, Any]:
    """Of Python and of those packages that are installed; what is not was not used."""
    installed = {package: found for package in packages if (found := _version(package)) is not None}
    return {"Python": platform.python_version(), **installed}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _parsed(line: str) -> Result:
    values = json.loads(line)
    return Result(**values | {"key": Key(**values["key"])})
