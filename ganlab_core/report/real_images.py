"""What a run's recognition head makes of the real images: a code for each, and the class that each code stands for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ganlab_core.assignment.codes import Assigned, assign
from ganlab_core.datasets.image_data import ImageData
from ganlab_core.loaded_run import LoadedRun

Table = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RealImages:
    """A collection and what was assigned to its images.

    Attributes:
        codes: how many categories the class code has.
        counts_KL: how many images have code k and class l; None without labels.
    """

    data: ImageData
    assigned: Assigned
    codes: int
    counts_KL: Table | None

    @property
    def shares_K(self) -> list[float]:
        """The part of the images that each code was given."""
        counts_K = torch.bincount(self.assigned.codes_N, minlength=self.codes)
        return (counts_K / counts_K.sum()).tolist()

    def surest(self, code: int, *, most: int) -> Tensor:
        """At most `most` images of a code, uint8 `(n, C, H, W)`: those that the head is surest of, the surest first."""
        (of_code_n,) = (self.assigned.codes_N == code).nonzero(as_tuple=True)
        order_n = self.assigned.confidences_N[of_code_n].argsort(descending=True, stable=True)
        return self.data.images_NCHW[of_code_n[order_n[:most]]]


def look_at(run: LoadedRun, data: ImageData) -> RealImages | None:
    """Assign every real image; None of a run without class code or recognition head."""
    code = next(iter(run.prior.categorical), None)
    if code is None or run.model.networks.recognition is None:
        return None
    assigned, codes = assign(run, data.images_NCHW), run.prior.categorical[code].classes
    counts_KL = None
    if data.labels_N is not None:
        cells_N = assigned.codes_N * len(data.class_names) + data.labels_N
        counts_N = torch.bincount(cells_N, minlength=codes * len(data.class_names))
        counts_KL = counts_N.view(codes, len(data.class_names)).numpy()
    return RealImages(data=data, assigned=assigned, codes=codes, counts_KL=counts_KL)


def match_codes(counts_KL: Table) -> list[int | None]:
    """A class for each code, no class twice, such that most images are where they belong (Kuhn 1955).

    Of more codes than classes, the codes left over get None.
    """
    from scipy.optimize import linear_sum_assignment

    class_of = dict(zip(*linear_sum_assignment(counts_KL, maximize=True), strict=True))
    return [int(class_of[code]) if code in class_of else None for code in range(len(counts_KL))]


def matched_accuracy(counts_KL: Table, matched_K: list[int | None]) -> float:
    """The part of the images whose code is the one matched to their class."""
    hits = sum(counts_KL[code, label] for code, label in enumerate(matched_K) if label is not None)
    return float(hits / counts_KL.sum())
