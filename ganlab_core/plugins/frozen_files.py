"""Plugin files in a run folder: copies of what a run was trained with, and `plugins.json` with their hashes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from pydantic import ConfigDict, StringConstraints, TypeAdapter

from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins.discovery import NAME
from ganlab_core.plugins.plugin_file import PluginFile
from ganlab_core.system.json_files import read_json

INDEX = "plugins.json"


@dataclass(frozen=True)
class FrozenFile:
    """A line of the index. The patterns matter: the folder may be a stranger's, and messages show these texts."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    file: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,100}\.py$")]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


_Name = Annotated[str, StringConstraints(pattern=f"^(?:{NAME.pattern})$", max_length=100)]
_INDEX = TypeAdapter(dict[_Name, FrozenFile])


def freeze(files: Sequence[PluginFile], folder: Path) -> None:
    """Copy the files into `folder`, with their hashes; nothing where there are none.

    Raises:
        OSError: the folder cannot be written.
    """
    if not files:
        return
    folder.mkdir(exist_ok=True)
    for file in files:
        (folder / file.path.name).write_bytes(file.source)
    index = {file.name: asdict(FrozenFile(file.path.name, file.sha256)) for file in files}
    (folder / INDEX).write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")


def read_frozen(folder: Path) -> Mapping[str, FrozenFile]:
    """The index of a run's plugin files, by plugin name; empty for a run without any.

    Raises:
        GanlabError: the index is damaged.
    """
    path = folder / INDEX
    try:
        return _INDEX.validate_python(read_json(path))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise GanlabError(f"{path} can't be read; restore it, or train in a new run folder") from error


def check_unchanged(file: PluginFile) -> None:
    """If the file is a run folder's copy, check before any of it runs that it is as it was when the run began.

    Raises:
        GanlabError: it is not, or the index beside it is damaged.
    """
    known = read_frozen(file.path.parent).get(file.name)
    if known is not None and known.sha256 != file.sha256:
        raise GanlabError(
            f"--plugin {file.path}: it has changed since the run began: its SHA-256 is {file.sha256}, and {INDEX} says "
            f"{known.sha256}; restore it from where it came from"
        )
