"""What the rivals see of the images: pixels at 32 x 32, or the features of a frozen network.

Both come as principal components, as is usual before UMAP and linkage: of pixels as they are, of features with rows of
unit length.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps
from sklearn.decomposition import PCA
from sklearn.preprocessing import normalize

_SIDE = 32
_COMPONENTS = 100


def pixels(paths: Sequence[Path]) -> npt.NDArray[np.float64]:
    """Images `(N, D)` in 0..1 at 32 x 32, RGB or, if all are grey, grey; padded to squares with the colour of their edge."""
    pictures = [_square(Image.open(path)) for path in paths]
    grey = all(_is_grey(picture) for picture in pictures)
    arrays = [np.asarray(picture.convert("L") if grey else picture, dtype=np.float64) for picture in pictures]
    return np.stack([array.ravel() for array in arrays]) / 255


def components(values_ND: npt.NDArray[np.float64], *, unit: bool, seed: int) -> npt.NDArray[np.float64]:
    """At most 100 principal components of each row; scaled to unit length if `unit`."""
    count = min(_COMPONENTS, *values_ND.shape)
    found_ND: npt.NDArray[np.float64] = PCA(count, random_state=seed).fit_transform(values_ND)
    return normalize(found_ND) if unit else found_ND


def _square(picture: Image.Image) -> Image.Image:
    upright = ImageOps.exif_transpose(picture).convert("RGB")
    array_HWC = np.asarray(upright)
    edge_E3 = np.concatenate([array_HWC[0], array_HWC[-1], array_HWC[:, 0], array_HWC[:, -1]])
    red, green, blue = (int(value) for value in np.median(edge_E3, axis=0))
    return ImageOps.pad(upright, (_SIDE, _SIDE), method=Image.Resampling.BILINEAR, color=(red, green, blue))


def _is_grey(picture: Image.Image) -> bool:
    array_HWC = np.asarray(picture)
    return bool((array_HWC == array_HWC[:, :, :1]).all())
