"""LeCam against the paper's averages and penalty, one number at a time."""

from __future__ import annotations

import pytest
import torch
from ganlab_stabilize.augmentation.policy import PolicyView
from ganlab_stabilize.losses.lecam import LeCam, lecam_penalty
from small_step import SmallStep, of_logits

BATCHES = [([0.3, -1.7], [-0.4, 1.2]), ([2.0, 1.0], [-1.0, 0.5]), ([0.1, 0.2], [0.0, -2.0])]


def test_averages_and_penalties_are_the_papers_batch_after_batch() -> None:
    loss, decay = LeCam(decay=0.8), 0.8
    real_anchor = fake_anchor = None
    for real, fake in BATCHES:
        real_mean, fake_mean = sum(real) / 2, sum(fake) / 2
        real_anchor = real_mean if real_anchor is None else decay * real_anchor + (1 - decay) * real_mean
        fake_anchor = fake_mean if fake_anchor is None else decay * fake_anchor + (1 - decay) * fake_mean
        expected = sum((one - fake_anchor) ** 2 for one in real) / 2 + sum((one - real_anchor) ** 2 for one in fake) / 2
        step = of_logits(real, fake)
        assert loss.discriminator(step).item() == pytest.approx(expected, abs=1e-6)
        assert step.recorded["anchor_real"].item() == pytest.approx(real_anchor, abs=1e-6)
        assert step.recorded["anchor_fake"].item() == pytest.approx(fake_anchor, abs=1e-6)


def test_no_gradient_goes_into_the_averages() -> None:
    weight = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
    plain = of_logits(*BATCHES[0])
    step = SmallStep(plain.real_NCHW, plain.fake_NCHW, lambda images: images.mean(dim=(1, 2, 3)) * weight)
    LeCam().discriminator(step).backward()
    real_anchor, fake_anchor = 1.5 * -0.7, 1.5 * 0.4
    expected = sum(2 * (1.5 * one - fake_anchor) * one for one in BATCHES[0][0]) / 2
    expected += sum(2 * (1.5 * one - real_anchor) * one for one in BATCHES[0][1]) / 2
    assert weight.grad is not None
    assert weight.grad.item() == pytest.approx(expected, abs=1e-6)


def test_the_penaltys_gradients_are_finite_differences() -> None:
    logits = [torch.tensor(one, dtype=torch.float64, requires_grad=True) for one in BATCHES[0]]
    real_anchor, fake_anchor = torch.tensor([0.4, -0.9], dtype=torch.float64)
    assert torch.autograd.gradcheck(
        lambda real_N, fake_N: lecam_penalty(real_N, fake_N, real_anchor=real_anchor, fake_anchor=fake_anchor), logits
    )


def test_averages_survive_saving_and_loading() -> None:
    loss, other = LeCam(), LeCam()
    for batch in BATCHES[:2]:
        loss.discriminator(of_logits(*batch))
    other.load_state_dict(loss.state_dict())
    terms = [one.discriminator(of_logits(*BATCHES[2])).item() for one in (loss, other)]
    assert terms[0] == terms[1] != LeCam().discriminator(of_logits(*BATCHES[2])).item()


def test_with_a_policy_what_is_held_is_what_is_said_of_augmented_images() -> None:
    images_NCHW = torch.rand(2, 3, 1, 8, 8)

    def critic(batch_NCHW: torch.Tensor) -> torch.Tensor:
        return batch_NCHW.square().mean(dim=(1, 2, 3))

    step = SmallStep(*images_NCHW, critic)
    seen = step.through(PolicyView(("cutout",)))
    expected = LeCam().discriminator(SmallStep(seen.real_NCHW, seen.fake_NCHW, critic))
    assert LeCam(policy=("cutout",)).discriminator(step).item() == expected.item() != LeCam().discriminator(step).item()
