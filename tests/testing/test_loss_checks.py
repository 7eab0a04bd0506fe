"""`check_loss` tells what is wrong with a loss that breaks one promise."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganlab_core import Component, GanlabError, LossSpec, StepContext
from ganlab_core.stock.losses.hinge import Hinge
from ganlab_core.testing import check_loss


class Matching:
    """Feature matching."""

    def generator(self, step: StepContext) -> Tensor:
        real_ND, fake_ND = step.features("real", "fake")
        return (real_ND.mean(0) - fake_ND.mean(0)).square().mean()


class Centre(nn.Module):
    """A running centre of real features, kept in a buffer, and a learned scale."""

    centre_D: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))
        self.register_buffer("centre_D", torch.zeros(128))

    def prepare(self, step: StepContext) -> None:
        self.centre_D.lerp_(step.features("real")[0].mean(dim=0), 0.5)

    def generator(self, step: StepContext) -> Tensor:
        return (step.features("fake")[0] - self.scale * self.centre_D).square().mean()


class Teacher(Centre):
    """With a frozen part, which no gradient needs to reach."""

    def __init__(self) -> None:
        super().__init__()
        self.frozen = nn.Linear(3, 3).requires_grad_(False)


@pytest.mark.parametrize("factory", [Matching, Centre, Teacher])
def test_a_sound_loss_passes(factory: type) -> None:
    assert check_loss(Component(name="fake", factory=factory)) is None  # type: ignore[func-returns-value]


class Vector(Matching):
    def generator(self, step: StepContext) -> Tensor:
        return step.logits("fake")[0]


class Float(Matching):
    def generator(self, step: StepContext) -> Any:
        return super().generator(step).item()


class Detached(Matching):
    def generator(self, step: StepContext) -> Tensor:
        return super().generator(step).detach()


class WrongPlayer:
    """In the generator's phase, but what reaches the real images is nobody's."""

    def generator(self, step: StepContext) -> Tensor:
        return step.logits("real")[0].mean() + 0 * step.logits("fake")[0].mean()


class Infinite(Matching):
    def generator(self, step: StepContext) -> Tensor:
        return super().generator(step) / 0


class HalfInfinite(Matching):
    """Finite in full precision only."""

    def generator(self, step: StepContext) -> Tensor:
        is_half = step.features("fake")[0].dtype != torch.float32 or torch.is_autocast_enabled("cpu")
        return super().generator(step) * (torch.inf if is_half else 1.0)


class Random(Matching):
    def generator(self, step: StepContext) -> Tensor:
        return super().generator(step) * (1 + torch.rand(()))


class Backward(Matching):
    def generator(self, step: StepContext) -> Tensor:
        loss = super().generator(step)
        loss.backward(retain_graph=True)
        return loss


class Mover(Matching):
    def generator(self, step: StepContext) -> Tensor:
        with torch.no_grad():
            next(step.networks.generator.parameters()).mul_(0.5)
        return super().generator(step)


class LeavesEval(Matching):
    def generator(self, step: StepContext) -> Tensor:
        step.networks.trunk.eval()
        return super().generator(step)


class LeavesFrozen(Matching):
    def generator(self, step: StepContext) -> Tensor:
        loss = super().generator(step)
        step.networks.generator.requires_grad_(False)
        return loss


class Drifting(Matching):
    """Counts how often any of its kind was asked, so that no step can be taken again."""

    asked = 0

    def generator(self, step: StepContext) -> Tensor:
        Drifting.asked += 1
        return super().generator(step) * Drifting.asked


class Forgetful(Matching):
    """Counts its steps in a plain attribute, which no checkpoint holds."""

    steps = 0

    def generator(self, step: StepContext) -> Tensor:
        self.steps += 1
        return super().generator(step) * self.steps


class Untrained(Centre):
    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Parameter(torch.ones(()))


class RandomPreparation(Centre):
    def prepare(self, step: StepContext) -> None:
        self.centre_D.copy_(torch.rand(128))


class RecordsVector(Matching):
    def generator(self, step: StepContext) -> Tensor:
        step.record("rows", step.logits("fake")[0])
        return super().generator(step)


class Crash(Matching):
    def generator(self, step: StepContext) -> Tensor:
        raise ZeroDivisionError("oops")


class Assertive(Matching):
    def generator(self, step: StepContext) -> Tensor:
        assert step.number < 0, "never"
        return super().generator(step)


class Empty:
    pass


class Typeless(Matching):
    def __init__(self, *, strength: Any = 1.0) -> None:
        self.strength = strength


class Fragile(Matching):
    def __init__(self, *, strength: float = 1.0) -> None:
        self.strength = 1 / strength


def refuses_all(spec: LossSpec) -> Matching:
    raise GanlabError(f"{spec.image_shape[0]} channels are not for me: take another loss")


def any_arguments(spec: LossSpec, **arguments: Any) -> Matching:
    return Matching()


@pytest.mark.parametrize(
    ("factory", "sentence"),
    [
        (Vector, r"the generator's phase gives a tensor of shape \(8,\), not a scalar"),
        (Float, "the generator's phase gives a float, not a scalar tensor"),
        (Detached, "the generator's phase gives no gradient to any parameter of the generator's player"),
        (WrongPlayer, "the generator's phase gives no gradient to any parameter of the generator's player"),
        (Infinite, "the generator's phase gives inf, which is not finite"),
        (HalfInfinite, "the generator's phase gives inf, which is not finite"),
        (Random, "the generator's phase draws from torch's global random state"),
        (Backward, "the generator's phase calls backward"),
        (Mover, "the generator's phase changes parameters"),
        (LeavesEval, "the generator's phase leaves networks in another mode"),
        (LeavesFrozen, "the generator's phase leaves parameters frozen"),
        (Drifting, "step 1 has other values when it is taken again"),
        (Forgetful, "has other values after its state was saved and loaded"),
        (Untrained, "no gradient reaches its own parameter 'unused'"),
        (RandomPreparation, "`prepare` draws from torch's global random state"),
        (RecordsVector, r"records 'loss/generator/checked/rows' of shape \(8,\), not a scalar"),
        (Crash, "the generator's phase raised ZeroDivisionError: oops"),
        (Assertive, "the generator's phase raised AssertionError: never"),
        (Empty, r"has neither a method `discriminator\(step\)` nor `generator\(step\)`"),
        (Typeless, "argument 'strength' takes anything"),
        (Fragile, "bad argument strength=0 .* raised ZeroDivisionError"),
        (refuses_all, r"refuses images of 1 channel and of 3 \(1 channels are not for me"),
    ],
)
def test_a_loss_that_breaks_a_promise_is_told(factory: type, sentence: str) -> None:
    with pytest.raises(AssertionError, match=f"^loss fake: .*{sentence}"):
        check_loss(Component(name="fake", factory=factory))


def test_a_factory_of_unnamed_arguments_is_told() -> None:
    with pytest.raises(AssertionError, match=r"loss 'fake': its factory takes \*\*arguments"):
        check_loss(Component(name="fake", factory=any_arguments))


def test_a_part_of_another_kind_is_told(load_plugin: Any) -> None:
    entry = load_plugin("elastic").registries["prior"].get("elastic")
    with pytest.raises(AssertionError, match="prior elastic is no loss: use check_prior"):
        check_loss(entry)


def only_grey(spec: LossSpec) -> Hinge:
    if spec.image_shape[0] != 1:
        raise GanlabError("colour is not for me: take grey images")
    return Hinge()


def test_a_loss_may_refuse_a_number_of_channels() -> None:
    assert check_loss(Component(name="fake", factory=only_grey)) is None  # type: ignore[func-returns-value]


def only_grey_of_anything(spec: LossSpec, *, strength: Any = 1.0) -> Hinge:
    return only_grey(spec)


def test_bad_arguments_of_a_loss_that_refuses_colour_are_tried_on_grey() -> None:
    with pytest.raises(AssertionError, match="argument 'strength' takes anything"):
        check_loss(Component(name="fake", factory=only_grey_of_anything))


def test_what_a_loss_needs_beside_it_comes_from_its_companion_or_the_recipe() -> None:
    penalty = Component(name="fake", factory=PerImage)
    with pytest.raises(AssertionError, match="wants a trunk without batch norm"):
        check_loss(penalty)
    recipe = {"networks": {"trunk": {"norm": "layer"}}}
    for needs in (check_loss, lambda *parts: check_loss(Component(name="fake", factory=PerImage, companion=parts[1]))):
        assert needs(penalty, recipe) is None


class PerImage(Matching):
    def generator(self, step: StepContext) -> Tensor:
        if any(type(layer).__name__ == "GroupedBatchNorm" for layer in step.networks.trunk.modules()):
            raise GanlabError("wants a trunk without batch norm: set `networks.trunk.norm: layer`")
        return super().generator(step)
