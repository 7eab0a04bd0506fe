"""How many channels each map has (Miyato et al. 2018, arXiv 1802.05957, appendix B).

At 32 pixels all maps have the same number, as published for CIFAR-10; at 128 it doubles at each halving, as published
for ImageNet; 64 is as 128 with one block less.
"""

from __future__ import annotations

from dataclasses import dataclass

from ganlab_core import GanlabError

COARSEST_SIDE = 4
_SIDES = (32, 64, 128)


@dataclass(frozen=True)
class Stage:
    """A block of the trunk: the channels it gives, and whether it halves the map."""

    channels: int
    halves: bool


def require_offered(image_shape: tuple[int, int, int]) -> int:
    """The side of images of `(C, H, W)`.

    Raises:
        GanlabError: the images are not square, or their size or number of channels is not on offer.
    """
    channels, height, side = image_shape
    if height != side:
        raise GanlabError(f"resnet: images are non-square {height}x{side}: make them square, of side 32, 64 or 128")
    if side not in _SIDES:
        raise GanlabError(
            f"resnet: images are of size {side}: choose 32, 64 or 128, as by `dataset.size: 32`, or the dcgan networks"
        )
    if channels not in (1, 3):
        raise GanlabError(f"resnet: images have {channels} channels: choose 1 or 3")
    return side


def generator_channels(side: int, *, width: int) -> tuple[int, ...]:
    """Channels of the maps of side 4, 8 and so on up to the images' side."""
    blocks = (side // COARSEST_SIDE).bit_length() - 1
    channels = [width * _growth(side) ** level for level in reversed(range(blocks))]
    return (channels[0], *channels)


def trunk_stages(side: int, *, width: int) -> tuple[Stage, ...]:
    """The trunk's blocks, the finest map's first."""
    if side == _SIDES[0]:
        return (Stage(width, True), Stage(width, True), Stage(width, False), Stage(width, False))
    blocks = (side // COARSEST_SIDE).bit_length() - 1
    halving = [Stage(width * _growth(side) ** level, True) for level in range(blocks)]
    return (*halving, Stage(halving[-1].channels, False))


def _growth(side: int) -> int:
    return 1 if side == _SIDES[0] else 2
