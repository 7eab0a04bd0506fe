"""`check_network` tells what is wrong with a network that breaks one promise."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ganlab_core import (
    Component,
    GanlabError,
    GeneratorSpec,
    TrunkSpec,
)
from ganlab_core.interface.kinds import Role
from ganlab_core.testing import check_network
from tests.testing.sound_networks import Generator, Head, Reader, Trunk

BUILT = itertools.count()


def check(role: Role, factory: Callable[..., Any]) -> None:
    check_network(Component(name="fake", role=role, factory=factory))


@pytest.mark.parametrize(
    ("role", "factory"),
    [("generator", Generator), ("trunk", Trunk), ("discriminator", Head), ("recognition", Reader)],
)
def test_a_sound_network_passes(role: Role, factory: Callable[..., Any]) -> None:
    assert check(role, factory) is None  # type: ignore[func-returns-value]


class Frozen(Trunk):
    def __init__(self, spec: TrunkSpec) -> None:
        super().__init__(spec)
        self.requires_grad_(False)


def test_a_frozen_trunk_passes() -> None:
    assert check("trunk", Frozen) is None  # type: ignore[func-returns-value]


class Flat(Generator):
    def forward(self, latent_NZ: Tensor) -> Tensor:
        values_ND: Tensor = self.layer(latent_NZ).tanh()
        return values_ND


class Unbounded(Generator):
    def forward(self, latent_NZ: Tensor) -> Tensor:
        return 100 * super().forward(latent_NZ)


class NotFinite(Generator):
    def forward(self, latent_NZ: Tensor) -> Tensor:
        return super().forward(latent_NZ).log()


class Noisy(Generator):
    def forward(self, latent_NZ: Tensor) -> Tensor:
        images_NCHW = super().forward(latent_NZ)
        return images_NCHW * torch.rand_like(images_NCHW)


class NumpyNoisy(Generator):
    def forward(self, latent_NZ: Tensor) -> Tensor:
        return super().forward(latent_NZ) * np.random.rand()


class Counting(Generator):
    passes = 0

    def forward(self, latent_NZ: Tensor) -> Tensor:
        self.passes += 1
        return super().forward(latent_NZ) / self.passes


class Idle(Generator):
    def __init__(self, spec: GeneratorSpec) -> None:
        super().__init__(spec)
        self.unused = nn.Linear(2, 2)


class Deaf(Generator):
    def forward(self, latent_NZ: Tensor) -> Tensor:
        return super().forward(latent_NZ * torch.tensor([1.0, 1.0, 0.0, 1.0, 1.0]))


class Detached(Generator):
    def forward(self, latent_NZ: Tensor) -> Tensor:
        return super().forward(latent_NZ.detach())


class Forgetful(Generator):
    """Keeps its scale in a plain attribute, which no checkpoint holds."""

    def __init__(self, spec: GeneratorSpec) -> None:
        super().__init__(spec)
        self.scale = torch.rand(())

    def forward(self, latent_NZ: Tensor) -> Tensor:
        return super().forward(latent_NZ) * self.scale


class Tied(Generator):
    def __init__(self, spec: GeneratorSpec) -> None:
        super().__init__(spec)
        self.other = nn.Linear(*self.layer.weight.shape[::-1])
        self.other.weight = self.layer.weight

    def forward(self, latent_NZ: Tensor) -> Tensor:
        images_NCHW: Tensor = (super().forward(latent_NZ) + self.other(latent_NZ).unflatten(1, self.shape).tanh()) / 2
        return images_NCHW


class Uncopied(Generator):
    def __deepcopy__(self, memo: object) -> Generator:
        raise TypeError("no copies")


class FullPrecision(Generator):
    def forward(self, latent_NZ: Tensor) -> Tensor:
        images_NCHW: Tensor = torch.lerp(self.layer(latent_NZ), torch.zeros(()), 0.5).unflatten(1, self.shape).tanh()
        return images_NCHW


class SingleRowFails(Generator):
    def forward(self, latent_NZ: Tensor) -> Tensor:
        return super().forward(latent_NZ) * min(1.0, 1 / (len(latent_NZ) - 1))


def another_each_time(spec: GeneratorSpec) -> nn.Module:
    generator = Generator(spec)
    generator.layer.bias.data.fill_(next(BUILT))
    return generator


def numpy_built(spec: GeneratorSpec) -> nn.Module:
    np.random.rand()
    return Generator(spec)


def no_module(spec: GeneratorSpec) -> object:
    return 3


def refuses_all(spec: GeneratorSpec) -> nn.Module:
    raise GanlabError(f"images of {spec.image_shape} are not for me: take another")


def crashes(spec: GeneratorSpec) -> nn.Module:
    raise ZeroDivisionError("oops")


def takes_anything(spec: GeneratorSpec, *, width: Any = 3) -> nn.Module:
    return Generator(spec)


def crashes_at_nothing(spec: GeneratorSpec, *, width: int = 1) -> nn.Module:
    assert 1 / width
    return Generator(spec)


@pytest.mark.parametrize(
    ("factory", "sentence"),
    [
        (Flat, r"gives shape \(6, 256\) where images .* \(6, 1, 16, 16\) are asked for"),
        (Unbounded, "gives images outside of -1 to 1: end with a tanh"),
        (NotFinite, "gives values that are not finite"),
        (Noisy, "its forward pass draws from torch's global random state"),
        (NumpyNoisy, "its forward pass draws from NumPy's global random state"),
        (Counting, "gives two outputs for one input in eval mode"),
        (Idle, r"no gradient reaches its parameter 'unused\.weight'"),
        (Deaf, "column 2 of the latent vector changes nothing"),
        (Detached, "no gradient reaches its input"),
        (Forgetful, "its outputs differ after its state was saved and loaded"),
        (Tied, "saving its state and loading it into a new one raised RuntimeError: .*share memory"),
        (Uncopied, "a deep copy raised TypeError: no copies"),
        (FullPrecision, "a pass under bf16 autocast raised RuntimeError"),
        (SingleRowFails, "its pass in eval mode raised ZeroDivisionError"),
        (another_each_time, "its parameters differ though torch's seed is the same"),
        (numpy_built, "its construction draws from NumPy's global random state"),
        (no_module, r"is a int, not a torch\.nn\.Module"),
        (refuses_all, r"refuses images of every size tried \(images of \(1, 16, 16\) are not for me: take another\)"),
        (crashes, "its construction raised ZeroDivisionError: oops"),
        (takes_anything, "argument 'width' takes anything"),
        (crashes_at_nothing, r"bad argument width=0 .* raised ZeroDivisionError"),
    ],
)
def test_a_generator_that_breaks_a_promise_is_told(factory: Callable[..., Any], sentence: str) -> None:
    with pytest.raises(AssertionError, match=f"^network generator fake: .*{sentence}"):
        check("generator", factory)
