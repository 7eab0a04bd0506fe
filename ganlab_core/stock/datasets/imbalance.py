"""Imbalanced collections: a seeded draw, without replacement, of so many images of each class."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from pydantic import ConfigDict
from torch import Tensor

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import ImageData
from ganlab_core.interface.location import PackagedLocation
from ganlab_core.interface.randomness import derived_generator
from ganlab_core.stock.datasets.counts_file import read_counts


class ImbalanceError(GanlabError, ValueError):
    """A `ValueError` too, so that pydantic reports it beside a recipe's other errors, with its place."""


@dataclass(frozen=True, kw_only=True)
class Imbalance:
    """How many images of each class to keep: exactly one of `ratio`, `exponent`, `counts`, and `file` with `row`.

    Args:
        seed: decides which class gets which size (`ratio`, `exponent`) and which of its images are kept.
        ratio: largest to smallest class, 1 or more; the sizes in between are geometric.
        exponent: long tail: the class of rank k = 1, 2, ... gets a size proportional to k to the power -exponent.
        counts: the number of images of each class, in label order.
        file: a CSV or `.npy` table of counts, a row a split, a column a class; a path, or `PACKAGE:FILE` in a package.
        row: which row of the file, from 1; its number in the column `split` if the CSV has one.

    Raises:
        ImbalanceError: none or several of the options, or a value out of range.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    seed: int = 0
    ratio: float | None = None
    exponent: float | None = None
    counts: tuple[int, ...] | None = None
    file: PackagedLocation | None = None
    row: int | None = None

    def __post_init__(self) -> None:
        options = ("ratio", "exponent", "counts", "file")
        given = [option for option in options if getattr(self, option) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise ImbalanceError(f"imbalance takes exactly one of {', '.join(options)} (with row); given: {found}")
        if (self.file is None) != (self.row is None):
            raise ImbalanceError("imbalance takes file and row together: row N, from 1, of the file's counts")
        if self.ratio is not None and not 1 <= self.ratio < math.inf:
            raise ImbalanceError(f"imbalance.ratio is largest to smallest class, 1 or more, not {self.ratio}")
        if self.exponent is not None and not 0 <= self.exponent < math.inf:
            raise ImbalanceError(f"imbalance.exponent must be 0 (balanced) or more, not {self.exponent}")
        if self.counts is not None and (min(self.counts, default=0) < 0 or not any(self.counts)):
            raise ImbalanceError(f"imbalance.counts must be 0 or more and not all 0, not {list(self.counts)}")


def draw_imbalanced(data: ImageData, imbalance: Imbalance | None) -> ImageData:
    """The images that an imbalance keeps, in their order in `data`, which the result carries as `full`; all for None.

    Raises:
        GanlabError: `data` has no labels; a class has too few images; a class would be left empty by a ratio or an
            exponent; not a count a class; what `read_counts` raises.
    """
    if imbalance is None:
        return data
    available = data.class_counts
    if data.labels_N is None or available is None:
        raise GanlabError(f"imbalance needs labels, and {data.name} has none; drop imbalance, or give labelled images")
    names = data.class_names or tuple(map(str, range(len(available))))
    sizes = _class_sizes(imbalance, available, names)
    for name, asked, present in zip(names, sizes, available, strict=True):
        if asked > present:
            raise GanlabError(
                f"imbalance asks for {asked} images of class '{name}', and {data.name} has {present}: "
                "ask for fewer, or draw from a larger split"
            )
    kept_N = _draw(data.labels_N, sizes, imbalance.seed)
    return replace(
        data,
        images_NCHW=data.images_NCHW[kept_N],
        labels_N=data.labels_N[kept_N],
        paths=tuple(data.paths[index] for index in kept_N.tolist()) if data.paths else (),
        full=data.full or data,
    )


def require_drawable(
    labels_N: Tensor | None, class_names: tuple[str, ...], imbalance: Imbalance | None, *, asked_by: str
) -> None:
    """Check that a draw is possible by the labels alone, before images are read.

    Raises:
        GanlabError: as `draw_imbalanced`.
    """
    if imbalance is not None:
        unread_NCHW = torch.empty(0 if labels_N is None else len(labels_N), 1, 1, 1, dtype=torch.uint8)
        draw_imbalanced(ImageData(asked_by, unread_NCHW, labels_N, class_names), imbalance)


def _class_sizes(imbalance: Imbalance, available: Sequence[int], names: Sequence[str]) -> tuple[int, ...]:
    """How many images of each class, in label order."""
    if imbalance.ratio is not None:
        last = max(len(available) - 1, 1)
        shares = [imbalance.ratio ** (-rank / last) for rank in range(len(available))]
        return _fitted(shares, imbalance, available, names)
    if imbalance.exponent is not None:
        shares = [(rank + 1) ** -imbalance.exponent for rank in range(len(available))]
        return _fitted(shares, imbalance, available, names)
    counts, place = imbalance.counts, "counts"
    if counts is None:
        assert imbalance.file is not None
        assert imbalance.row is not None
        counts, place = read_counts(imbalance.file, imbalance.row), f"file: row {imbalance.row} of '{imbalance.file}'"
    if len(counts) != len(available):
        raise GanlabError(f"imbalance.{place} has {len(counts)} counts, and there are {len(available)} classes")
    return counts


def _fitted(
    shares: Sequence[float], imbalance: Imbalance, available: Sequence[int], names: Sequence[str]
) -> tuple[int, ...]:
    """Sizes in the proportions of `shares` (by rank, first the largest), as large as every class's images allow."""
    generator = derived_generator(imbalance.seed, "imbalance", "ranks")
    shares_by_label = [shares[rank] for rank in torch.randperm(len(shares), generator=generator).tolist()]
    limits = [present / max(share, 1e-300) for present, share in zip(available, shares_by_label, strict=True)]
    largest = math.floor(min(limits))
    sizes = tuple(round(largest * share) for share in shares_by_label)
    if 0 in sizes:
        option = "ratio" if imbalance.ratio is not None else "exponent"
        raise GanlabError(
            f"imbalance.{option}: {getattr(imbalance, option)} leaves class '{names[sizes.index(0)]}' no image where "
            f"the largest class has {largest}: take a smaller {option}, or more data"
        )
    return sizes


def _draw(labels_N: Tensor, sizes: Sequence[int], seed: int) -> Tensor:
    """Sorted indices of `sizes[k]` images of each class k; a larger size keeps what a smaller one keeps."""
    kept = []
    for label, size in enumerate(sizes):
        members_M = (labels_N == label).nonzero().squeeze(1)
        order_M = torch.randperm(len(members_M), generator=derived_generator(seed, "imbalance", "class", label))
        kept.append(members_M[order_M[:size]])
    return torch.cat(kept).sort().values
