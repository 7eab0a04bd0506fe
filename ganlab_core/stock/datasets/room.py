"""Whether a collection fits into memory, asked before any of its images is decoded."""

from __future__ import annotations

from torch import Tensor

from ganlab_core.interface.image_data import resized
from ganlab_core.system.memory import require_memory

_AT_ONCE = 1000  # images that `resized` has as floats, before and after they are rounded


def require_room(count: int, *, size: int, channels: int, asked_by: str, beside: int = 0) -> None:
    """Check that so many images fit, which are held one by one and then together.

    Args:
        size: height and width in pixels.
        asked_by: the data set, as messages name it.
        beside: bytes that are needed as well.

    Raises:
        GanlabError: they do not.
    """
    require_memory(
        2 * count * channels * size**2 + beside,
        what=f"{asked_by}: {count:,} images of {size} x {size} x {channels}",
        way_out="set a smaller `size`, or take fewer images",
    )


def resized_in_room(images_NCHW: Tensor, size: int, *, asked_by: str) -> Tensor:
    """As `resized`, once it is known that there is room for it.

    Raises:
        GanlabError: there is none.
    """
    count, channels = images_NCHW.shape[:2]
    floats = 8 * min(count, _AT_ONCE) * channels * size**2
    if tuple(images_NCHW.shape[2:]) != (size, size):
        require_room(count, size=size, channels=channels, asked_by=asked_by, beside=floats)
    return resized(images_NCHW, size)
