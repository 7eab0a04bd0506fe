"""What is worth knowing of pictures as they were read: blank ones, and files of several pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from ganlab_core.image_files.facts import PictureFacts

_HARDLY = 16  # of 255: what compression leaves of one colour, or what four bits read as eight come to


class Remarks:
    """Counts over the pictures of a collection, batch by batch."""

    def __init__(self) -> None:
        self.images = 0
        self.blank = 0
        self.stacks = 0
        self.frames = 0

    def take(self, images_NCHW: Tensor, facts: Iterable[PictureFacts] = ()) -> None:
        """Count pictures (uint8), as they are read, and what is known of their files."""
        self.images += len(images_NCHW)
        self.blank += int(are_blank(images_NCHW).sum())
        for each in facts:
            if each.frames > 1:
                self.stacks += 1
                self.frames += each.frames

    def sentences(self) -> Sequence[str]:
        """A sentence for each remark; none of a collection with nothing to be said."""
        said = []
        if self.blank:
            said.append(
                f"{self.blank:,} of {self.images:,} images are blank or nearly so as they are read, of one value with "
                "hardly any contrast: look at them, and leave them out or brighten them"
            )
        if self.stacks:
            files = "1 file has" if self.stacks == 1 else f"{self.stacks:,} files have"
            said.append(
                f"{files} several pages or frames, {self.frames:,} in all, of which the first alone is read: save each "
                "page as a file of its own to have them all"
            )
        return said


def are_blank(images_NCHW: Tensor) -> Tensor:
    """Whether the pixels of each image (uint8) are nearly the same everywhere, `(N,)`."""
    if not images_NCHW.numel():
        return torch.zeros(len(images_NCHW), dtype=torch.bool)
    pixels_NCP = images_NCHW.flatten(2)
    spread_NC = pixels_NCP.amax(dim=2).int() - pixels_NCP.amin(dim=2).int()
    return spread_NC.amax(dim=1) <= _HARDLY
