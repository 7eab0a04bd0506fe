"""Each image's own gradient of its logit, differentiable again: what R1 and the gradient penalty measure."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.networks import Networks
from ganlab_core.stock.networks.batch_norm import batch_statistics


def sample_gradients(
    networks: Networks, images_NCHW: Tensor, *, loss: str, codes: Mapping[str, Tensor] | None = None
) -> Tensor:
    """d logit_n / d image_n, `(N, C*H*W)`, by a pass of its own through trunk and discriminator.

    `codes` is what the discriminator's head is told of these images, where it takes it.

    The gradient of the sum of logits holds each image's own only if no logit depends on another image.

    Raises:
        GanlabError: trunk or discriminator normalises over the batch; `loss` is named in the message.
    """
    for role, network in (("trunk", networks.trunk), ("discriminator", networks.discriminator)):
        for name, layer in batch_statistics(network).items():
            raise GanlabError(
                f"loss {loss} needs each image's own gradient, and networks.{role} normalises over the batch "
                f"({type(layer).__name__} at {name or 'its root'}): set `networks.{role}.norm: layer`, "
                f"or use a {role} without batch statistics"
            )
    images_NCHW = images_NCHW.detach().requires_grad_()
    logits_N = networks.logits(networks.trunk(images_NCHW), codes)
    (gradients_NCHW,) = torch.autograd.grad(logits_N.sum(), images_NCHW, create_graph=True)
    return gradients_NCHW.flatten(1)
