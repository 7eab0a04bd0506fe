"""Whether the images of a collection fit into memory at the size that a recipe asks for, asked before they are made."""

from __future__ import annotations

from ganlab_core.system.memory import require_memory


def require_room(images: int, *, channels: int, size: int) -> None:
    """Check that so many images of `size` x `size` pixels, a byte a channel, fit into this machine's memory.

    Raises:
        GanlabError: they do not.
    """
    what = f"dataset.size: {size}: {images:,} images of that many pixels a side"
    require_memory(images * channels * size**2, what=what, way_out="make it smaller")
