"""Image files read in batches by threads, in the order of the files and with flat memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TypeVar

from ganlab_core.image_files.decode import picture_warnings

BATCH_SIZE = 256
_MOST_THREADS = 8
T = TypeVar("T")


@contextmanager
def picture_batches(
    find: Callable[[], Iterator[Path]],
    read: Callable[[tuple[Path, ...]], T],
    *,
    batch_size: int = BATCH_SIZE,
) -> Iterator[Iterator[T]]:
    """What `read` makes of batches of files, in their order; threads work a few batches ahead and no more.

    >>> with picture_batches(partial(walk_images, folder), partial(read_pictures, size=32, channels=3)) as batches:
    ...     for batch in batches:
    ...         print(len(batch.images_NCHW), batch.unreadable)

    Args:
        find: gives the files, of which only a few batches' names are in memory; `walk_images` finds those of a folder.
        read: called in several threads at a time, each with a batch's files.
        batch_size: how many files a batch has, but for the last one.
    """
    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    with picture_warnings(), ThreadPoolExecutor(threads) as pool:
        try:
            yield _in_order(pool, find(), read, batch_size=batch_size, ahead=threads + 1)
        finally:
            pool.shutdown(cancel_futures=True)


def _in_order(
    pool: ThreadPoolExecutor,
    paths: Iterator[Path],
    read: Callable[[tuple[Path, ...]], T],
    *,
    batch_size: int,
    ahead: int,
) -> Iterator[T]:
    waiting: deque[Future[T]] = deque()
    while batch := tuple(islice(paths, batch_size)):
        waiting.append(pool.submit(read, batch))
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
