"""A step of tiny networks in float64, for losses to be measured on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from ganlab_core.interface.image_data import ImageData, to_uint8
from ganlab_core.interface.networks import Networks
from ganlab_core.interface.prior import Prior
from ganlab_core.interface.specs import DiscriminatorSpec, TrunkSpec
from ganlab_core.interface.step import StepContext
from ganlab_core.stock.networks.dcgan import DCGANTrunk
from ganlab_core.stock.networks.heads import LinearHead
from ganlab_core.stock.priors.normal import Normal
from ganlab_core.training.batches import Batches

MakeStep = Callable[..., StepContext]


@pytest.fixture
def make_step() -> MakeStep:
    """A discriminator's phase over four 16x16 images, through a trunk without batch statistics or the one given."""

    def make(*, number: int = 0, trunk: nn.Module | None = None) -> StepContext:
        with torch.random.fork_rng():
            torch.manual_seed(0)
            trunk = trunk or DCGANTrunk(TrunkSpec((1, 16, 16)), width=2, norm="layer")
            head = LinearHead(DiscriminatorSpec(64))
            networks = Networks(generator=nn.Identity(), trunk=trunk, discriminator=head).double()
            for parameter in networks.parameters():
                parameter.data.mul_(10)
            real_NCHW, fake_NCHW = torch.randn(2, 4, 1, 16, 16, dtype=torch.float64).tanh()
        prior = Prior({"noise": Normal(dim=2)})
        return StepContext(
            phase="discriminator",
            number=number,
            repeat=0,
            steps=10,
            seed=0,
            data=Batches(ImageData("real", to_uint8(real_NCHW)), batch_size=4, seed=0, device=torch.device("cpu")),
            real_NCHW=real_NCHW,
            draw=lambda: (prior.sample(4, generator=torch.Generator().manual_seed(0)), fake_NCHW),
            prior=prior,
            networks=networks,
        )

    return make
