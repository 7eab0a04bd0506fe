"""Says, once a run, that ADA's augmentations may be leaking into what the generator draws.

Karras et al. 2020, arXiv 2006.06676, section 2.2: an augmentation leaves the generator alone as long as it is skipped
often enough, in practice while p is below 0.8; beyond it, rotated or recoloured images may be taken for real ones.
"""

from __future__ import annotations

import logging

from ganlab_core import StepFinished, hookimpl
from ganlab_stabilize.losses.ada import PROBABILITY

SAFE = 0.8

_log = logging.getLogger(__name__)


class LeakWarning:
    """Looks at each logged p of a run, until one is too high."""

    def __init__(self) -> None:
        self._warned = False

    @hookimpl
    def ganlab_step_finished(self, event: StepFinished) -> None:
        """Warn where augmentations are no longer skipped often enough."""
        for name, value in event.scalars.items():
            if name.endswith(f"/{PROBABILITY}") and value > SAFE and not self._warned:
                self._warned = True
                loss = name.split("/")[-2]
                _log.warning(
                    "step %d: losses.%s augments with probability %.2f, and beyond %g the generator may draw augmented "
                    "images: the discriminator overfits; give it more images or less width, or raise losses.%s.target",
                    event.number,
                    loss,
                    value,
                    SAFE,
                    loss,
                )
