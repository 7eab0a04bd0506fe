"""Batches of an in-memory collection in an order that is a pure function of seed and batch number."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import ImageData, to_unit_range
from ganlab_core.interface.randomness import derived_generator
from ganlab_core.system.process_group import ALONE, ProcessGroup


class Batches:
    """Batch `i` of epoch after epoch, each a fresh permutation; the rest that fills no batch waits for the next epoch.

    Images stay uint8 on the training device; a batch is one gather and one scaling, with no Python per image. Of
    several processes each gets its share of every batch.

    Attributes:
        batch_size: the images of this process's share.

    Raises:
        GanlabError: the collection is smaller than a batch, or a batch cannot be shared out evenly.
    """

    def __init__(
        self,
        data: ImageData,
        *,
        batch_size: int,
        seed: int,
        device: torch.device,
        group: ProcessGroup = ALONE,
    ) -> None:
        if len(data) < batch_size:
            raise GanlabError(
                f"batch_size: {batch_size} is more than the {len(data)} images of dataset {data.name!r}; "
                f"set batch_size to {len(data)} or less"
            )
        if batch_size % group.size:
            raise GanlabError(
                f"batch_size: {batch_size} cannot be shared by {group.size} processes; set it to a multiple of them"
            )
        self.device = device
        self.features_ND: Tensor | None = None
        self.batch_size = batch_size // group.size
        self._offset = group.rank * self.batch_size
        self._images_NCHW = data.images_NCHW.to(device)
        self._batch_size = batch_size
        self._seed = seed
        self._epoch = -1
        self._order_N = torch.empty(0, dtype=torch.int64)

    def __len__(self) -> int:
        return len(self._images_NCHW)

    def at(self, indices_N: Tensor) -> Tensor:
        """The images of these indices, `(N, C, H, W)` float32 in [-1, 1]."""
        return to_unit_range(self._images_NCHW[indices_N])

    def blocks(self, size: int) -> Iterator[Tensor]:
        """All images in order, in blocks of at most `size`, as `at` gives them."""
        return (to_unit_range(block_NCHW) for block_NCHW in self._images_NCHW.split(size))

    def indices(self, number: int) -> Tensor:
        """This process's images of batch `number` (from 0), `(batch_size,)` int64."""
        per_epoch = len(self._images_NCHW) // self._batch_size
        epoch, position = divmod(number, per_epoch)
        if epoch != self._epoch:
            shuffle = derived_generator(self._seed, "order", epoch)
            order_N = torch.randperm(len(self._images_NCHW), generator=shuffle)
            self._epoch, self._order_N = epoch, order_N.to(self._images_NCHW.device)
        start = position * self._batch_size + self._offset
        return self._order_N[start : start + self.batch_size]
