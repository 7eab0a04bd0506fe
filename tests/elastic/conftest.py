"""A step on 8 x 8 images with networks of a few weights each, in place of the training loop's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import pytest
import torch
from torch import Tensor, nn

from ganlab_core.interface.image_data import ImageData, to_uint8
from ganlab_core.interface.latent import Factor, LatentSample, Recognition
from ganlab_core.interface.networks import Networks
from ganlab_core.interface.prior import Prior
from ganlab_core.interface.specs import RecognitionSpec
from ganlab_core.interface.step import Phase, StepContext
from ganlab_core.training.batches import Batches


class TinyRecognition(nn.Module):
    def __init__(self, codes: Mapping[str, int]) -> None:
        super().__init__()
        self.hidden = nn.Linear(6, 5)
        self.codes = nn.ModuleDict({name: nn.Linear(5, width) for name, width in codes.items()})

    def forward(self, features_ND: Tensor) -> Recognition:
        embedding_ND = self.hidden(features_ND).tanh()
        return Recognition({name: head(embedding_ND) for name, head in self.codes.items()}, embedding_ND)


def tiny_trunk() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 6))


def tiny_step(
    factors: Mapping[str, Factor],
    *,
    phase: Phase = "generator",
    number: int = 0,
    batch_size: int = 4,
    head: Callable[[RecognitionSpec], nn.Module] | None = None,
    own_trunk: bool = False,
    data_NCHW: Tensor | None = None,
    frozen_ND: Tensor | None = None,
) -> StepContext:
    prior = Prior(factors)
    spec = RecognitionSpec(6, prior.codes, frozen_features=None if frozen_ND is None else frozen_ND.shape[1])
    with torch.random.fork_rng():
        torch.manual_seed(0)
        networks = Networks(
            generator=nn.Sequential(nn.Linear(prior.width, 64), nn.Tanh(), nn.Unflatten(1, (1, 8, 8))),
            trunk=tiny_trunk(),
            discriminator=nn.Linear(6, 1),
            recognition=head(spec) if head else TinyRecognition(prior.codes),
            recognition_trunk=tiny_trunk() if own_trunk else None,
        )

    def draw() -> tuple[LatentSample, Tensor]:
        latent = prior.sample(batch_size, generator=torch.Generator().manual_seed(1), step=number)
        return latent, networks.generator(latent.vector_NZ)

    if phase == "generator":
        networks.trunk.requires_grad_(False)
        networks.discriminator.requires_grad_(False)
    real_NCHW = torch.rand(batch_size, 1, 8, 8, generator=torch.Generator().manual_seed(2)) * 2 - 1
    data = ImageData("real", to_uint8(real_NCHW if data_NCHW is None else data_NCHW))
    batches = Batches(data, batch_size=batch_size, seed=0, device=torch.device("cpu"))
    batches.features_ND = frozen_ND
    return StepContext(
        phase=phase,
        number=number,
        repeat=0,
        steps=10,
        seed=0,
        data=batches,
        real_NCHW=real_NCHW,
        draw=cache(draw),
        prior=prior,
        networks=networks,
    )


@pytest.fixture
def make_step() -> Callable[..., StepContext]:
    """`tiny_step(factors, *, phase, number, batch_size, head, own_trunk, data_NCHW, frozen_ND)`."""
    return tiny_step
