"""Heads on the trunk's features: the discriminator's logit, and the codes' parameters for recognition."""

from __future__ import annotations

from pydantic import PositiveInt
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.latent import Recognition
from ganlab_core.interface.specs import DiscriminatorSpec, RecognitionSpec
from ganlab_core.stock.networks.initial_weights import draw_weights_


class LinearHead(nn.Module):
    """One linear layer to the discriminator's logit.

    Args:
        spectral_norm: divide the weight by its norm (Miyato et al. 2018, arXiv 1802.05957).
    """

    def __init__(self, spec: DiscriminatorSpec, *, spectral_norm: bool = False) -> None:
        super().__init__()
        self.logit = nn.Linear(spec.features, 1)
        draw_weights_(self)
        if spectral_norm:
            parametrizations.spectral_norm(self.logit)

    def forward(self, features_ND: Tensor) -> Tensor:
        """Logits `(N,)`: positive for real."""
        logits_N: Tensor = self.logit(features_ND).squeeze(1)
        return logits_N


class RecognitionHead(nn.Module):
    """A hidden layer (BatchNorm, leaky ReLU 0.2), which is the embedding, then a linear layer for each code.

    InfoGAN's Q (Chen et al. 2016, arXiv 1606.03657, appendix C.1).

    Args:
        hidden: width of the hidden layer.
    """

    def __init__(self, spec: RecognitionSpec, *, hidden: PositiveInt = 128) -> None:
        super().__init__()
        if not spec.codes:
            raise GanlabError(
                "networks.recognition: the prior has no code to recognise, only noise: "
                "add a factor such as `code: {use: categorical, classes: 10}`, or drop the recognition head"
            )
        self.hidden = nn.Sequential(
            nn.Linear(spec.features, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.LeakyReLU(0.2, inplace=True),
        )
        self.codes = nn.ModuleDict({name: nn.Linear(hidden, width) for name, width in spec.codes.items()})
        draw_weights_(self)

    def forward(self, features_ND: Tensor) -> Recognition:
        """Each code's parameters `(N, R)`, and the hidden layer `(N, hidden)` as embedding."""
        embedding_ND = self.hidden(features_ND)
        return Recognition({name: code(embedding_ND) for name, code in self.codes.items()}, embedding_ND)
