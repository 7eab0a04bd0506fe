"""`Collection`: what the medmnist package knows of one of its data sets, and which of them are usable here."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ganlab_core import GanlabError

ORIGINAL_SIZE: Final = 28


class CollectionError(GanlabError, ValueError):
    """A `ValueError` too, so that pydantic reports it beside a recipe's other errors, with its place."""


@dataclass(frozen=True)
class Collection:
    """One flat, single-label data set."""

    name: str
    channels: int
    class_names: tuple[str, ...]
    sources: Mapping[str, str]

    def file_name(self, size: int) -> str:
        """The archive that holds its images of `size` x `size`."""
        return f"{self.name}{_suffix(size)}.npz"

    def url(self, size: int) -> str:
        """Where its authors publish that archive."""
        return self.sources[f"url{_suffix(size)}"]

    def md5(self, size: int) -> str:
        """The sum that they give for it."""
        return self.sources[f"MD5{_suffix(size)}"]


def collection(name: str) -> Collection:
    """The collection of that name.

    Raises:
        CollectionError: there is none, or its images are volumes, or have several labels each.
    """
    known = _known()
    usable = ", ".join(other for other in known if _reason_against(other, known[other]) is None)
    if name not in known:
        near = difflib.get_close_matches(name.lower(), known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else "."
        raise CollectionError(f"medmnist has no data set {name!r}{hint} There is {usable}")
    information = known[name]
    if reason := _reason_against(name, information):
        raise CollectionError(f"{name} cannot be used: {reason}; take one of {usable}")
    return Collection(
        name=name,
        channels=information["n_channels"],
        class_names=tuple(information["label"][key] for key in sorted(information["label"], key=int)),
        sources={key: text for key, text in information.items() if key.startswith(("url", "MD5"))},
    )


def _reason_against(name: str, information: Mapping[str, Any]) -> str | None:
    if name.endswith("3d"):
        return "its images are volumes, and networks here draw flat ones"
    if "multi-label" in information["task"]:
        return "its images show several classes at once, and here each image has one"
    return None


def _known() -> dict[str, dict[str, Any]]:
    with warnings.catch_warnings():
        # At import the package makes a folder in the user's home, and warns if it cannot; nothing here reads it.
        warnings.simplefilter("ignore")
        from medmnist import INFO  # type: ignore[import-untyped]

    known: dict[str, dict[str, Any]] = INFO
    return known


def _suffix(size: int) -> str:
    return "" if size == ORIGINAL_SIZE else f"_{size}"
