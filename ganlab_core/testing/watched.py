"""`Watched`: a loss under test, each of its terms looked at when the training step asks for it."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import Tensor, nn

from ganlab_core.interface.loss import preparation_of, term_of
from ganlab_core.interface.step import Phase, StepContext
from ganlab_core.testing.subject import Subject

PHASES: tuple[Phase, ...] = ("discriminator", "generator")


class Watched(nn.Module):
    """The loss with its phases; a module, so that what it holds learns and is saved as it would be unwatched."""

    def __init__(self, loss: Any, subject: Subject) -> None:
        super().__init__()
        self.loss = loss
        self._subject = subject
        for phase in PHASES:
            if term_of(loss, phase) is not None:
                setattr(self, phase, partial(self._term, phase))
        if preparation_of(loss) is not None:
            self.prepare = self._prepare

    def _prepare(self, step: StepContext) -> None:
        with self._subject.during("`prepare`"), self._subject.without_global_random("`prepare`"):
            self.loss.prepare(step)

    def _term(self, phase: Phase, step: StepContext) -> Tensor:
        before = _condition(step)
        what = f"the {phase}'s phase"
        with self._subject.during(what), self._subject.without_global_random(what):
            term = getattr(self.loss, phase)(step)
        for wrong, value in _condition(step).items():
            self._subject.require(value == before[wrong], f"{what} {wrong}")
        return self._checked(term, what)

    def _checked(self, term: object, what: str) -> Tensor:
        if not isinstance(term, Tensor):
            self._subject.fail(f"{what} gives a {type(term).__name__}, not a scalar tensor")
        shape = tuple(term.shape)
        self._subject.require(shape == (), f"{what} gives a tensor of shape {shape}, not a scalar: take its mean")
        self._subject.require(term.is_floating_point(), f"{what} gives {term.dtype}, not a float")
        self._subject.require(bool(term.isfinite()), f"{what} gives {term.item():g}, which is not finite")
        return term


def _condition(step: StepContext) -> dict[str, object]:
    """What a loss may not change, by what it did if this differs afterwards."""
    parameters = [*step.networks.parameters(), *step.prior.parameters()]
    gradients = [parameter.grad for parameter in parameters]
    return {
        "calls backward, which is the training step's to do": [
            None if gradient is None else (id(gradient), gradient._version) for gradient in gradients
        ],
        "changes parameters, which is the optimiser's to do": [parameter._version for parameter in parameters],
        "leaves networks in another mode (train or eval)": [module.training for module in step.networks.modules()],
        "leaves parameters frozen, or no longer so": [parameter.requires_grad for parameter in parameters],
    }
