"""`diffaugment`: an adversarial loss on augmented real and fake images, in both phases.

Zhao et al. 2020, arXiv 2006.10738: gradients go through the augmentation into the generator, so that
it is not taught to draw augmented images.
"""

from __future__ import annotations

from torch import Tensor

from ganlab_core import StepContext
from ganlab_stabilize.augmentation.policy import FULL_POLICY, Policy, PolicyView
from ganlab_stabilize.losses.adversarial import ADVERSARIAL, AdversarialName


class DiffAugment:
    """An adversarial loss on randomly augmented real and fake images, for small data sets (Zhao et al. 2020).

    Args:
        loss: which adversarial loss.
        policy: what is changed, in this order; leave out what would change what an image shows.
    """

    def __init__(self, *, loss: AdversarialName = "nonsaturating", policy: Policy = FULL_POLICY) -> None:
        self._loss = ADVERSARIAL[loss]()
        self._view = PolicyView(policy)

    def discriminator(self, step: StepContext) -> Tensor:
        """The discriminator's term; a scalar."""
        return self._loss.discriminator(step.through(self._view))

    def generator(self, step: StepContext) -> Tensor:
        """The generator's term; a scalar."""
        return self._loss.generator(step.through(self._view))
