"""Real images of the categories that were drawn, so that a discriminator sees as many of each as it sees fakes of it.

A discriminator that is told codes compares, for each category, real images with fake ones. In a batch as the
collection has it, a rare category is missing most of the time; here each fake image gets a real one of its category.

Shape suffix: K categories.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganlab_core import StepContext
from ganlab_elastic.losses.codes import categorical_code

_BLOCK = 1024


def images_of(categories_N: Tensor, codes_M: Tensor, *, classes: int, generator: torch.Generator) -> Tensor:
    """An image at random of each of these categories, `(N,)` int64; of a category that no image has, any image.

    Args:
        categories_N: the categories asked for, int64.
        codes_M: the category of each image, int64.
        classes: K.
        generator: on the codes' device.
    """
    order_M = codes_M.argsort(stable=True)
    counts_K = torch.bincount(codes_M, minlength=classes)
    first_K = counts_K.cumsum(0) - counts_K
    there_N = counts_K[categories_N] > 0
    count_N = torch.where(there_N, counts_K[categories_N], len(codes_M))
    uniform_N = torch.rand(len(categories_N), generator=generator, device=codes_M.device)
    place_N = (uniform_N * count_N).long().clamp(max=len(codes_M) - 1)
    return order_M[torch.where(there_N, first_K[categories_N], 0) + torch.minimum(place_N, count_N - 1)]


class MatchingImages(nn.Module):
    """Keeps the most probable category of each image of the collection, read anew every so many steps.

    Args:
        size: images in the collection.
        every: steps between two readings.
    """

    codes_M: Tensor

    def __init__(self, size: int, *, every: int) -> None:
        super().__init__()
        self._every = every
        self._missing = True
        self._seen_version: int | None = None
        self.register_buffer("codes_M", torch.full((size,), -1))

    def showing(self, step: StepContext) -> StepContext:
        """The step with real images of the categories that its fake ones were drawn from."""
        code = categorical_code(step.prior, None, asked_by="augmented")
        if self._is_due(step):
            self._read(step, code)
        drawn_N = step.latent.draws[code].target
        assert drawn_N is not None  # a draw of a code over categories says which
        random = step.random("matching images")
        classes = step.prior.categorical[code].classes
        real_N = images_of(drawn_N, self.codes_M, classes=classes, generator=random)
        return step.showing(real_N, {code: F.one_hot(self.codes_M[real_N], classes).float()})

    def _is_due(self, step: StepContext) -> bool:
        first = step.phase == "discriminator" and step.repeat == 0
        return (first and step.number % self._every == 0) or self._are_missing()

    def _are_missing(self) -> bool:
        """Whether nothing was read yet; asks the device only when something was written into the buffer since."""
        if self._seen_version != self.codes_M._version:
            self._seen_version = self.codes_M._version
            self._missing = bool((self.codes_M < 0).any())
        return self._missing

    def _read(self, step: StepContext, code: str) -> None:
        probabilities_MK = step.networks.read_codes([code], step.data.blocks(_BLOCK), step.data.features_ND)[code]
        self.codes_M.copy_(probabilities_MK.argmax(dim=1))
