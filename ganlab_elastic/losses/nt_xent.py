"""NT-Xent, the normalised temperature-scaled cross-entropy (Chen et al. 2020, SimCLR, arXiv 2002.05709, equation 1)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def nt_xent(a_ND: Tensor, b_ND: Tensor, *, temperature: float = 1.0) -> Tensor:
    """Mean over 2N anchors of -log softmax of the similarity to the anchor's other view; a scalar in nats, >= 0.

    Row i of `a_ND` and row i of `b_ND` embed two views of one image. Similarity is the cosine over `temperature`; an
    anchor's negatives are the 2N - 2 embeddings of the other images. With a single image there are none: the loss is 0.
    """
    # Half-precision cosines are too coarse once divided by a small temperature.
    with torch.autocast(device_type=a_ND.device.type, enabled=False):
        both_MD = torch.cat([a_ND, b_ND])
        unit_MD = F.normalize(both_MD.to(torch.promote_types(both_MD.dtype, torch.float32)), dim=1)
        similarity_MM = unit_MD @ unit_MD.T / temperature
        itself_MM = torch.eye(len(both_MD), dtype=torch.bool, device=both_MD.device)
        other_view_M = torch.arange(len(both_MD), device=both_MD.device).roll(len(a_ND))
        return F.cross_entropy(similarity_MM.masked_fill(itself_MM, -torch.inf), other_view_M)
