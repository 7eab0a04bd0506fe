"""What a feature network says of images: of files at its own size, or of tensors that are brought to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab_core.image_files.batches import picture_batches
from ganlab_core.image_files.fit import Manner
from ganlab_core.image_files.pictures import PictureBatch, read_pictures
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.features import FeatureNetwork

Watch = Callable[[int], None]
_AT_ONCE = 16  # of more images, a network's layers no longer fit into a processor's cache, and each takes longer
_AT_ONCE_ELSEWHERE = 256
_RGB = 3


def embed_pictures(
    network: FeatureNetwork,
    images_NCHW: Tensor,
    paths: Sequence[Path],
    *,
    manner: Manner,
    device: torch.device,
    watch: Watch = lambda done: None,
) -> Tensor:
    """Features `(N, D)` float32, on the CPU, of images of which each may have a file.

    Args:
        network: a feature network that lies on `device`.
        images_NCHW: uint8 in 0..255, grey or RGB; read only where there are no files.
        paths: each image's file, from which it is read anew in the network's size; none if the images have none.
        manner: how files are read.
        watch: told the number of images that are done, after each batch.

    Raises:
        GanlabError: a file that cannot be read any more, images of other channels, or a network that gives anything
            but finite numbers in its width.
    """
    at_once = _AT_ONCE if device.type == "cpu" else _AT_ONCE_ELSEWHERE
    batches = _of_files(network, paths, manner, at_once) if paths else _of_tensors(network, images_NCHW, at_once)
    found: list[Tensor] = []
    done = 0
    for batch_NCHW in batches:
        found.append(_asked(network, batch_NCHW.to(device)))
        done += len(batch_NCHW)
        watch(done)
    return torch.cat(found) if found else torch.empty(0, network.width)


def _of_files(network: FeatureNetwork, paths: Sequence[Path], manner: Manner, at_once: int) -> Iterator[Tensor]:
    read = partial(
        read_pictures,
        size=network.size,
        channels=_RGB,
        crop=manner.framing.crop,
        fit=manner.framing.fit,
        resampling="bicubic",
        tones=manner.tones,
        megapixels=manner.megapixels,
    )
    with picture_batches(lambda: iter(paths), read, batch_size=at_once) as batches:
        for pictures in batches:
            yield _all_of(pictures)


def _all_of(pictures: PictureBatch) -> Tensor:
    for file in pictures.unreadable:
        raise GanlabError(f"features: '{file.path}' cannot be read any more ({file.reason}); bring it back")
    return pictures.images_NCHW


def _of_tensors(network: FeatureNetwork, images_NCHW: Tensor, at_once: int) -> Iterator[Tensor]:
    if images_NCHW.shape[1] not in (1, _RGB):
        raise GanlabError(
            f"features: the images have {images_NCHW.shape[1]} channels, and a feature network takes grey or RGB ones; "
            "drop the section (`--set '~features'`), or use another data set"
        )
    for batch_NCHW in images_NCHW.split(at_once):
        yield _in_size(batch_NCHW, network.size).expand(-1, _RGB, -1, -1).contiguous()


def _in_size(batch_NCHW: Tensor, size: int) -> Tensor:
    """Bicubic, as files are read: what most backbones are trained with."""
    sized_NCHW = F.interpolate(batch_NCHW.float(), (size, size), mode="bicubic", antialias=True)
    return sized_NCHW.round_().clamp_(0, 255).to(torch.uint8)


@torch.no_grad()
def _asked(network: FeatureNetwork, batch_NCHW: Tensor) -> Tensor:
    features_ND = network(batch_NCHW).float().cpu()
    if features_ND.shape != (len(batch_NCHW), network.width):
        raise GanlabError(
            f"features: {network.identity} gave {tuple(features_ND.shape)} for {len(batch_NCHW)} images, and says that "
            f"it gives {network.width} numbers an image"
        )
    if not torch.isfinite(features_ND).all():
        raise GanlabError(f"features: {network.identity} gave numbers that are not finite; use other weights")
    return features_ND
