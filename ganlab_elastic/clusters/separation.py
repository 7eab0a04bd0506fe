"""How well classes are separated in an embedding, without labels."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab_elastic.clusters.neighbours import nearest_neighbours

NEIGHBOURS = 10


@torch.no_grad()
def separation(embedding_ND: Tensor, codes_N: Tensor, *, count: int = NEIGHBOURS) -> float:
    """The share of nearest neighbours by angle that are of an image's own class, beyond what chance gives.

    Of each class the share is brought to 0 where neighbours are drawn from all images alike, and to 1 where all are of
    the class (as in Cohen's kappa); classes count alike, so that a large one does not hide the others.

    Args:
        embedding_ND: of N images.
        codes_N: each image's class.
        count: neighbours of each image that are looked at, fewer where there are fewer images.

    Returns:
        0, as by chance, to 1; 0 where there is one class alone.
    """
    classes, codes_N = codes_N.unique(return_inverse=True)
    count = min(count, len(codes_N) - 1)
    if len(classes) < 2 or count < 1:
        return 0.0
    nearest_NM = nearest_neighbours(F.normalize(embedding_ND.float(), dim=1), count=count).nearest_QM
    inside_N = (codes_N[nearest_NM] == codes_N[:, None]).double().mean(dim=1)
    sizes_K = torch.bincount(codes_N).double()
    inside_K = torch.zeros_like(sizes_K).index_add_(0, codes_N, inside_N) / sizes_K
    chance_K = (sizes_K - 1) / (len(codes_N) - 1)
    return float(((inside_K - chance_K) / (1.0 - chance_K)).mean().clamp(0.0, 1.0))
