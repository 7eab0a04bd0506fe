"""`environment.json`: versions and machine, to tell later what a run was made with."""

from __future__ import annotations

import json
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Any, TypeAlias

from ganlab_core.recipe.difference import leaves
from ganlab_core.runs.records import read_record_if_any

_Versions: TypeAlias = dict[str, str | None]

_LIBRARIES = ("ganlab", "torch", "torchvision", "numpy", "scikit-learn", "pydantic", "pluggy")


def write_environment(path: Path) -> None:
    """Write what this process is made with, as JSON."""
    found = {
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
    }
    path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def read_environment(path: Path) -> dict[str, Any]:
    """Python, platform and library versions as dotted keys; empty if the run does not say.

    Raises:
        GanlabError: the file is damaged.
    """
    return dict(leaves(read_record_if_any(path, dict[str, str | _Versions | None]) or {}))


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
