"""`new_plugin`: a plugin package to start from, rendered from the files in `templates/plugin`."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Literal, get_args

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.version import API_VERSION
from ganlab_core.plugins import Plugins
from ganlab_core.plugins.discovery import NAME, installed_plugins
from ganlab_core.system.atomic import renamed_into_place

ScaffoldKind = Literal["network", "prior", "loss", "dataset"]
SCAFFOLD_KINDS: tuple[ScaffoldKind, ...] = get_args(ScaffoldKind)
TEMPLATE = Path(__file__).parent / "templates" / "plugin"
_LONGEST_NAME = 40  # the template's lines stay within their limit


def new_plugin(name: str, *, kind: ScaffoldKind, out: Path, plugins: Plugins) -> Path:
    """Write the package `ganlab-NAME` into the new folder `out`: an example of a part of this kind, and its tests.

    Returns the file to edit.

    Raises:
        GanlabError: the name cannot be a plugin's or is in use, the folder exists or cannot be made, or what renders
            it is not installed.
    """
    _check_name(name, kind, plugins)
    if out.exists() or out.is_symlink():
        raise GanlabError(f"{out} exists already, and nothing is overwritten; name another folder with `--out FOLDER`")
    copier = _copier()
    answers = {"name": name, "kind": kind, "api": API_VERSION.partition(".")[0]}
    try:
        with renamed_into_place(out) as aside:
            copier.run_copy(str(TEMPLATE), aside, data=answers, defaults=True, quiet=True)
    except OSError as error:
        reason = error.strerror or " ".join(str(error).split())  # of a program that copier calls, several lines
        raise GanlabError(f"{out} can't be made: {reason}; name another folder with `--out FOLDER`") from error
    return out / f"ganlab_{name.replace('-', '_')}" / f"{kind}.py"


def _copier() -> ModuleType:
    """The library that renders the template; only plugin authors need it, and it takes most of a second."""
    try:
        import copier
    except ImportError as error:
        missing = error.name or "copier"
        raise GanlabError(
            f"`ganlab new` needs {missing}, which plugin authors alone need: pip install 'ganlab[author]'"
        ) from error
    return copier


def _check_name(name: str, kind: ScaffoldKind, plugins: Plugins) -> None:
    if not NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise GanlabError(
            f"a plugin's name is lower-case words and digits joined by hyphens, at most {_LONGEST_NAME} characters; "
            f"{name!r} is not; give one such as `my-{kind}`"
        )
    if name in {*installed_plugins(), *(status.name for status in plugins.statuses)}:
        raise GanlabError(f"there is a plugin {name!r} already (`ganlab plugins`); give another name")
    for entry in plugins.registries[kind]:
        if entry.name == name:
            raise GanlabError(f"there is a {kind} {name!r} already, given by {entry.giver}; give another name")
