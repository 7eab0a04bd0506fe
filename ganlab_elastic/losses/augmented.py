"""An adversarial loss on random views: so that a discriminator cannot learn a small set by heart.

Real and fake images are transformed alike, in both phases, with gradient through the transformation (DiffAugment, Zhao
et al. 2020, arXiv 2006.10738). With views that keep what an image shows, what may leak into the generator's images does
no harm to their classes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from ganlab_core import Hinge, LeastSquares, NonSaturating, StepContext, Wasserstein
from ganlab_elastic.views.views import BROAD_VIEWS, Views

Adversarial = NonSaturating | LeastSquares | Hinge | Wasserstein
_LOSSES: dict[str, Callable[[], Adversarial]] = {
    "nonsaturating": NonSaturating,
    "least-squares": LeastSquares,
    "hinge": Hinge,
    "wasserstein": Wasserstein,
}


@dataclass(frozen=True)
class Augmented:
    """Another adversarial loss, shown views of real and fake images instead of the images."""

    loss: Adversarial
    views: Views

    def discriminator(self, step: StepContext) -> Tensor:
        """The discriminator's term; a scalar."""
        return self.loss.discriminator(step.through(self.views))

    def generator(self, step: StepContext) -> Tensor:
        """The generator's term; a scalar."""
        return self.loss.generator(step.through(self.views))


def augmented(
    *,
    loss: Literal["nonsaturating", "least-squares", "hinge", "wasserstein"] = "nonsaturating",
    views: Views = BROAD_VIEWS,
) -> Augmented:
    """An adversarial loss on random views of real and fake images, for small data sets.

    Args:
        loss: which adversarial loss.
        views: the random transformation.
    """
    return Augmented(_LOSSES[loss](), views)
