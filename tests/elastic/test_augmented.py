"""Adversarial losses on views, against the same losses on images transformed by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
import torch
from torch import Tensor

from ganlab_core.interface.specs import LossSpec
from ganlab_core.interface.step import StepContext
from ganlab_core.stock.losses.hinge import Hinge
from ganlab_core.stock.losses.least_squares import LeastSquares
from ganlab_core.stock.losses.nonsaturating import NonSaturating
from ganlab_core.stock.losses.wasserstein import Wasserstein
from ganlab_core.stock.priors.normal import Normal
from ganlab_elastic.losses.augmented import augmented
from ganlab_elastic.views.views import Views

MakeStep = Callable[..., StepContext]
Name = Literal["nonsaturating", "least-squares", "hinge", "wasserstein"]
LOSSES = {
    "nonsaturating": NonSaturating,
    "least-squares": LeastSquares,
    "hinge": Hinge,
    "wasserstein": Wasserstein,
}

SPEC = LossSpec((1, 8, 8), codes={}, dataset_size=4, steps=10)


def halve(images_NCHW: Tensor, *, generator: torch.Generator) -> Tensor:
    return images_NCHW / 2


@pytest.mark.parametrize("phase", ["discriminator", "generator"])
def test_real_and_fake_are_both_seen_through_the_view(make_step: MakeStep, phase: str) -> None:
    step = make_step({"noise": Normal(dim=2)}, phase=phase)
    seen = step.through(halve)
    for source in ("real", "fake"):
        assert torch.equal(seen.images(source), step.images(source) / 2)
    assert seen.images("fake").requires_grad == (phase == "generator")


def test_what_is_seen_is_kept_apart_from_the_images_themselves(make_step: MakeStep) -> None:
    step = make_step({"noise": Normal(dim=2)})
    (plain,) = step.logits("real")
    (seen,) = step.through(halve).logits("real")
    assert not torch.equal(plain, seen)
    assert step.logits("real")[0] is plain
    assert torch.equal(seen, step.networks.discriminator(step.networks.trunk(step.images("real") / 2)))


def test_what_is_recorded_inside_reaches_the_step(make_step: MakeStep) -> None:
    step = make_step({"noise": Normal(dim=2)})
    step.through(halve).record("margin", torch.tensor(2.0))
    assert step.take_recorded() == {"margin": torch.tensor(2.0)}
    assert step.take_recorded() == {}


@pytest.mark.parametrize("name", LOSSES)
def test_each_loss_without_a_transformation_is_the_loss_itself(make_step: MakeStep, name: Name) -> None:
    still = augmented(SPEC, loss=name, views=Views(rotate=0.0, zoom=(1.0, 1.0)))
    for phase in ("discriminator", "generator"):
        step = make_step({"noise": Normal(dim=2)}, phase=phase)
        expected = getattr(LOSSES[name](), phase)(step)
        torch.testing.assert_close(getattr(still, phase)(step), expected)


def test_one_step_shows_the_same_views_again_and_another_step_others(make_step: MakeStep) -> None:
    first, again, later = (
        augmented(SPEC).generator(make_step({"noise": Normal(dim=2)}, number=number)).item() for number in (0, 0, 1)
    )
    assert first == again != later


@pytest.mark.parametrize("views", [Views(), Views(shift=0.06, distort=0.8)])
@pytest.mark.parametrize("name", LOSSES)
def test_each_loss_is_the_core_s_on_images_transformed_by_hand(make_step: MakeStep, name: Name, views: Views) -> None:
    for phase in ("discriminator", "generator"):
        step, by_hand = (make_step({"noise": Normal(dim=2)}, phase=phase) for _ in range(2))
        for source in ("real", "fake"):
            random = by_hand.random(f"through {source}")
            by_hand._images[source] = views(by_hand.images(source), generator=random)
        value = getattr(augmented(SPEC, loss=name, views=views), phase)(step)
        torch.testing.assert_close(value, getattr(LOSSES[name](), phase)(by_hand))
        torch.autograd.backward(value)
        reached = {
            part.partition(".")[0] for part, weight in step.networks.named_parameters() if weight.grad is not None
        }
        assert reached == ({"generator"} if phase == "generator" else {"trunk", "discriminator"})
