"""Pulls the learned prior towards how often the recognition head sees each category in real images.

Over the whole data set, a head that reads frozen features too is asked for that reading, which is the better one.

KL(mean Q(c | x) || p), in theta only. Its gradient in theta is p - mean Q, which is linear in the mean, so a batch's
mean gives an unbiased estimate of the gradient for the whole data set; the data set's own mean has no noise.
"""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import PositiveInt
from torch import Tensor, nn

from ganlab_core import GanlabError, GeneratorLoss, LossSpec, StepContext, held
from ganlab_elastic.losses.codes import categorical_code
from ganlab_elastic.prior.elastic import ElasticCategorical

_BLOCK = 1024


def kl_to_prior(mean_K: Tensor, theta_K: Tensor) -> Tensor:
    """KL(mean || softmax(theta)), a scalar in nats; no gradient reaches `mean_K`."""
    return F.kl_div(theta_K.log_softmax(dim=0), mean_K.detach(), reduction="sum")


class BatchMatching:
    """Matches each batch's mean; acts in the generator's phase, and the prior's warm-up holds for it too."""

    def __init__(self, code: str | None) -> None:
        self._code = code

    def generator(self, step: StepContext) -> Tensor:
        """The divergence for this batch; a scalar in nats."""
        code, factor = _elastic(step, self._code)
        (recognition,) = step.recognise("real")
        return kl_to_prior(_mean(recognition.parameters[code]), factor.theta_at(step.number))


class DataMatching(nn.Module):
    """Matches the mean over the whole data set, taken anew every so many steps and kept in between."""

    mean_K: Tensor

    def __init__(self, code: str, *, classes: int, every: int) -> None:
        super().__init__()
        self._code = code
        self._every = every
        self._missing = True
        self._seen_version: int | None = None
        self.register_buffer("mean_K", torch.full((classes,), torch.nan))

    def generator(self, step: StepContext) -> Tensor:
        """The divergence from the mean that was last taken; a scalar in nats."""
        code, factor = _elastic(step, self._code)
        if step.number % self._every == 0 or self._mean_is_missing():
            self._take_mean(step, code)
        return kl_to_prior(self.mean_K, factor.theta_at(step.number))

    def _mean_is_missing(self) -> bool:
        """Whether no mean was taken yet; asks the device only when something was written into the buffer since."""
        if self._seen_version != self.mean_K._version:
            self._seen_version = self.mean_K._version
            self._missing = bool(self.mean_K.isnan().any())
        return self._missing

    @torch.no_grad()
    def _take_mean(self, step: StepContext, code: str) -> None:
        with held(step.networks):
            logits_NK = _by_features(step, code)
            self.mean_K.copy_(self._seen(step, code) if logits_NK is None else _mean(logits_NK))

    def _seen(self, step: StepContext, code: str) -> Tensor:
        """The mean over the data set of what is recognised in pixels."""
        total_K = torch.zeros_like(self.mean_K)
        for images_NCHW in step.data.blocks(_BLOCK):
            (recognition,) = step.networks.recognise([images_NCHW])
            total_K += _mean(recognition.parameters[code]) * len(images_NCHW)
        return total_K / len(step.data)


def _by_features(step: StepContext, code: str) -> Tensor | None:
    """What the head says of all images by their frozen features; None where it does not read the code from any."""
    if step.data.features_ND is None or not step.networks.reads_features:
        return None
    return step.networks.recognise_features(step.data.features_ND).parameters.get(code)


def _mean(logits_NK: Tensor) -> Tensor:
    return logits_NK.float().softmax(dim=1).mean(dim=0)


def _elastic(step: StepContext, code: str | None) -> tuple[str, ElasticCategorical]:
    """The code's name and its factor.

    Raises:
        GanlabError: the code has no probabilities to learn.
    """
    name = categorical_code(step.prior, code, asked_by="prior-matching")
    factor = step.prior.categorical[name]
    if not isinstance(factor, ElasticCategorical):
        raise GanlabError(
            f"prior-matching: the probabilities of `prior.{name}` are fixed; make it `use: elastic`, or drop this loss"
        )
    return name, factor


def prior_matching(
    spec: LossSpec, *, code: str | None = None, over: Literal["batch", "data"] = "batch", every: PositiveInt = 500
) -> GeneratorLoss:
    """Pulls the learned prior towards the mean prediction on real images.

    Args:
        code: the elastic code to match; the prior's first categorical one if left out, which must be the first code of
            all where the mean is over the data.
        over: the mean over the step's real batch, or over the whole data set.
        every: steps between two means over the whole data set.

    Raises:
        GanlabError: the prior has no code of that name.
    """
    if over == "batch":
        return BatchMatching(code)
    chosen = code if code is not None else next(iter(spec.codes), None)
    if chosen is None or chosen not in spec.codes:
        raise GanlabError(f"prior-matching: `code: {chosen}` is no code of the prior; it has {list(spec.codes)}")
    return DataMatching(chosen, classes=spec.codes[chosen], every=every)
