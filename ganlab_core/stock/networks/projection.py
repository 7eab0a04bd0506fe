"""`projection`: a discriminator's head that is told the code (Miyato and Koyama 2018, arXiv 1802.05637, equation 3).

The logit is psi . h + b + <V y, h>, with h the trunk's features and y the code. As in self-conditioned GANs (Liu et al.
2020, arXiv 2006.10728) no label is needed: a real image's code is the one that was found for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.specs import DiscriminatorSpec
from ganlab_core.stock.networks.initial_weights import draw_weights_


class ProjectionHead(nn.Module):
    """A linear layer to the logit, and the product of the features with a direction that each category has.

    So an image must look real for its code: what the generator draws for a code is what real images of it show.

    Args:
        code: the name of the code that it is told; the first one over categories if left out.
        target: a real image is of its most probable category (hard), or of each as probably as was found (soft).
        spectral_norm: divide both weights by their largest singular value (Miyato et al. 2018, arXiv 1802.05957).
    """

    def __init__(
        self,
        spec: DiscriminatorSpec,
        *,
        code: str | None = None,
        target: Literal["hard", "soft"] = "hard",
        spectral_norm: bool = False,
    ) -> None:
        super().__init__()
        self._code = _chosen(spec, code)
        self._hard = target == "hard"
        self.logit = nn.Linear(spec.features, 1)
        self.direction = nn.Linear(spec.codes[self._code], spec.features, bias=False)
        draw_weights_(self)
        if spectral_norm:
            parametrizations.spectral_norm(self.logit)
            parametrizations.spectral_norm(self.direction)

    def forward(self, features_ND: Tensor, codes: Mapping[str, Tensor]) -> Tensor:
        """Logits `(N,)`, positive for real, of features `(N, D)` and codes `(N, K)` by name."""
        code_NK = codes[self._code]
        if self._hard:
            code_NK = F.one_hot(code_NK.argmax(dim=1), code_NK.shape[1]).to(code_NK)
        logits_N: Tensor = self.logit(features_ND).squeeze(1) + (self.direction(code_NK) * features_ND).sum(dim=1)
        return logits_N


def _chosen(spec: DiscriminatorSpec, code: str | None) -> str:
    if not spec.codes:
        raise GanlabError(
            "networks.discriminator: the prior has no code over categories that projection could be told: add one "
            "(`--prior categorical`), or use `linear`"
        )
    if code is not None and code not in spec.codes:
        raise GanlabError(
            f"networks.discriminator: `code: {code}` is no code over categories; the prior has {list(spec.codes)}"
        )
    return code or next(iter(spec.codes))
