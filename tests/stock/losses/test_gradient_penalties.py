"""R1 and the gradient penalty against loops over single images, and their own gradients by finite differences."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.networks import Networks
from ganlab_core.interface.specs import TrunkSpec
from ganlab_core.interface.step import Source, StepContext
from ganlab_core.stock.losses.gradient_penalty import GradientPenalty, random_interpolates
from ganlab_core.stock.losses.r1 import R1
from ganlab_core.stock.losses.r2 import R2
from ganlab_core.stock.networks.dcgan import DCGANTrunk

MakeStep = Callable[..., StepContext]


def _slope(networks: Networks, image_CHW: Tensor) -> Tensor:
    """||grad D(x)|| of one image alone in its batch."""
    image_CHW = image_CHW.clone().requires_grad_()
    logit = networks.discriminator(networks.trunk(image_CHW.unsqueeze(0))).squeeze()
    (gradient_CHW,) = torch.autograd.grad(logit, image_CHW, create_graph=True)
    return gradient_CHW.square().sum().sqrt()


def _parameter_gradients(loss: Tensor, networks: Networks) -> list[Tensor | None]:
    return list(torch.autograd.grad(loss, list(networks.parameters()), allow_unused=True))


def _assert_same(loss: Tensor, expected: Tensor, networks: Networks) -> None:
    assert expected.item() > 0.01
    torch.testing.assert_close(loss, expected)
    found = _parameter_gradients(loss, networks)
    for one, other in zip(found, _parameter_gradients(expected, networks), strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            torch.testing.assert_close(one, other)


@pytest.mark.parametrize(("loss", "source"), [(R1(gamma=3.0), "real"), (R2(gamma=3.0), "fake")])
def test_a_zero_centred_penalty_is_the_mean_over_single_images_of_its_source(
    loss: R1 | R2, source: Source, make_step: MakeStep
) -> None:
    step = make_step()
    slopes = [_slope(step.networks, image_CHW) for image_CHW in step.images(source).detach()]
    expected = 3.0 / 2 * torch.stack([slope**2 for slope in slopes]).mean()
    _assert_same(loss.discriminator(step), expected, step.networks)


def test_gradient_penalty_is_the_mean_over_single_points_between_real_and_fake(make_step: MakeStep) -> None:
    step = make_step()
    share_N = torch.rand(4, 1, 1, 1, generator=step.random("gradient-penalty"), dtype=torch.float64)
    points = [
        share * real + (1 - share) * fake
        for share, real, fake in zip(share_N, step.images("real"), step.images("fake"), strict=True)
    ]
    expected = 5.0 * torch.stack([(_slope(step.networks, point) - 1) ** 2 for point in points]).mean()
    _assert_same(GradientPenalty(coefficient=5.0).discriminator(step), expected, step.networks)


@pytest.mark.parametrize("loss", [R1(), R2(), GradientPenalty()])
def test_gradient_of_a_penalty_is_its_finite_difference(loss: R1 | R2 | GradientPenalty, make_step: MakeStep) -> None:
    step = make_step()
    parameter = step.networks.get_parameter("trunk.layers.2.weight")
    (gradient,) = torch.autograd.grad(loss.discriminator(step), parameter)
    entry, by = (0, 0, 1, 1), 1e-5
    values = []
    for sign in (1, -1):
        parameter.data[entry] += sign * by
        values.append(loss.discriminator(step).item())
        parameter.data[entry] -= sign * by
    assert gradient[entry].item() == pytest.approx((values[0] - values[1]) / (2 * by), rel=1e-4)


def test_points_are_shared_by_no_two_pairs_and_lie_between_them() -> None:
    points_NCHW = random_interpolates(
        torch.ones(50, 1, 2, 2), torch.zeros(50, 1, 2, 2), generator=torch.Generator().manual_seed(0)
    )
    assert torch.equal(points_NCHW, points_NCHW[:, :, :1, :1].expand(-1, -1, 2, 2))
    share_N = points_NCHW[:, 0, 0, 0]
    assert len(set(share_N.tolist())) == 50
    assert 0 <= share_N.min() < 0.1
    assert 0.9 < share_N.max() <= 1


@pytest.mark.parametrize("penalty", [R1, R2])
def test_a_lazy_penalty_is_taken_every_so_many_steps_and_that_much_stronger(
    penalty: type[R1] | type[R2], make_step: MakeStep
) -> None:
    each = penalty(gamma=3.0).discriminator(make_step())
    lazy = penalty(gamma=3.0, every=4)
    torch.testing.assert_close(lazy.discriminator(make_step(number=8)), 4 * each)
    for number in (1, 2, 3, 5):
        assert lazy.discriminator(make_step(number=number)).item() == 0


def test_a_flat_discriminator_has_a_finite_gradient(make_step: MakeStep) -> None:
    step = make_step()
    nn.init.zeros_(step.networks.get_parameter("discriminator.logit.weight"))
    loss = GradientPenalty(coefficient=10.0).discriminator(step)
    assert loss.item() == pytest.approx(10.0)
    for gradient in _parameter_gradients(loss, step.networks):
        assert gradient is None or gradient.isfinite().all()


def test_penalties_leave_the_steps_images_and_the_global_generator_alone(make_step: MakeStep) -> None:
    step = make_step()
    before = torch.random.get_rng_state()
    for loss in (R1(), R2(), GradientPenalty()):
        loss.discriminator(step)
    assert not step.images("real").requires_grad
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize(("name", "loss"), [("r1", R1()), ("r2", R2()), ("gradient-penalty", GradientPenalty())])
def test_batch_statistics_are_refused_with_the_layer_and_the_way_out(
    name: str, loss: R1 | R2 | GradientPenalty, make_step: MakeStep
) -> None:
    step = make_step(trunk=DCGANTrunk(TrunkSpec((1, 16, 16)), width=2))
    message = (
        f"loss {name} needs each image's own gradient, and networks.trunk normalises over the batch "
        r"\(GroupedBatchNorm at layers.3\): set `networks.trunk.norm: layer`"
    )
    with pytest.raises(GanlabError, match=message):
        loss.discriminator(step)


def test_batch_statistics_are_refused_in_a_discriminator_from_elsewhere(make_step: MakeStep) -> None:
    step = make_step()
    step.networks.discriminator = nn.Sequential(nn.BatchNorm1d(64), step.networks.discriminator).double()
    with pytest.raises(GanlabError, match=r"networks\.discriminator normalises .* \(BatchNorm1d at 0\)"):
        R1().discriminator(step)
    step.networks.eval()
    assert R1().discriminator(step).isfinite()
