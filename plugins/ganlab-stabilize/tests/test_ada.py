"""ADA's control of p against the paper's rule, step by step, and the warning that it is too high."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import torch
from ganlab_stabilize.augmentation.pipeline import Pipeline
from ganlab_stabilize.leak_warning import LeakWarning
from ganlab_stabilize.losses.ada import Ada
from small_step import SmallStep, of_logits
from torch import Tensor

from ganlab_core import Hinge, NonSaturating, StepFinished, derived_generator

SIGNS = [[1, 1, 1, 1], [1, 1, 1, -1], [1, -1, -1, 1], [-1, -1, -1, -1], [1, 1, 1, 1], [1, 1, 1, 1], [1, 1, -1, 1]]


def of_signs(signs: list[int], number: int) -> SmallStep:
    """A step whose critic answers with these signs, whatever it is shown."""
    logits_N = torch.tensor(signs, dtype=torch.float32) * 2.5
    images_NCHW = torch.zeros(len(signs), 1, 4, 4)
    return SmallStep(images_NCHW, images_NCHW, lambda shown_NCHW: logits_N + 0 * shown_NCHW.sum(), number)


def probabilities(loss: Ada, steps: range) -> list[float]:
    found = []
    for number in steps:
        step = of_signs(SIGNS[number], number)
        with torch.no_grad():
            loss.prepare(step)
        loss.discriminator(step)
        found.append(step.recorded["ada_p"].item())
    return found


def test_p_follows_the_signs_of_every_interval() -> None:
    p, expected, since = 0.0, [], []
    for number, signs in enumerate(SIGNS):
        if number % 2 == 0 and since:
            r = sum(since) / len(since)
            p = min(max(p + (1 if r > 0.6 else -1) * len(since) / 20, 0.0), 1.0)
            since = []
        since += signs
        expected.append(p)
    assert expected == pytest.approx([0.0, 0.0, 0.4, 0.4, 0.0, 0.0, 0.4])
    assert probabilities(Ada(speed=20, interval=2), range(7)) == pytest.approx(expected)


def test_p_never_leaves_zero_to_one() -> None:
    loss = Ada(speed=1, interval=1)
    assert probabilities(loss, range(5)) == [0.0, 1.0, 0.0, 0.0, 0.0]


def test_r_is_the_batchs_mean_sign() -> None:
    step = of_signs([1, 1, -1, 1], 0)
    Ada().discriminator(step)
    assert step.recorded["ada_r"].item() == 0.5


@pytest.mark.parametrize("shift", [-10.0, 0.0, 10.0])
@pytest.mark.parametrize(("name", "expected"), [("relativistic", (3 - 1) / 4), ("relativistic-pairing", (2 - 2) / 4)])
def test_r_of_a_relativistic_loss_is_relative_and_not_moved_by_a_constant(
    name: str, expected: float, shift: float
) -> None:
    real_N, fake_N = ([logit + shift for logit in logits] for logits in ([3.0, 5.0, 4.0, 0.0], [4.0, 2.0, 3.0, 1.0]))
    step = of_logits(real_N, fake_N)
    Ada(loss=name).discriminator(step)  # type: ignore[arg-type]
    assert step.recorded["ada_r"].item() == expected


@pytest.mark.parametrize("stop", [1, 2, 3])
def test_saved_anywhere_p_goes_on_as_if_nothing_had_been(stop: int) -> None:
    whole, first, second = (Ada(speed=30, interval=2) for _ in range(3))
    expected = probabilities(whole, range(7))
    found = probabilities(first, range(stop))
    second.load_state_dict(first.state_dict())
    assert found + probabilities(second, range(stop, 7)) == expected


def halves(images_NCHW: Tensor) -> Tensor:
    return images_NCHW[:, 0, :, :2].mean(dim=(1, 2)) - images_NCHW[:, 0, 0].mean(dim=1)


@pytest.mark.parametrize(("name", "plain"), [("hinge", Hinge), ("nonsaturating", NonSaturating)])
def test_both_phases_score_images_augmented_with_probability_p(name: str, plain: type) -> None:
    real_NCHW, fake_NCHW = torch.rand(2, 6, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    step, loss = SmallStep(real_NCHW, fake_NCHW, halves), Ada(loss=name)  # type: ignore[arg-type]
    assert loss.discriminator(step).item() == plain().discriminator(step).item()  # p is 0 at first
    loss.p.fill_(0.9)
    by_hand = [
        Pipeline(torch.tensor(0.9))(one, generator=derived_generator(0, 0, source))
        for one, source in ((real_NCHW, "real"), (fake_NCHW, "fake"))
    ]
    assert loss.discriminator(step).item() == plain().discriminator(SmallStep(*by_hand, halves)).item()
    assert loss.generator(step).item() == plain().generator(SmallStep(*by_hand, halves)).item()
    assert loss.generator(step).item() != plain().generator(step).item()


def test_a_run_is_told_once_that_augmentations_may_leak(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    warning = LeakWarning()
    for number, p in ((50, 0.8), (100, 0.81), (150, 0.95)):
        scalars = {"loss/discriminator/adversarial/ada_p": p, "loss/discriminator": 1.0}
        warning.ganlab_step_finished(StepFinished(folder=tmp_path, number=number, steps=200, scalars=scalars))
    with caplog.at_level(logging.WARNING):
        other = StepFinished(folder=tmp_path / "no ada", number=1, steps=2, scalars={"loss/discriminator": 1.0})
        LeakWarning().ganlab_step_finished(other)
    (record,) = caplog.records
    assert record.getMessage().startswith("step 100: losses.adversarial augments with probability 0.81, and beyond 0.8")
    assert record.getMessage().endswith("or raise losses.adversarial.target")
