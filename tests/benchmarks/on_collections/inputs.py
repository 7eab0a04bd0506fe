"""What the rivals see of the images: pixels at 32 x 32, or the features of a frozen network.

Both come as principal components, as is usual before UMAP and linkage: of pixels as they are, of features with rows of
unit length.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageOps
from sklearn.decomposition import PCA
from sklearn.preprocessing import normalize

from ganlab_core import Plugins, choose_device
from tests.benchmarks.on_collections.draws import Images

PIXELS = "pixels"
_SIDE = 32
_COMPONENTS = 100
_AT_ONCE = 64

Rows = npt.NDArray[np.float64]


def pixels(paths: Sequence[Path]) -> Rows:
    """Images `(N, D)` in 0..1 at 32 x 32, in colour unless all are grey; padded to squares as `squared` does."""
    arrays_HWC = [squared(path, _SIDE) for path in paths]
    grey = all((array_HWC == array_HWC[:, :, :1]).all() for array_HWC in arrays_HWC)
    return np.stack([array_HWC[:, :, : 1 if grey else 3].ravel() for array_HWC in arrays_HWC]) / 255


class Features:
    """A feature network of ganlab's, asked once about each image of a collection, whichever draws it is in.

    Args:
        name: as `ganlab list features` has it; its arguments stay at their defaults.
        device: auto, cpu or cuda.
    """

    def __init__(self, name: str, *, plugins: Plugins, device: str) -> None:
        self.name = name
        self._device = choose_device(device)
        self._network: Any = plugins.registries["features"].get(name).build({}).to(self._device)
        self._known: dict[str, Rows] = {}

    def of(self, images: Images) -> Rows:
        """Features `(N, D)` of a draw."""
        places = dict(zip(images.sources, images.paths, strict=True))
        new = [source for source in images.sources if source not in self._known]
        for start in range(0, len(new), _AT_ONCE):
            asked = new[start : start + _AT_ONCE]
            arrays_NHWC = np.stack([squared(places[source], self._network.size) for source in asked])
            batch_NCHW = torch.from_numpy(arrays_NHWC).permute(0, 3, 1, 2).contiguous().to(self._device)
            self._known |= zip(asked, self._network(batch_NCHW).double().cpu().numpy(), strict=True)
        return np.stack([self._known[source] for source in images.sources])


def components(values_ND: Rows, *, unit: bool, seed: int) -> Rows:
    """At most 100 principal components of each row; scaled to unit length if `unit`."""
    count = min(_COMPONENTS, *values_ND.shape)
    found_ND: Rows = PCA(count, random_state=seed).fit_transform(values_ND)
    return normalize(found_ND) if unit else found_ND


def squared(path: Path, side: int) -> npt.NDArray[np.uint8]:
    """An image `(side, side, 3)`, upright, padded to a square with the middle colour of its edge, then resized."""
    with Image.open(path) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    array_HWC = np.asarray(upright)
    edge_E3 = np.concatenate([array_HWC[0], array_HWC[-1], array_HWC[:, 0], array_HWC[:, -1]])
    red, green, blue = (int(value) for value in np.median(edge_E3, axis=0))
    return np.asarray(ImageOps.pad(upright, (side, side), method=Image.Resampling.BICUBIC, color=(red, green, blue)))
