"""A recognition head with more clusters than the code has categories, which are merged into them later.

A head of exactly K outputs that must find K classes from nothing often merges two and splits a third, and nothing in
training undoes that. Finer clusters are easier to get pure; which of them belong together is then a question about
neighbours that has a stable answer (`ganlab_elastic.clusters.merging`).
"""

from __future__ import annotations

import torch
from pydantic import PositiveFloat, PositiveInt
from torch import Tensor, nn

from ganlab_core import GanlabError, Recognition, RecognitionSpec

SUBCODES = "subcodes"


class OverClusteringHead(nn.Module):
    """A recognition head that finds fine clusters first and reads a category as the sum of its clusters.

    Args:
        hidden: width of the hidden layer, which is the embedding (linear, BatchNorm, leaky ReLU 0.2).
        subcodes: fine clusters of each head; three to five for each category do well.
        heads: how many sets of clusters are learned side by side; the clearest one gives the categories, or all vote.
        code: the categorical code that clusters are merged into; other codes get two layers each, from the trunk.
        floor: added to each category's probability, so that a generator far from any cluster still gets a gradient.

    Attributes:
        groups_HSK: which share of each head's cluster counts for each category; uniform until clusters are merged.
            Heads weigh 1 together: 1 and the others 0, or all alike.
    """

    groups_HSK: Tensor

    def __init__(
        self,
        spec: RecognitionSpec,
        *,
        hidden: PositiveInt = 128,
        subcodes: PositiveInt = 50,
        heads: PositiveInt = 4,
        code: str = "code",
        floor: PositiveFloat = 1e-4,
    ) -> None:
        super().__init__()
        if code not in spec.codes:
            raise GanlabError(f"over-clustering: `code: {code}` is no code of the prior; it has {list(spec.codes)}")
        classes = spec.codes[code]
        if subcodes < classes:
            raise GanlabError(
                f"over-clustering: {subcodes} subcodes cannot be merged into {classes} categories; "
                f"set `subcodes` to {classes} or more"
            )
        self.hidden = nn.Sequential(
            nn.Linear(spec.features, hidden, bias=False), nn.BatchNorm1d(hidden), nn.LeakyReLU(0.2, inplace=True)
        )
        self.clusters = nn.Linear(hidden, heads * subcodes)
        others = {name: width for name, width in spec.codes.items() if name != code}
        # Not from the clusters' hidden layer: reading other codes must not change the clusters.
        self.others = nn.ModuleDict({name: code_reader(spec.features, hidden, width) for name, width in others.items()})
        self.register_buffer("groups_HSK", torch.full((heads, subcodes, classes), 1.0 / (heads * classes)))
        self._code = code
        self._floor = floor

    def forward(self, features_ND: Tensor) -> Recognition:
        """Log-probabilities `(N, K)` of the code, other codes' parameters, and the clusters' logits `(N, H, S)`."""
        embedding_ND = self.hidden(features_ND)
        logits_NHS = self.clusters(embedding_ND).unflatten(1, self.groups_HSK.shape[:2])
        # Half precision is too coarse for the logarithms of sure predictions.
        with torch.autocast(device_type=logits_NHS.device.type, enabled=False):
            probabilities_NHS = logits_NHS.float().softmax(dim=2)
            # As a product of matrices: an einsum would tie an exported network to one batch size.
            probabilities_NK = probabilities_NHS.flatten(1) @ self.groups_HSK.flatten(0, 1)
            parameters = {self._code: (probabilities_NK + self._floor).log()}
        parameters |= {name: reader(features_ND) for name, reader in self.others.items()}
        return Recognition(parameters, embedding_ND, {SUBCODES: logits_NHS})


def code_reader(features: int, hidden: int, width: int) -> nn.Sequential:
    """Two layers that read a code of this width from a trunk's features."""
    return nn.Sequential(nn.Linear(features, hidden), nn.LeakyReLU(0.2, inplace=True), nn.Linear(hidden, width))
