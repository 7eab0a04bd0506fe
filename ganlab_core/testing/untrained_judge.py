"""A judge that learned nothing, where one must be there and its opinion does not matter."""

from __future__ import annotations

import torch

from ganlab_core.interface.image_data import ImageData
from ganlab_core.interface.judge import Judge


def untrained_judge(data: ImageData) -> Judge | None:
    """A judge of this collection's classes, always the same; None without labels."""
    whole = data.full or data
    if whole.class_counts is None:
        return None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Judge(channels=whole.image_shape[0], classes=len(whole.class_counts)).eval()
