"""Whether the generator draws the classes: what share of the images drawn for a code is read as that code.

InfoGAN's information on codes (Chen et al. 2016, arXiv 1606.03657) as a share that can be told; no label is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ganlab_core import contingency_table, match_codes
from ganlab_elastic.metrics.fresh_reader import train_reader
from ganlab_elastic.metrics.generated import require_judge

if TYPE_CHECKING:
    from ganlab_core import Evaluation

_IN_USE = 0.1  # of an even share of the prior


def share_read(expected_M: Tensor, read_M: Tensor, codes_M: Tensor, *, codes: int) -> Tensor:
    """For each code `(codes,)` the share of its images that are read as expected, float64; 0 of a code without images.

    Args:
        expected_M: what each image should be read as.
        read_M: what it is read as.
        codes_M: the code that it was drawn for, 0 to codes - 1.
        codes: how many codes.
    """
    drawn_K = torch.bincount(codes_M, minlength=codes)
    hits_K = torch.bincount(codes_M[expected_M == read_M], minlength=codes)
    return hits_K.double() / drawn_K.clamp(min=1)


class ReadBack:
    """Share of the images drawn for a code that are read as that code, in [0, 1]; needs no labels.

    `read_back` is the mean over the codes in use, those with a tenth of an even share of the prior or more, of what
    the recognition head reads; `read_back_lowest` the least of them, `read_back_codes` each code's. Where there are
    labels, `judge_read_back` and its like are what the judge reads as the class that the code was matched to, one to
    one, on real images; a code that is matched to no class is left out of these, 0 in the list.

    Args:
        afresh: also what a network reads that is trained for it on real images and their codes, and that the generator
            has not learned from: `fresh_read_back` and its like, and `fresh_reader_accuracy` on real images held out.
            The honest figure, since a generator may learn to be read as a code by one network without showing it.
    """

    def __init__(self, *, afresh: bool = False) -> None:
        self._afresh = afresh

    def require(self, evaluation: Evaluation) -> None:
        """Before a run: as `require_judge`."""
        require_judge(evaluation)

    def __call__(self, evaluation: Evaluation) -> dict[str, Any]:
        """The figures; nothing without a class code."""
        if evaluation.code is None:
            return {}
        prior_K = evaluation.learned_prior_K
        in_use_K = prior_K >= _IN_USE / len(prior_K)
        codes_M = evaluation.generated_codes_M
        read_K = share_read(codes_M, evaluation.generated_read_M, codes_M, codes=len(prior_K))
        fresh = _read_afresh(evaluation, in_use_K) if self._afresh else {}
        return _figures("read_back", read_K, in_use_K) | fresh | _judged(evaluation, in_use_K)


def _read_afresh(evaluation: Evaluation, in_use_K: Tensor) -> dict[str, Any]:
    codes_M, codes = evaluation.generated_codes_M, len(in_use_K)
    reader = train_reader(
        evaluation.data.images_NCHW,
        evaluation.real_codes_N,
        codes=codes,
        seed=evaluation.seed,
        device=evaluation.device,
    )
    read_M = torch.cat([reader.label(images_NCHW) for images_NCHW in evaluation.generated_images()])
    read_K = share_read(codes_M, read_M, codes_M, codes=codes)
    return _figures("fresh_read_back", read_K, in_use_K) | {"fresh_reader_accuracy": reader.accuracy}


def _judged(evaluation: Evaluation, in_use_K: Tensor) -> dict[str, Any]:
    labels_N, true_prior = evaluation.data.labels_N, evaluation.true_prior
    if labels_N is None or true_prior is None or evaluation.judge is None:
        return {}
    codes_M, codes, classes = evaluation.generated_codes_M, len(in_use_K), len(true_prior)
    table_KL = contingency_table(evaluation.real_codes_N, labels_N, codes=codes, classes=classes)
    class_K = torch.tensor([-1 if label is None else label for label in match_codes(table_KL)])
    read_K = share_read(class_K[codes_M], evaluation.generated_labels_M.cpu(), codes_M, codes=codes)
    return _figures("judge_read_back", read_K, in_use_K & (class_K >= 0))


def _figures(name: str, shares_K: Tensor, counted_K: Tensor) -> dict[str, Any]:
    counted = shares_K[counted_K]
    single = {} if not len(counted) else {name: counted.mean().item(), f"{name}_lowest": counted.min().item()}
    return {**single, f"{name}_codes": shares_K.tolist()}
