"""A recognition head of two readers of one code: a teacher on frozen features, and a student on pixels that it teaches.

A frozen network at its own size cannot be asked of every generated image of every step, nor has it a gradient for the
generator that is worth its price. A small network can, once it was taught what the large one says (Hinton et al. 2015,
arXiv 1503.02531).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from pydantic import PositiveFloat, PositiveInt
from torch import Tensor, nn

from ganlab_core import GanlabError, Recognition, RecognitionSpec
from ganlab_elastic.clusters.over_clustering import code_reader
from ganlab_elastic.clusters.reader import LinearReader

LOGITS = "logits"


class TaughtHead(nn.Module):
    """A recognition head that is taught a code by a linear reader of frozen features (loss `taught`).

    Args:
        hidden: width of the hidden layer, which is the embedding (linear, BatchNorm, leaky ReLU 0.2).
        code: the categorical code that is taught; other codes get two layers each, from the trunk.
        floor: added to each category's probability, so that a generator far from any class still gets a gradient.

    Attributes:
        teacher_KD: the teacher's weights on features, zero until it is there, so that all categories are as likely.
        teacher_K: what it adds to each category; minus infinity for one that stays empty, for the student too.
        separation: how well the classes are separated, from 0 to 1; 0 until they are found.

    Raises:
        GanlabError: the recipe has no frozen features, or the prior no such code.
    """

    teacher_KD: Tensor
    teacher_K: Tensor
    separation: Tensor

    def __init__(
        self, spec: RecognitionSpec, *, hidden: PositiveInt = 128, code: str = "code", floor: PositiveFloat = 1e-4
    ) -> None:
        super().__init__()
        if code not in spec.codes:
            raise GanlabError(f"taught: `code: {code}` is no code of the prior; it has {list(spec.codes)}")
        if spec.frozen_features is None:
            raise GanlabError(NO_FEATURES)
        classes = spec.codes[code]
        self.hidden = nn.Sequential(
            nn.Linear(spec.features, hidden, bias=False), nn.BatchNorm1d(hidden), nn.LeakyReLU(0.2, inplace=True)
        )
        self.classes = nn.Linear(hidden, classes)
        others = {name: width for name, width in spec.codes.items() if name != code}
        # Not from the classes' hidden layer: reading other codes must not change the classes.
        self.others = nn.ModuleDict({name: code_reader(spec.features, hidden, n) for name, n in others.items()})
        self.register_buffer("teacher_KD", torch.zeros(classes, spec.frozen_features))
        self.register_buffer("teacher_K", torch.zeros(classes))
        self.register_buffer("separation", torch.zeros(()))
        self.code = code
        self._floor = floor

    def forward(self, features_ND: Tensor) -> Recognition:
        """The student: log-probabilities `(N, K)` of the code, other codes' parameters, and its logits `(N, K)`."""
        embedding_ND = self.hidden(features_ND)
        logits_NK = self.classes(embedding_ND).float()
        parameters = {self.code: self._log_probabilities(logits_NK.masked_fill(self.teacher_K.isinf(), -torch.inf))}
        parameters |= {name: reader(features_ND) for name, reader in self.others.items()}
        return Recognition(parameters, embedding_ND, {LOGITS: logits_NK})

    def of_features(self, features_ND: Tensor) -> Recognition:
        """The teacher: log-probabilities `(N, K)` of the code alone, from the frozen network's features."""
        return Recognition({self.code: self._log_probabilities(self.teacher_logits(features_ND))}, features_ND)

    def teacher_logits(self, features_ND: Tensor) -> Tensor:
        """What the teacher says of each category `(N, K)` before its softmax, float32."""
        with torch.autocast(device_type=features_ND.device.type, enabled=False):
            return F.linear(features_ND.float(), self.teacher_KD, self.teacher_K)

    @torch.no_grad()
    def take(self, reader: LinearReader, *, separation: float) -> None:
        """Take a teacher; categories beyond its classes stay empty."""
        count = len(reader.bias_K)
        self.teacher_KD.zero_()[:count] = reader.weight_KD
        self.teacher_K.fill_(-torch.inf)[:count] = reader.bias_K
        self.separation.fill_(separation)

    def _log_probabilities(self, logits_NK: Tensor) -> Tensor:
        # Half precision is too coarse for the logarithms of sure predictions.
        with torch.autocast(device_type=logits_NK.device.type, enabled=False):
            return (logits_NK.softmax(dim=1) + self._floor).log()


NO_FEATURES = (
    "taught: the recipe has no frozen features to learn from; add `features: {use: NAME}` (`ganlab list features` says "
    "which there are), or find classes in pixels: `networks.recognition.use: over-clustering` and loss `discovery`"
)
