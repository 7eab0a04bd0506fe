"""An adversarial loss on random views: so that a discriminator cannot learn a small set by heart.

Real and fake images are transformed alike, in both phases, with gradient through the transformation (DiffAugment, Zhao
et al. 2020, arXiv 2006.10738). With views that keep what an image shows, what may leak into the generator's images does
no harm to their classes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from pydantic import PositiveInt
from torch import Tensor, nn

from ganlab_core import GanlabError, Hinge, LeastSquares, LossSpec, NonSaturating, StepContext, Wasserstein
from ganlab_elastic.losses.matching_images import MatchingImages
from ganlab_elastic.views.views import BROAD_VIEWS, Views

Adversarial = NonSaturating | LeastSquares | Hinge | Wasserstein
_LOSSES: dict[str, Callable[[], Adversarial]] = {
    "nonsaturating": NonSaturating,
    "least-squares": LeastSquares,
    "hinge": Hinge,
    "wasserstein": Wasserstein,
}


class Augmented(nn.Module):
    """Another adversarial loss, shown views of real and fake images instead of the images.

    With `matching`, the real images are some of the categories that were drawn, not the batch.
    """

    def __init__(self, loss: Adversarial, views: Views, matching: MatchingImages | None = None) -> None:
        super().__init__()
        self.loss = loss
        self.views = views
        self.matching = matching

    def discriminator(self, step: StepContext) -> Tensor:
        """The discriminator's term; a scalar."""
        return self.loss.discriminator(self._seen(step))

    def generator(self, step: StepContext) -> Tensor:
        """The generator's term; a scalar."""
        return self.loss.generator(self._seen(step))

    def _seen(self, step: StepContext) -> StepContext:
        shown = step if self.matching is None else self.matching.showing(step)
        return shown.through(self.views)


def augmented(
    spec: LossSpec,
    *,
    loss: Literal["nonsaturating", "least-squares", "hinge", "wasserstein"] = "nonsaturating",
    views: Views = BROAD_VIEWS,
    real: Literal["batch", "drawn"] = "batch",
    every: PositiveInt = 500,
) -> Augmented:
    """An adversarial loss on random views of real and fake images, for small data sets.

    Args:
        loss: which adversarial loss.
        views: the random transformation.
        real: the step's real batch, or images of the categories that its fake ones were drawn from; the latter is for
            a discriminator that is told codes (`networks.discriminator: {use: projection}`).
        every: steps between two readings of the categories of all images, where these are asked for.

    Raises:
        GanlabError: images of drawn categories are asked for, and the prior has no code.
    """
    if real == "batch":
        return Augmented(_LOSSES[loss](), views)
    if not spec.codes:
        raise GanlabError("augmented: `real: drawn` needs a prior with a code over categories; add one, or drop it")
    return Augmented(_LOSSES[loss](), views, MatchingImages(spec.dataset_size, every=every))
