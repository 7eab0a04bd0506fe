"""Whether Python and every package that ganlab needs are there, and new enough."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable
from importlib import metadata

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from ganlab_core.interface.check import Finding
from ganlab_core.interface.version import __version__
from ganlab_core.verbs.doctor.examined import Examined

_DISTRIBUTION = "ganlab"


def look_at_versions(about: Examined) -> list[Finding]:
    """Ganlab, Python, and each package that the installed ganlab asks for."""
    ganlab = Finding(name="ganlab", text=__version__, value=__version__)
    try:
        found = metadata.metadata(_DISTRIBUTION)
    except metadata.PackageNotFoundError:
        unknown = Finding(
            name="packages",
            text="ganlab is not an installed package, so what it needs is not known",
            state="note",
            way_out="pip install .",
        )
        return [ganlab, _python(""), unknown]
    return [ganlab, _python(found["Requires-Python"] or ""), *packages(found.get_all("Requires-Dist") or ())]


def packages(requirements: Iterable[str], *, version_of: Callable[[str], str] = metadata.version) -> list[Finding]:
    """A finding for each package that is needed here and now; those of extras are not.

    Args:
        requirements: as in a package's `Requires-Dist`, such as `torch>=2.10`.
        version_of: gives the installed version by name, or raises `PackageNotFoundError`.
    """
    wanted = map(Requirement, requirements)
    return [_package(one, version_of) for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]


def _package(wanted: Requirement, version_of: Callable[[str], str]) -> Finding:
    way_out = f"pip install '{wanted.name}{wanted.specifier}'"
    try:
        version = version_of(wanted.name)
    except metadata.PackageNotFoundError:
        text = f"is missing, and ganlab needs {wanted.name}{wanted.specifier}"
        return Finding(name=wanted.name, text=text, state="stops", way_out=way_out)
    if not wanted.specifier.contains(version, prereleases=True):
        text = f"{version} does not do, ganlab needs {wanted.specifier}"
        return Finding(name=wanted.name, text=text, state="stops", way_out=way_out, value=version)
    return Finding(name=wanted.name, text=version, value=version)


def _python(wanted: str) -> Finding:
    version = platform.python_version()
    if SpecifierSet(wanted).contains(version, prereleases=True):
        return Finding(name="python", text=version, value=version)
    text = f"{version} does not do, ganlab needs {wanted}"
    return Finding(name="python", text=text, state="stops", way_out="make a virtual environment of another Python")
