"""`check_prior` tells what is wrong with a factor that breaks one promise."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganlab_core import Component, Draw, GanlabError, PriorSpec
from ganlab_core.stock.priors.categories import categorical_nll
from ganlab_core.testing import check_prior
from tests.testing.sound_factors import Category, Noise, Number


@pytest.mark.parametrize("factory", [Noise, Number, Category])
def test_a_sound_factor_passes(factory: type) -> None:
    assert check_prior(Component(name="fake", factory=factory)) is None  # type: ignore[func-returns-value]


class Wide(Noise):
    width = 4


class Fraction(Noise):
    width = 3.0  # type: ignore[assignment]


class Unnamed(Noise):
    recognition_width = None  # type: ignore[assignment]


class Global(Noise):
    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Draw:
        return Draw(torch.randn(batch_size, 3))


class PythonGlobal(Noise):
    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Draw:
        return Draw(torch.randn(batch_size, 3, generator=generator) * random.random())


class Constant(Noise):
    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Draw:
        return Draw(torch.zeros(batch_size, 3))


class Reseeding(Noise):
    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Draw:
        own = torch.Generator().manual_seed(generator.initial_seed())
        return Draw(torch.randn(batch_size, 3, generator=own))


class Remembering(Noise):
    draws = 0

    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Draw:
        self.draws += 1
        return Draw(self.draws * torch.randn(batch_size, 3, generator=generator))


class Double(Noise):
    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Draw:
        return Draw(torch.randn(batch_size, 3, generator=generator).double())


class Bare(Noise):
    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Any:
        return torch.randn(batch_size, 3, generator=generator)


class Stepless(Noise):
    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Draw:
        return Draw(torch.randn(batch_size, 3, generator=generator) * (1 + step))  # type: ignore[operator]


class Unheld(Noise):
    def fixed(self, value: float, batch_size: int, *, device: torch.device) -> Draw:
        return Draw(torch.arange(3.0 * batch_size).view(batch_size, 3))


class Hidden(Noise):
    """Learns without being a module."""

    def __init__(self) -> None:
        self.scale = torch.ones(3, requires_grad=True)


class Targetless(Number):
    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Draw:
        return Draw(super().sample(batch_size, generator=generator).value_NW)


class OddTarget(Number):
    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Draw:
        value_NW = super().sample(batch_size, generator=generator).value_NW
        return Draw(value_NW, value_NW[:, 0])


class MeanLikelihood(Number):
    def nll(self, parameters_NR: Tensor, draw: Draw, *, target: str = "hard") -> Tensor:
        return super().nll(parameters_NR, draw).mean()


class MixedRows(Number):
    def nll(self, parameters_NR: Tensor, draw: Draw, *, target: str = "hard") -> Tensor:
        return super().nll(parameters_NR - parameters_NR.mean(dim=0), draw)


class NoGradient(Number):
    def nll(self, parameters_NR: Tensor, draw: Draw, *, target: str = "hard") -> Tensor:
        return super().nll(parameters_NR.detach(), draw)


class Infinite(Number):
    def nll(self, parameters_NR: Tensor, draw: Draw, *, target: str = "hard") -> Tensor:
        return super().nll(parameters_NR, draw) / 0


class HardOnly(Number):
    def nll(self, parameters_NR: Tensor, draw: Draw, *, target: str = "hard") -> Tensor:
        return {"hard": super().nll(parameters_NR, draw)}[target]


class UpsideDown(Number):
    low, high = 1.0, -1.0


class TakesTooMany(Number):
    def fixed_each(self, numbers: Sequence[float], batch_size: int, *, device: torch.device) -> Draw:
        return super().fixed_each(numbers[:2], batch_size, device=device)


class Unequal(Category):
    def probabilities(self) -> Tensor:
        return 2 * super().probabilities()

    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Draw:
        return super().sample(batch_size, generator=generator)


class Liar(Category):
    def probabilities(self) -> Tensor:
        return (self.theta + torch.tensor([0.0, 0.0, 1.0])).softmax(dim=0)

    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Draw:
        index_N = torch.randint(3, (batch_size,), generator=generator)
        return Draw(F.one_hot(index_N, 3) * self.theta.exp(), index_N)


class FewLogits(Category):
    recognition_width = 2

    def nll(self, parameters_NR: Tensor, draw: Draw, *, target: Any = "hard") -> Tensor:
        return parameters_NR.square().sum(dim=1)


class WrongWay(Category):
    def nll(self, parameters_NR: Tensor, draw: Draw, *, target: Any = "hard") -> Tensor:
        return categorical_nll(-parameters_NR, draw, target)


class AnyCategory(Category):
    def fixed(self, value: float, batch_size: int, *, device: torch.device) -> Draw:
        return super().fixed(value % 3 if value in range(-3, 4) else 0, batch_size, device=device)


class OffByOne(Category):
    def fixed(self, value: float, batch_size: int, *, device: torch.device) -> Draw:
        return super().fixed((value + 1) % 3, batch_size, device=device)


class Unlearned(Category):
    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(2))


class Forgetful(Category):
    """Keeps its scale in a plain attribute, which no checkpoint holds."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = torch.rand(())

    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Draw:
        draw = super().sample(batch_size, generator=generator)
        return Draw(draw.value_NW * self.scale, draw.target)


class Typeless(Noise):
    def __init__(self, *, dim: Any = 3) -> None:
        self.width = 3


class NeedsLabels(Noise):
    def __init__(self, spec: PriorSpec) -> None:
        self.classes_seen = len(spec.class_proportions)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("factory", "sentence"),
    [
        (Wide, r"`sample` gives values of shape \(32, 3\), and \(N, width\) is \(32, 4\)"),
        (Fraction, "`width` is 3.0, not a whole number from 1"),
        (Unnamed, "`recognition_width` is None, not a whole number from 0"),
        (Global, "`sample` draws from torch's global random state"),
        (PythonGlobal, "`sample` draws from Python's global random state"),
        (Constant, "draws of two seeds are the same"),
        (Reseeding, "two draws in a row from one generator are the same"),
        (Remembering, "two draws of one seed differ"),
        (Double, r"`sample` gives values of torch\.float64, not of torch\.float32"),
        (Bare, "`sample` gives a Tensor, not a Draw"),
        (Stepless, "`sample` raised TypeError"),
        (Unheld, "`fixed` gives rows that differ"),
        (Hidden, r"\['scale'\] would not learn or be saved: make the factor a torch\.nn\.Module"),
        (Targetless, "`sample` gives no target, and `recognition_width` is not 0"),
        (OddTarget, r"`sample` gives a target that is neither \(N,\) int64 nor \(N, W\) floats"),
        (MeanLikelihood, r"`nll\(target='hard'\)` .* has shape \(\), and a number a row is \(32,\)"),
        (MixedRows, "`nll.* mixes rows"),
        (NoGradient, "`nll.* has no gradient in the parameters"),
        (Infinite, "`nll.* is not finite"),
        (HardOnly, r"`nll\(target='soft'\)` .* raised KeyError"),
        (UpsideDown, "`low` is 1, not below `high`, which is -1"),
        (TakesTooMany, "`fixed_each` of one number too many is not refused"),
        (Unequal, "`probabilities` sum to 2, not to 1"),
        (Liar, "its draws are not as frequent as `probabilities` says"),
        (FewLogits, "`recognition_width` is 2, and 3 classes need a logit each"),
        (WrongWay, "`nll` is no lower where the head is right about category 0"),
        (AnyCategory, r"`fixed\(3, \.\.\.\)` is not refused"),
        (OffByOne, r"`fixed\(0, \.\.\.\)` has another target"),
        (Unlearned, "no gradient reaches its parameter 'unused'"),
        (Forgetful, "its draws differ after its state was saved and loaded"),
        (Typeless, "argument 'dim' takes anything"),
        (NeedsLabels, "its construction raised TypeError"),
    ],
)
def test_a_factor_that_breaks_a_promise_is_told(factory: type, sentence: str) -> None:
    with pytest.raises(AssertionError, match=f"^prior fake: {sentence}"):
        check_prior(Component(name="fake", factory=factory))


def needs_labels(spec: PriorSpec) -> Noise:
    if spec.class_proportions is None:
        raise GanlabError("needs labels: take another data set")
    return Noise()


def test_a_factor_may_refuse_data_without_labels() -> None:
    assert check_prior(Component(name="fake", factory=needs_labels)) is None  # type: ignore[func-returns-value]
