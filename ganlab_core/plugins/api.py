"""The version of ganlab's plugin interface that a plugin says it was made for: `ganlab_api = "1"` in its module."""

from __future__ import annotations

import re

from ganlab_core.component import GanlabError
from ganlab_core.version import API_VERSION

_VERSION = re.compile(r"([0-9]{1,6})(?:\.([0-9]{1,6}))?")


def check_api(plugin: object) -> None:
    """Check the version that a plugin states, if it does: the same major number, and no newer minor one.

    Raises:
        GanlabError: it was made for another version, or states none that can be read.
    """
    check_version(getattr(plugin, "ganlab_api", API_VERSION))


def check_version(stated: object) -> None:
    """Check a version that a plugin states: the same major number, and no newer minor one.

    Raises:
        GanlabError: it is another version, or none that can be read.
    """
    match = _VERSION.fullmatch(stated) if isinstance(stated, str) else None
    if match is None:
        raise GanlabError(f'ganlab_api is {stated!r}; it is a version as text, such as "{API_VERSION}"')
    major, minor = int(match[1]), int(match[2] or 0)
    our_major, our_minor = map(int, API_VERSION.split("."))
    text = f"it is made for version {stated} of ganlab's plugin interface, and this ganlab has version {API_VERSION}"
    if major != our_major:
        raise GanlabError(f"{text}; install a release of it for {our_major}, or a ganlab with {major}")
    if minor > our_minor:
        raise GanlabError(f"{text}; install a newer ganlab")
