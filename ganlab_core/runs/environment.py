"""`environment.json`: versions and machine, to tell later what a run was made with."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, TypeAlias

from ganlab_core.recipe.difference import leaves
from ganlab_core.runs.records import read_record_if_any

_Versions: TypeAlias = dict[str, str | None]

_PROCESS = "process"
_COMPUTE = ("ganlab", "torch", "torchvision", "numpy", "scikit-learn")
_LIBRARIES = ("ganlab", "torch", "torchvision", "numpy", "scikit-learn", "pydantic", "pluggy")


def write_environment(path: Path, *, process: Mapping[str, str]) -> None:
    """Write what this process is made with, as JSON.

    Args:
        process: its settings, as `ganlab_core.system.process_settings.settings_now` gives them.
    """
    found = {
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
        _PROCESS: dict(process),
    }
    path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def read_environment(path: Path) -> dict[str, Any]:
    """Python, platform and library versions as dotted keys; empty if the run does not say.

    Raises:
        GanlabError: the file is damaged.
    """
    return dict(leaves(read_record_if_any(path, dict[str, str | _Versions | None]) or {}))


def made_with(process: Mapping[str, str]) -> dict[str, str]:
    """What decides the bits that this process computes: its settings, and the versions of what it computes with."""
    return {**process, **{name: _version(name) or "not installed" for name in _COMPUTE}}


def read_made_with(path: Path) -> dict[str, str]:
    """What decided the bits of a run, as `made_with` has it; less of a run of before it was kept.

    Raises:
        GanlabError: the file is damaged.
    """
    found = read_record_if_any(path, dict[str, str | _Versions | None]) or {}
    process, libraries = (
        {} if isinstance(one := found.get(key), str | None) else one for key in (_PROCESS, "libraries")
    )
    versions = {name: version for name, version in libraries.items() if name in _COMPUTE}
    return {name: value for name, value in {**process, **versions}.items() if value is not None}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
