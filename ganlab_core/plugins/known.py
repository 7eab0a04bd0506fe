"""Parts of plugins that are kept beside ganlab and installed apart: the one place in the core that names a plugin.

It serves a message alone: a recipe that asks for such a part is told what to install.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from ganlab_core.interface.kinds import Kind, Role

_Part = tuple[Kind, Role | None, str]

KNOWN: dict[_Part, str] = {
    ("network", "generator", "resnet"): "ganlab-resnet",
    ("network", "trunk", "resnet"): "ganlab-resnet",
    ("loss", None, "lecam"): "ganlab-stabilize",
    ("loss", None, "diffaugment"): "ganlab-stabilize",
    ("loss", None, "ada"): "ganlab-stabilize",
    ("loss", None, "relativistic"): "ganlab-stabilize",
    ("loss", None, "relativistic-pairing"): "ganlab-stabilize",
    ("metric", None, "fid"): "ganlab-fid",
    ("metric", None, "kid"): "ganlab-fid",
    ("metric", None, "precision-recall"): "ganlab-fid",
    ("prior", None, "clustergan"): "ganlab-clustergan",
    ("loss", None, "cycle"): "ganlab-clustergan",
    ("dataset", None, "medmnist"): "ganlab-medmnist",
    ("features", None, "efficientnet-lite0"): "ganlab-features",
    ("features", None, "torchvision"): "ganlab-features",
    ("features", None, "timm"): "ganlab-features",
}
"""The distribution that gives a part, by kind, role (networks only) and name."""


def install_hint(kind: Kind, role: Role | None, name: str) -> str | None:
    """How to get a part that no loaded plugin gives; None for one that is not known here. `role` None is any role."""
    found = {
        distribution
        for (known_kind, known_role, known_name), distribution in KNOWN.items()
        if (known_kind, known_name) == (kind, name) and role in (None, known_role)
    }
    if not found:
        return None
    distribution = found.pop()
    if _is_installed(distribution):
        return f"it is given by {distribution}, which is installed but not loaded; `ganlab plugins` says why"
    return (
        f"it is given by {distribution}, which is not installed; in the folder of ganlab's sources: "
        f"`pip install ./plugins/{distribution}`"
    )


def _is_installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True
