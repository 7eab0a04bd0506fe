"""How well classes are separated, without labels: whether another look at the same embedding finds them again."""

from __future__ import annotations

import torch
from torch import Tensor

from ganlab_core import contingency_table, match_codes
from ganlab_elastic.clusters.classes import find_classes

_MOST = 2048  # images: enough to tell, and cheap


@torch.no_grad()
def separation(embedding_ND: Tensor, codes_N: Tensor, *, seed: int = 0) -> float:
    """How far classes that are found anew agree with those that images were given, times how sure these are themselves.

    As many classes are found in the embedding alone (`find_classes`), and matched one to one to those that were given.
    Agreement is Cohen's kappa: 0 where it is by chance, 1 where all images agree. Where classes lie apart, any sensible
    look finds the same ones; where they do not, each cuts elsewhere.

    Args:
        embedding_ND: of N images.
        codes_N: each image's class.
        seed: of the sample where there are more than 2,048 images.

    Returns:
        0 to 1; 0 where there is one class alone.
    """
    chosen_n = torch.randperm(len(codes_N), generator=torch.Generator().manual_seed(seed))[:_MOST].sort().values
    used, codes_n = codes_N[chosen_n].unique(return_inverse=True)
    classes = len(used)
    if classes < 2 or len(codes_n) <= classes:
        return 0.0
    found = find_classes(embedding_ND[chosen_n], classes=classes, at_most=classes, seed=seed)
    counts_KK = contingency_table(found.codes_N, codes_n, codes=classes, classes=classes)
    return found.separation * max(_kappa(torch.as_tensor(counts_KK).double()), 0.0)


def _kappa(counts_KK: Tensor) -> float:
    """Cohen's kappa of two codings, after the columns were matched to the rows."""
    matched = match_codes(counts_KK.numpy())
    shares_KK = counts_KK[:, [column for column in matched if column is not None]] / counts_KK.sum()
    agreed = shares_KK.trace()
    by_chance = (shares_KK.sum(dim=0) * shares_KK.sum(dim=1)).sum()
    return float((agreed - by_chance) / (1.0 - by_chance))
