"""What of a prior's factor is learned from and saved: its likelihood, its gradients, its state."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn

from ganlab_core.interface.latent import CategoricalFactor, Factor
from ganlab_core.testing.draws import ROWS, draw, same
from ganlab_core.testing.saved import move_parameters, restore
from ganlab_core.testing.subject import Subject

_TARGETS: tuple[Literal["hard", "soft"], ...] = ("hard", "soft")


def check_likelihood(subject: Subject, factor: Factor) -> None:
    """`nll` of either target, of parameters in full and in half precision.

    Raises:
        AssertionError: it is no finite number a row that depends on that row's parameters alone.
    """
    random = torch.Generator().manual_seed(2)
    parameters_NR = torch.randn(ROWS, factor.recognition_width, generator=random)
    drawn = draw(factor)
    for target in _TARGETS:
        for half in (False, True):
            said_NR = (parameters_NR.bfloat16() if half else parameters_NR.clone()).requires_grad_()
            what = f"`nll(target={target!r})` of {said_NR.dtype} parameters"
            autocast = torch.autocast("cpu", dtype=torch.bfloat16, enabled=half)
            with subject.without_global_random("`nll`"), subject.during(what), autocast:
                nll_N = factor.nll(said_NR, drawn, target=target)
            _check_rows(subject, nll_N, said_NR, what)


def _check_rows(subject: Subject, nll_N: Tensor, said_NR: Tensor, what: str) -> None:
    shape = tuple(nll_N.shape)
    subject.require(shape == (ROWS,), f"{what} has shape {shape}, and a number a row is {(ROWS,)}")
    subject.require(bool(nll_N.isfinite().all()), f"{what} is not finite")
    subject.require(nll_N.requires_grad, f"{what} has no gradient in the parameters")
    (gradient_NR,) = torch.autograd.grad(nll_N[0], said_NR)
    subject.require(not gradient_NR[1:].any(), f"{what} mixes rows: each row's number is to be its own")
    subject.require(bool(gradient_NR[0].any()), f"{what} has no gradient in the parameters")


def check_learning(subject: Subject, factor: Any) -> None:
    """Each parameter gets a gradient through the drawn values, the probabilities or the likelihood.

    Raises:
        AssertionError: names one that gets none.
    """
    if not isinstance(factor, nn.Module):
        learning = [name for name, value in vars(factor).items() if isinstance(value, Tensor) and value.requires_grad]
        subject.require(not learning, f"{learning} would not learn or be saved: make the factor a torch.nn.Module")
        return
    total = _all_that_learns(factor)
    if total.requires_grad:
        total.backward()
    for name, parameter in factor.named_parameters():
        reached = parameter.grad is not None and bool(parameter.grad.any())
        subject.require(
            reached or not parameter.requires_grad,
            f"no gradient reaches its parameter {name!r}: neither its draws nor its likelihood depend on it",
        )


def _all_that_learns(factor: Any) -> Tensor:
    drawn = draw(factor)
    weights_NW = torch.rand(drawn.value_NW.shape, generator=torch.Generator().manual_seed(3))
    terms = [(drawn.value_NW * weights_NW).sum()]
    if isinstance(factor, CategoricalFactor):
        terms.append(factor.probabilities()[0])
    if factor.recognition_width:
        terms.append(factor.nll(torch.zeros(ROWS, factor.recognition_width), drawn, target="soft").sum())
    return torch.stack(terms).sum()


def check_state(subject: Subject, factor: Any, fresh: Any) -> None:
    """The same draws after a save and a load; a factor that is no module has nothing to save.

    Raises:
        AssertionError: they differ.
    """
    if isinstance(factor, nn.Module):
        move_parameters(factor, seed=4)
        with subject.during("saving its state and loading it into a new one"):
            restore(fresh, factor)
    subject.require(
        same(draw(factor), draw(fresh)),
        "its draws differ after its state was saved and loaded: keep state in parameters and buffers",
    )
