"""Which plugins to load: entry points of the group `ganlab`, and the two environment variables that have a say.

`GANLAB_PLUGINS=` (empty) loads none and `GANLAB_PLUGINS=a,b` just those; `GANLAB_STRICT_PLUGINS=1` makes the first
failure fatal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points

from ganlab_core.interface.errors import GanlabError

GROUP = "ganlab"
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def wanted_entry_points(environ: Mapping[str, str]) -> list[EntryPoint]:
    """The entry points to load, by name and module, so that every machine loads them in the same order.

    Raises:
        GanlabError: `GANLAB_PLUGINS` names a plugin that is not installed.
    """
    installed = sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value))
    chosen = environ.get("GANLAB_PLUGINS")
    if chosen is None:
        return installed
    names = [name.strip() for name in chosen.split(",") if name.strip()]
    _refuse_unknown(names, [point.name for point in installed])
    return [point for point in installed if point.name in names]


def installed_plugins() -> set[str]:
    """The names of all plugins that are installed, whichever of them the environment lets in."""
    return {point.name for point in entry_points(group=GROUP)}


def is_strict(environ: Mapping[str, str]) -> bool:
    """Whether a plugin's failure ends the program.

    Raises:
        GanlabError: a value other than 1, 0 or nothing.
    """
    value = environ.get("GANLAB_STRICT_PLUGINS", "")
    if value not in ("", "0", "1"):
        raise GanlabError(f"GANLAB_STRICT_PLUGINS={value!r}: set it to 1, or to 0, or leave it out")
    return value == "1"


def distribution_of(point: EntryPoint) -> str:
    """The name of the distribution that an entry point belongs to."""
    return _metadata(point, "Name") or "unknown distribution"


def version_of(point: EntryPoint) -> str:
    """The version of the distribution that an entry point belongs to."""
    return _metadata(point, "Version") or "unknown version"


def _metadata(point: EntryPoint, key: str) -> str | None:
    try:
        return point.dist.metadata[key] if point.dist else None
    except Exception:  # METADATA is missing or damaged: what is raised differs between Python's versions
        return None


def _refuse_unknown(names: Sequence[str], installed: Sequence[str]) -> None:
    for name in names:
        if name not in installed:
            import difflib

            near = difflib.get_close_matches(name, installed, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise GanlabError(
                f"GANLAB_PLUGINS names {name!r}, and no such plugin is installed{hint}; "
                f"installed: {', '.join(installed) or 'none'}"
            )
