"""Inception-v3 (Szegedy et al., arXiv 1512.00567) as torchvision builds it, with weights from a file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from ganlab_core import GanlabError

SIDE = 299
_BATCH = 32
_CONVERT = "the README of ganlab-fid says how to make one"


class Inception(nn.Module):
    """The 2,048 averages below the last layer of a trained Inception-v3.

    Args:
        network: torchvision's, without its last layer, and taking images in [-1, 1] as they are.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network.eval()

    @torch.no_grad()
    def features(self, images_NCHW: Tensor) -> Tensor:
        """Features `(N, 2048)` float32, at least 0, on the CPU, of images in [-1, 1], grey or RGB, of any size."""
        self.eval()
        device = next(self.parameters()).device
        batches = torch.split(images_NCHW, _BATCH)
        return torch.cat([self.network(_prepared(batch_NCHW.to(device))).float().cpu() for batch_NCHW in batches])


@lru_cache(maxsize=1)  # several metrics, and every evaluation, use the same one
def load_inception(path: Path) -> Inception:
    """The network whose weights a safetensors file holds: all of torchvision's state dict, auxiliary head included.

    Raises:
        GanlabError: no such file, one of another format, or other names or shapes of weights.
    """
    from torchvision.models import inception_v3

    state = _read(path)
    # Built without memory and random numbers of its own: the file's tensors become its parameters.
    with torch.device("meta"):
        network = inception_v3(weights=None, init_weights=False, transform_input=False)
    try:
        network.load_state_dict(state, strict=True, assign=True)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:300]
        raise GanlabError(f"'{path}' does not fit torchvision's Inception-v3: {reason}; {_CONVERT}") from error
    network.fc = nn.Identity()
    return Inception(network.float().requires_grad_(False))


def _read(path: Path) -> Mapping[str, Tensor]:
    if not path.is_file():
        raise GanlabError(
            f"there is no file '{path}'; nothing is downloaded, give Inception-v3 weights in safetensors: {_CONVERT}"
        )
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise GanlabError(
            f"'{path}' is no safetensors file (its header is none); pickled weights (.pth) are not opened: {_CONVERT}"
        ) from error


def _prepared(images_NCHW: Tensor) -> Tensor:
    """Three channels of 299 x 299, in [-1, 1]: torchvision's weights were trained on that range."""
    images_NCHW = images_NCHW.expand(-1, 3, -1, -1)
    if tuple(images_NCHW.shape[2:]) == (SIDE, SIDE):
        return images_NCHW
    return F.interpolate(images_NCHW, (SIDE, SIDE), mode="bilinear", antialias=True)
