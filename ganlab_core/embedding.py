"""What the recognition head sees in a sample of real images: vectors in which like images lie close to one another."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab_core.datasets.image_data import ImageData, to_unit_range
from ganlab_core.model import Model
from ganlab_core.networks.bundle import held
from ganlab_core.randomness import derived_generator

_BATCH = 500


@dataclass(frozen=True)
class Embedding:
    """N real images and their vectors, all on the CPU.

    Attributes:
        vectors_ND: the recognition head's hidden layer, float32.
        images_NCHW: the images, uint8 in 0..255.
        codes_N: the most probable category of the class code, int64; None where the prior has no class code.
        labels: the name of each image's class; None without labels.
    """

    vectors_ND: Tensor
    images_NCHW: Tensor
    codes_N: Tensor | None
    labels: tuple[str, ...] | None


@torch.no_grad()
def embed_sample(model: Model, data: ImageData, *, seed: int, most: int = 1000) -> Embedding | None:
    """Embed at most `most` images of a collection, drawn with `seed`; None of a model without a recognition head."""
    networks = model.networks
    if networks.recognition is None:
        return None
    device = next(networks.parameters()).device
    code = next(iter(model.prior.categorical), None)
    chosen_N = torch.randperm(len(data), generator=derived_generator(seed, "embedding"))[:most]
    images_NCHW = data.images_NCHW[chosen_N]
    with held(networks):
        found = [
            networks.recognise([to_unit_range(batch_NCHW.to(device))])[0] for batch_NCHW in images_NCHW.split(_BATCH)
        ]
    return Embedding(
        vectors_ND=torch.cat([one.embedding_ND for one in found]).float().cpu(),
        images_NCHW=images_NCHW.cpu(),
        codes_N=None if code is None else torch.cat([one.parameters[code] for one in found]).argmax(dim=1).cpu(),
        labels=None
        if data.labels_N is None
        else tuple(data.class_names[label] for label in data.labels_N[chosen_N].tolist()),
    )
