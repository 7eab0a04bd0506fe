"""What the recognition head sees in a sample of real images: vectors in which like images lie close to one another."""

from __future__ import annotations

import torch
from torch import Tensor

from ganlab_core.interface.events import Embedding
from ganlab_core.interface.image_data import IMAGES_AT_ONCE, ImageData, to_unit_range
from ganlab_core.interface.model import Model
from ganlab_core.interface.networks import held
from ganlab_core.interface.randomness import derived_generator


@torch.no_grad()
def embed_sample(
    model: Model, data: ImageData, *, seed: int, most: int = 1000, features_ND: Tensor | None = None
) -> Embedding | None:
    """Embed at most `most` images of a collection, drawn with `seed`; None of a model without a recognition head.

    Args:
        features_ND: a frozen network's features of the collection, which the head reads where it can.
    """
    networks = model.networks
    if networks.recognition is None:
        return None
    code = model.prior.class_code
    chosen_N = torch.randperm(len(data), generator=derived_generator(seed, "embedding"))[:most]
    images_NCHW = data.images_NCHW[chosen_N]
    with held(networks):
        if features_ND is not None and networks.reads_features:
            chosen_MD = features_ND[chosen_N.to(features_ND.device)].to(model.device)
            found = [networks.recognise_features(batch_MD) for batch_MD in chosen_MD.split(IMAGES_AT_ONCE)]
        else:
            found = [
                networks.recognise([to_unit_range(batch_NCHW.to(model.device))])[0]
                for batch_NCHW in images_NCHW.split(IMAGES_AT_ONCE)
            ]
    return Embedding(
        vectors_ND=torch.cat([one.embedding_ND for one in found]).float().cpu(),
        images_NCHW=images_NCHW.cpu(),
        codes_N=None if code is None else torch.cat([one.parameters[code] for one in found]).argmax(dim=1).cpu(),
        labels=None
        if data.labels_N is None
        else tuple(data.class_names[label] for label in data.labels_N[chosen_N].tolist()),
    )
