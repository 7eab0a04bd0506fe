"""`gradient-penalty`: WGAN-GP's bound on the critic's slope.

Gulrajani et al. 2017, arXiv 1704.00028, equation 3 and algorithm 1.
"""

from __future__ import annotations

import torch
from pydantic import PositiveFloat
from torch import Tensor

from ganlab_core.interface.step import StepContext
from ganlab_core.stock.losses.sample_gradients import sample_gradients


def random_interpolates(real_NCHW: Tensor, fake_NCHW: Tensor, *, generator: torch.Generator) -> Tensor:
    """eps x + (1 - eps) G(z) with a uniform eps in [0, 1) for each pair: of the images' shape, the real ones' type."""
    shape = (len(real_NCHW), 1, 1, 1)
    eps_N111 = torch.rand(shape, generator=generator, device=generator.device, dtype=real_NCHW.dtype)
    return fake_NCHW.to(real_NCHW.dtype).lerp(real_NCHW, eps_N111)


def one_centred_penalty(gradients_ND: Tensor) -> Tensor:
    """E (||grad D||_2 - 1)^2 of each sample's own gradient: a scalar."""
    slopes_N: Tensor = torch.linalg.vector_norm(gradients_ND, dim=1)
    return (slopes_N - 1).square().mean()


class GradientPenalty:
    """Pulls the critic's slope to 1 between real and fake: E (||grad D|| - 1)^2 (Gulrajani et al. 2017).

    Needs a trunk without batch statistics: `networks.trunk.norm: layer` with dcgan.

    Args:
        coefficient: the penalty's strength, lambda in the paper.
    """

    def __init__(self, *, coefficient: PositiveFloat = 10.0) -> None:
        self.coefficient = coefficient

    def discriminator(self, step: StepContext) -> Tensor:
        """The penalty at one random point between each real image and a fake one."""
        generator = step.random("gradient-penalty")
        points_NCHW = random_interpolates(step.images("real"), step.images("fake"), generator=generator)
        gradients_ND = sample_gradients(step.networks, points_NCHW, loss="gradient-penalty", codes=step.told("real"))
        return self.coefficient * one_centred_penalty(gradients_ND)
