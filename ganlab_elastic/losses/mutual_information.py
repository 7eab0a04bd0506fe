"""InfoGAN's lower bound on the information that images hold on codes (Chen et al. 2016, arXiv 1606.03657, equation 5).

L_I = E[log Q(c | G(z, c))] + H(c). Minimised here is -E[log Q], the mean negative log-likelihood of the drawn codes.
H(c), constant for a fixed prior, is left out for a learned one too: it would pull that prior back to uniform.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import torch
from pydantic import Field, PositiveFloat
from torch import Tensor

from ganlab_core import GanlabError, GeneratorLoss, LossSpec, Recognition, StepContext, held


@dataclass(frozen=True)
class CodeLikelihood:
    """How badly the recognition head reads the fake images' codes back."""

    weights: Mapping[str, float]
    target: Literal["hard", "soft"]

    def __call__(self, step: StepContext, recognition: Recognition) -> Tensor:
        """Weighted sum over the codes of the mean negative log-likelihood; a scalar in nats."""
        terms = []
        for code, weight in self.weights.items():
            nll_N = step.prior.factors[code].nll(
                recognition.parameters[code], step.latent.draws[code], target=self.target
            )
            nll = nll_N.mean()
            step.record(code, nll)
            terms.append(weight * nll)
        return torch.stack(terms).sum()


@dataclass(frozen=True)
class GeneratorInformation:
    """Trains the generator and the prior; what recognises stays as it is, in eval mode."""

    likelihood: CodeLikelihood

    def generator(self, step: StepContext) -> Tensor:
        """The bound on the fake images, with gradient into the generator."""
        fake_NCHW = step.images("fake")  # may be generated now, which must not happen in eval mode
        with held(step.networks):
            (recognition,) = step.networks.recognise([fake_NCHW])
        return self.likelihood(step, recognition)


@dataclass(frozen=True)
class HeadInformation:
    """Trains the recognition head, the generator and the prior; no trunk learns, and all is in eval mode.

    For a code beside others that the recognition network has learned from real images: if its trunk learned from fake
    images, or took their batch statistics, it would read those others worse.
    """

    likelihood: CodeLikelihood

    def generator(self, step: StepContext) -> Tensor:
        """The bound on the fake images, with gradient into the generator."""
        fake_NCHW = step.images("fake")  # may be generated now, which must not happen in eval mode
        head = step.networks.recognition
        assert head is not None
        learning = [parameter for parameter in head.parameters() if parameter.requires_grad]
        with held(step.networks):
            for parameter in learning:
                parameter.requires_grad_(True)
            (recognition,) = step.networks.recognise([fake_NCHW])
        return self.likelihood(step, recognition)


@dataclass(frozen=True)
class RecognitionInformation:
    """Trains the recognition head (and its own trunk), the generator and the prior; the shared trunk does not learn."""

    likelihood: CodeLikelihood

    def generator(self, step: StepContext) -> Tensor:
        """The bound on the fake images, with gradient into the generator."""
        return self.likelihood(step, *step.recognise("fake"))


@dataclass(frozen=True)
class TrunkInformation:
    """Trains the trunk too, in the discriminator's phase, as InfoGAN's own code does."""

    likelihood: CodeLikelihood

    def generator(self, step: StepContext) -> Tensor:
        """The bound on the fake images, with gradient into the generator."""
        return self.likelihood(step, *step.recognise("fake"))

    def discriminator(self, step: StepContext) -> Tensor:
        """The bound on the fake images without gradient into them: what the discriminator's player owns learns."""
        return self.likelihood(step, *step.recognise("fake"))


def mutual_information(
    spec: LossSpec,
    *,
    codes: Annotated[tuple[str, ...], Field(min_length=1)] | None = None,
    weights: dict[str, PositiveFloat] | None = None,
    target: Literal["hard", "soft"] = "hard",
    trains: Literal["generator", "head", "recognition", "trunk"] = "recognition",
) -> GeneratorLoss:
    """InfoGAN's mutual information bound: the recognition head reads the codes back from fake images.

    Args:
        codes: names of the codes to read back; every code of the prior if left out.
        weights: weight of a code by its name, 1 where not given.
        target: score a category against its index (hard), or against the relaxed value that the generator saw (soft).
        trains: how far its gradient goes. The generator and the prior always learn from it; `head` trains the
            recognition head too, but no trunk; `recognition` also the head's own trunk, as Elastic-InfoGAN does, and
            `trunk` the one that it shares with the discriminator, as InfoGAN's own code does.

    Raises:
        GanlabError: the prior has no code, or not one of those named.
    """
    if not spec.codes:
        raise GanlabError(
            "mutual-information: the prior has no code that can be read back; "
            "add one, such as `prior.code: {use: elastic, classes: 10}`, or drop this loss"
        )
    chosen = tuple(spec.codes) if codes is None else codes
    _check_names("codes", chosen, known=tuple(spec.codes))
    _check_names("weights", tuple(weights or ()), known=chosen)
    by_code = {code: (weights or {}).get(code, 1.0) for code in chosen}
    likelihood = CodeLikelihood(by_code, target)
    return _REACH[trains](likelihood)


_REACH: dict[str, Callable[[CodeLikelihood], GeneratorLoss]] = {
    "generator": GeneratorInformation,
    "head": HeadInformation,
    "recognition": RecognitionInformation,
    "trunk": TrunkInformation,
}


def _check_names(argument: str, names: tuple[str, ...], *, known: tuple[str, ...]) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        raise GanlabError(f"mutual-information: `{argument}` names {unknown}, but the codes to read are {list(known)}")
