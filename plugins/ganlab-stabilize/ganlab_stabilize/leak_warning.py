"""Says, once a run, that ADA's augmentations may be leaking into what the generator draws.

Karras et al. 2020, arXiv 2006.06676, section 2.2: an augmentation leaves the generator alone as long as it is skipped
often enough, in practice while p is below 0.8; beyond it, rotated or recoloured images may be taken for real ones.
"""

from __future__ import annotations

import logging
from pathlib import Path

from ganlab_core import StepFinished
from ganlab_stabilize.losses.ada import PROBABILITY

SAFE = 0.8

_log = logging.getLogger(__name__)
_warned: set[Path] = set()


def warn_of_leaks(event: StepFinished) -> None:
    """Look at each logged p of a run, until one is too high."""
    for name, value in event.scalars.items():
        if name.endswith(f"/{PROBABILITY}") and value > SAFE and event.folder not in _warned:
            _warned.add(event.folder)
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
