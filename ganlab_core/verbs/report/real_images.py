"""What a run's recognition head makes of the real images: a code for each, and the class that each code stands for."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab_core.evaluation.contingency import ContingencyTable, contingency_table
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import ImageData
from ganlab_core.runs.loaded import LoadedRun
from ganlab_core.verbs.assign.codes import Assigned, assign
from ganlab_core.verbs.assign.reading import assign_features, reading_of


@dataclass(frozen=True)
class RealImages:
    """A collection and what was assigned to its images.

    Attributes:
        codes: how many categories the class code has.
        counts_KL: how many images have code k and class l; None without labels.
        features_ND: the frozen features that the codes were read in; None where they were read in the images.
        read_in: what is to be said of that, as a sentence; None of a run without features.
    """

    data: ImageData
    assigned: Assigned
    codes: int
    counts_KL: ContingencyTable | None
    features_ND: Tensor | None = None
    read_in: str | None = None

    @property
    def shares_K(self) -> list[float]:
        """The part of the images that each code was given."""
        counts_K = torch.bincount(self.assigned.codes_N, minlength=self.codes)
        return (counts_K / counts_K.sum()).tolist()

    def surest(self, code: int, *, most: int) -> Tensor:
        """At most `most` images of a code, uint8 `(n, C, H, W)`: those that the head is surest of, the surest first."""
        return self.data.images_NCHW[self._by_confidence(code)[:most]]

    def all_sorts(self, code: int, *, most: int) -> Tensor:
        """At most `most` images of a code as `surest`, but from the surest to the least sure, evenly in that order."""
        of_code_n = self._by_confidence(code)
        count = min(most, len(of_code_n))
        return self.data.images_NCHW[of_code_n[torch.linspace(0, len(of_code_n) - 1, count).round().long()]]

    def _by_confidence(self, code: int) -> Tensor:
        """Which images have a code, the surest first."""
        (of_code_n,) = (self.assigned.codes_N == code).nonzero(as_tuple=True)
        return of_code_n[self.assigned.confidences_N[of_code_n].argsort(descending=True, stable=True)]


def look_at(run: LoadedRun, data: ImageData) -> RealImages | None:
    """Assign every real image; None of a run without class code or recognition head."""
    code = run.prior.class_code
    if code is None or run.model.networks.recognition is None:
        return None
    features_ND, read_in = _features(run, data)
    assigned = assign(run, data.images_NCHW) if features_ND is None else assign_features(run, features_ND)
    codes, counts_KL = run.prior.categorical[code].classes, None
    if data.labels_N is not None:
        counts_KL = contingency_table(assigned.codes_N, data.labels_N, codes=codes, classes=len(data.class_names))
    return RealImages(data, assigned, codes, counts_KL, features_ND=features_ND, read_in=read_in)


def _features(run: LoadedRun, data: ImageData) -> tuple[Tensor | None, str | None]:
    """The features that codes are to be read in, None for none, and what is to be said of it."""
    if reading_of(run) == "recognition":
        return None, None
    assert run.recipe.features is not None  # else the head would not read any
    try:
        return run.features_of(data), f"Codes of real images are read in the features of {run.recipe.features.use}."
    except GanlabError as error:
        return None, (
            "Codes of real images are those that the recognition network reads in the images themselves, which is less "
            f"sure, since their features cannot be had: {error}."
        )
