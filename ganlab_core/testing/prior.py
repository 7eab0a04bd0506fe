"""`check_prior`: what a factor of the prior promises (`ganlab_core.interface.latent.Factor`)."""

from __future__ import annotations

from typing import Any

import torch

from ganlab_core.interface.component import Component
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.latent import CategoricalFactor, ContinuousFactor, Factor
from ganlab_core.interface.prior import Prior
from ganlab_core.interface.specs import PriorSpec
from ganlab_core.plugins.registry import Entry
from ganlab_core.testing.bad_arguments import check_bad_arguments
from ganlab_core.testing.draws import ROWS, check_draw, draw, same
from ganlab_core.testing.prior_kinds import check_categories, check_numbers
from ganlab_core.testing.prior_learning import check_learning, check_likelihood, check_state
from ganlab_core.testing.subject import Subject

_PROPORTIONS = (0.5, 0.3, 0.2)


def check_prior(component: Component | Entry, /, **arguments: object) -> None:
    """Check a prior's factor, built with these arguments of a recipe, for data of three classes.

    Its widths; draws that are a function of the generator alone; `fixed` and, of a continuous code, `fixed_each`; `nll`
    a number a row with a gradient in the head's parameters, hard and soft, under bf16 autocast too; probabilities that
    the draws have; a gradient in every parameter; the same draws to the bit after its state went through safetensors;
    no global randomness; bad arguments refused. For data without labels it may refuse.

    Raises:
        AssertionError: names the first promise that it does not keep.
    """
    subject = Subject.of("prior", component, arguments)
    spec = PriorSpec(class_proportions=_PROPORTIONS)
    with subject.during("its construction"):
        factor, fresh = subject.build(spec), subject.build(spec, seed=1)
    _check_widths(subject, factor)
    _check_draws(subject, factor)
    _check_fixed(subject, factor)
    if factor.recognition_width:
        check_likelihood(subject, factor)
    if isinstance(factor, CategoricalFactor):
        check_categories(subject, factor)
    if isinstance(factor, ContinuousFactor):
        check_numbers(subject, factor)
    check_learning(subject, factor)
    check_state(subject, factor, fresh)
    check_bad_arguments(subject, spec)
    _check_without_labels(subject)


def _check_widths(subject: Subject, factor: Any) -> None:
    for name in ("width", "recognition_width", "sample", "fixed", "nll"):
        subject.require(hasattr(factor, name), f"its {type(factor).__name__} has no `{name}`")
    for name, least in (("width", 1), ("recognition_width", 0)):
        value = getattr(factor, name)
        subject.require(
            isinstance(value, int) and value >= least, f"`{name}` is {value!r}, not a whole number from {least}"
        )


def _check_draws(subject: Subject, factor: Factor) -> None:
    random = torch.Generator().manual_seed(0)
    with subject.without_global_random("`sample`"), subject.during("`sample`"):
        first, again, other = draw(factor), draw(factor), draw(factor, seed=1)
        training = draw(factor, step=0)
        in_a_row = [factor.sample(ROWS, generator=random) for _ in range(2)]
    for one in (first, training):
        check_draw(subject, factor, one)
    with subject.during("a draw beside other factors"):
        _ = Prior({"code": factor, "other": factor}).sample(ROWS, generator=random, step=0).vector_NZ
    subject.require(same(first, again), "two draws of one seed differ: draw from the generator that is given, only")
    subject.require(not same(first, other), "draws of two seeds are the same: draw from the generator that is given")
    subject.require(not same(*in_a_row), "two draws in a row from one generator are the same")


def _check_fixed(subject: Subject, factor: Factor) -> None:
    with subject.without_global_random("`fixed`"), subject.during("`fixed(0, ...)`"):
        held = factor.fixed(0, 3, device=torch.device("cpu"))
    check_draw(subject, factor, held, rows=3, by="`fixed`")
    alike = bool((held.value_NW == held.value_NW[0]).all())
    subject.require(alike, "`fixed` gives rows that differ, and it is to hold one value in every row")


def _check_without_labels(subject: Subject) -> None:
    try:
        unlabelled = subject.build(PriorSpec(class_proportions=None))
    except GanlabError:
        return
    check_draw(subject, unlabelled, draw(unlabelled))
