"""How distinct codes are, without labels: how much nearer images lie to their own code's middle than to another's.

It is the simplified silhouette (Hruschka, de Castro and Campello 2004, after Rousseeuw 1987). What most of the images
nearest to a code's have says less: in an embedding that was learned together with the codes, it is the same code even
where that is a mixture, while a mixture still is wide.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Distinctness:
    """Means over the images of each of K codes, from -1 to 1, float64; NaN of codes without images, or without others.

    Attributes:
        codes_K: from the nearest of the other codes; near 0 where the images lie between several.
        pairs_KK: of the row's images from the column's code; 0 on the diagonal.
    """

    codes_K: Tensor
    pairs_KK: Tensor


@torch.no_grad()
def distinctness(embedding_ND: Tensor, codes_N: Tensor, *, codes: int) -> Distinctness:
    """(distance to the other middle - distance to one's own) / the larger of the two, of embeddings of unit length.

    Args:
        embedding_ND: of N images, in which like ones lie close to one another.
        codes_N: each image's code, 0 to K - 1.
        codes: K.
    """
    unit_ND = F.normalize(embedding_ND.double(), dim=1)
    of_code_KN = F.one_hot(codes_N, codes).double().T
    counts_K1 = of_code_KN.sum(dim=1, keepdim=True)
    middles_KD = (of_code_KN @ unit_ND) / counts_K1  # NaN without images
    away_NK = torch.cdist(unit_ND, middles_KD, compute_mode="donot_use_mm_for_euclid_dist")
    own_N1 = away_NK.gather(1, codes_N[:, None])
    apart_NK = (away_NK - own_N1) / torch.maximum(away_NK, own_N1).clamp_min(1e-12)
    others_NK = apart_NK.scatter(1, codes_N[:, None], torch.inf).nan_to_num(nan=torch.inf, posinf=torch.inf)
    nearest_N1 = others_NK.amin(dim=1, keepdim=True).nan_to_num(posinf=torch.nan)  # of a single code
    return Distinctness(
        codes_K=((of_code_KN @ nearest_N1) / counts_K1).squeeze(1), pairs_KK=(of_code_KN @ apart_NK) / counts_K1
    )
