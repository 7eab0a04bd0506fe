"""What factors over categories, and continuous ones that can be traversed, promise beyond `Factor`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch.nn import functional as F

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.latent import CategoricalFactor, ContinuousFactor
from ganlab_core.testing.subject import Subject

_CPU = torch.device("cpu")
_MANY = 4096
_FREQUENCY_ERROR = 0.05  # six standard deviations of a frequency among so many draws


def check_categories(subject: Subject, factor: CategoricalFactor) -> None:
    """Probabilities that the draws have, an index as target, each category to be held, a likelihood of logits.

    Raises:
        AssertionError: names the first promise that it does not keep.
    """
    classes = factor.classes
    subject.require(
        factor.recognition_width == classes,
        f"`recognition_width` is {factor.recognition_width}, and {classes} classes need a logit each",
    )
    probabilities_K = factor.probabilities().detach().float()
    is_distribution = tuple(probabilities_K.shape) == (classes,) and bool((probabilities_K >= 0).all())
    subject.require(is_distribution, f"`probabilities` are not {classes} numbers from 0 up")
    total = float(probabilities_K.sum())
    subject.require(abs(total - 1) < 1e-4, f"`probabilities` sum to {total:g}, not to 1")
    target = factor.sample(_MANY, generator=torch.Generator().manual_seed(5)).target
    if target is None or target.dtype != torch.int64:
        subject.fail("a draw's target is no category: give its index, (N,) int64")
    subject.require(int(target.min()) >= 0 and int(target.max()) < classes, f"a target is not in 0 to {classes - 1}")
    error = (torch.bincount(target, minlength=classes) / _MANY - probabilities_K).abs().max()
    subject.require(float(error) < _FREQUENCY_ERROR, "its draws are not as frequent as `probabilities` says")
    _check_held_categories(subject, factor)


def _check_held_categories(subject: Subject, factor: CategoricalFactor) -> None:
    for category in range(factor.classes):
        held = factor.fixed(category, 2, device=_CPU)
        assert held.target is not None
        subject.require(held.target.tolist() == [category] * 2, f"`fixed({category}, ...)` has another target")
        right = factor.nll(10.0 * F.one_hot(held.target, factor.classes), held).mean()
        wrong = factor.nll(10.0 * F.one_hot((held.target + 1) % factor.classes, factor.classes), held).mean()
        subject.require(bool(right < wrong), f"`nll` is no lower where the head is right about category {category}")
    for value in (factor.classes, -1, 0.5):
        _require_refusal(subject, f"`fixed({value}, ...)`", partial(factor.fixed, value, 2, device=_CPU))


def check_numbers(subject: Subject, factor: ContinuousFactor) -> None:
    """A range, and a number for each place.

    Raises:
        AssertionError: names the first promise that it does not keep.
    """
    subject.require(factor.low < factor.high, f"`low` is {factor.low:g}, not below `high`, which is {factor.high:g}")
    numbers = torch.linspace(factor.low, factor.high, factor.dim).tolist()
    with subject.without_global_random("`fixed_each`"), subject.during("`fixed_each`"):
        held = factor.fixed_each(numbers, 3, device=_CPU)
    shape, wanted = tuple(held.value_NW.shape), (3, factor.width)
    subject.require(shape == wanted, f"`fixed_each` gives values of shape {shape}, and (N, width) is {wanted}")
    subject.require(bool((held.value_NW == held.value_NW[0]).all()), "`fixed_each` gives rows that differ")
    too_many = [*numbers, 0.0]
    _require_refusal(
        subject, "`fixed_each` of one number too many", partial(factor.fixed_each, too_many, 2, device=_CPU)
    )


def _require_refusal(subject: Subject, what: str, call: Callable[[], object]) -> None:
    with subject.during(f"{what} (which takes a GanlabError)"):
        try:
            call()
        except GanlabError:
            return
    subject.fail(f"{what} is not refused: raise a GanlabError that says what there is")
