"""A step seen through a view: what is transformed, where gradients go, and what stays apart from the plain step."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from ganlab_core.interface.model import WeightedLoss
from ganlab_core.interface.step import Phase, StepContext
from ganlab_core.training.step import train_step
from tests.conftest import BuildSession


class Shrink:
    """Multiplies each image by a factor that it draws, and keeps what it was given."""

    def __init__(self, low: float = 0.25) -> None:
        self.low = low
        self.given: list[Tensor] = []

    def __call__(self, images_NCHW: Tensor, *, generator: torch.Generator) -> Tensor:
        self.given.append(images_NCHW)
        factor_N = self.low + 0.5 * torch.rand(len(images_NCHW), generator=generator)
        return images_NCHW * factor_N.view(-1, 1, 1, 1)


def factors(seen_NCHW: Tensor, plain_NCHW: Tensor) -> Tensor:
    """What each image was multiplied by."""
    return (seen_NCHW / plain_NCHW).flatten(1).nanmedian(dim=1).values.detach()


def step_of(build_session: BuildSession, phase: Phase, number: int = 0) -> StepContext:
    """The step that a loss is given in this phase of a training step."""
    session = build_session()
    steps: list[StepContext] = []

    class Keeps:
        def discriminator(self, step: StepContext) -> Tensor:
            steps.append(step)
            return step.logits("real", "fake")[0].mean() * 0.0

        def generator(self, step: StepContext) -> Tensor:
            steps.append(step)
            return step.images("fake").mean() * 0.0

    losses = session.state.model.losses
    assert isinstance(losses, dict)
    losses["keeps"] = WeightedLoss(loss=Keeps())
    train_step(session.state, number)
    return {step.phase: step for step in steps}[phase]


def test_real_and_fake_images_are_each_transformed_by_draws_of_their_own(build_session: BuildSession) -> None:
    step, view = step_of(build_session, "generator"), Shrink()
    seen = step.through(view)
    real_N = factors(seen.images("real"), step.images("real"))
    fake_N = factors(seen.images("fake"), step.images("fake"))
    assert view.given[0] is step.images("real")
    assert view.given[1] is step.images("fake")
    assert len({round(value, 5) for value in [*real_N.tolist(), *fake_N.tolist()]}) == 16
    torch.testing.assert_close(seen.images("real"), step.images("real") * real_N.view(-1, 1, 1, 1))


def test_each_is_transformed_once(build_session: BuildSession) -> None:
    step, view = step_of(build_session, "generator"), Shrink()
    seen = step.through(view)
    assert seen.images("real") is seen.images("real")
    assert seen.logits("fake")[0] is seen.logits("fake")[0]
    assert len(view.given) == 2


def test_fake_images_carry_a_gradient_through_the_view_in_the_generator_s_phase_only(
    build_session: BuildSession,
) -> None:
    assert not step_of(build_session, "discriminator").through(Shrink()).images("fake").requires_grad
    step = step_of(build_session, "generator")
    seen_NCHW = step.through(Shrink()).images("fake")
    (gradient_NCHW,) = torch.autograd.grad(seen_NCHW.sum(), step.images("fake"))
    factor_N = factors(seen_NCHW, step.images("fake"))
    torch.testing.assert_close(gradient_NCHW, factor_N.view(-1, 1, 1, 1).expand_as(gradient_NCHW))


def test_the_plain_step_s_features_and_logits_stay_as_they_were(build_session: BuildSession) -> None:
    step = step_of(build_session, "generator")
    (plain_N,), (features_ND,) = step.logits("fake"), step.features("fake")
    seen = step.through(Shrink())
    assert not torch.equal(seen.logits("fake")[0], plain_N)
    assert not torch.equal(seen.features("fake")[0], features_ND)
    assert step.logits("fake")[0] is plain_N
    assert step.features("fake")[0] is features_ND


def test_what_is_asked_through_a_view_leaves_nothing_in_the_plain_step(build_session: BuildSession) -> None:
    step = step_of(build_session, "generator")
    passes: list[int] = []
    step.networks.trunk.register_forward_hook(lambda module, given, out: passes.append(len(given[0])))
    step.through(Shrink()).logits("real", "fake")
    before = len(passes)
    step.logits("real")
    assert len(passes) == before + 1


def test_the_logits_are_those_of_the_transformed_images(build_session: BuildSession) -> None:
    step = step_of(build_session, "discriminator")
    networks = step.networks.eval()
    seen = step.through(Shrink())
    for logits_N, source in zip(seen.logits("real", "fake"), ("real", "fake"), strict=True):
        images_NCHW = seen.images("real") if source == "real" else seen.images("fake")
        torch.testing.assert_close(logits_N, networks.discriminator(networks.trunk(images_NCHW)))


def test_seed_step_and_phase_fix_the_transformation(build_session: BuildSession) -> None:
    def drawn(phase: Phase, number: int) -> Tensor:
        step = step_of(build_session, phase, number)
        return factors(step.through(Shrink()).images("real"), step.images("real"))

    before = torch.get_rng_state()
    first_N = drawn("generator", 0)
    assert torch.equal(first_N, drawn("generator", 0))
    assert not torch.equal(first_N, drawn("generator", 1))
    assert not torch.equal(first_N, drawn("discriminator", 0))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_view_is_itself_seen_through_the_view_and_what_kind_of_object_it_is_does_not_matter(
    build_session: BuildSession,
) -> None:
    seen = []
    for _ in range(2):
        step, inner = step_of(build_session, "generator"), Shrink(low=0.5)
        outer = step.through(Shrink())
        seen.append(factors(outer.images(inner), step.images("real")))
        assert not torch.equal(outer.images(inner), step.images(inner))
    assert torch.equal(seen[0], seen[1])


@pytest.mark.parametrize("phase", ["discriminator", "generator"])
def test_what_is_recorded_through_a_view_is_told_by_the_step_itself(build_session: BuildSession, phase: Phase) -> None:
    step = step_of(build_session, phase)
    step.through(Shrink()).record("brightness", torch.tensor(0.5))
    assert step.take_recorded() == {"brightness": torch.tensor(0.5)}
    assert step.through(Shrink()).take_recorded() == {}


def test_the_draw_and_the_step_s_facts_are_the_same(build_session: BuildSession) -> None:
    step = step_of(build_session, "generator", 2)
    seen = step.through(Shrink())
    assert seen.latent is step.latent
    assert (seen.phase, seen.number, seen.steps) == (step.phase, step.number, step.steps) == ("generator", 2, 4)
