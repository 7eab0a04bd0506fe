"""scikit-learn's 1,797 handwritten digits (Alpaydin and Kaynak 1998, UCI ML repository), which need no download."""

from __future__ import annotations

import torch
from pydantic import PositiveInt

from ganlab_core.interface.image_data import ImageData
from ganlab_core.stock.datasets.imbalance import Imbalance, draw_imbalanced
from ganlab_core.stock.datasets.room import resized_in_room


def digits(*, size: PositiveInt = 16, imbalance: Imbalance | None = None) -> ImageData:
    """scikit-learn's 1,797 handwritten digits, grey, with labels; no download.

    Args:
        size: height and width in pixels; the originals are 8 x 8, so larger ones are interpolated (bilinear).
        imbalance: keep only so many images of each class.

    Raises:
        GanlabError: they do not fit into memory, or what `draw_imbalanced` raises.
    """
    # Imported late: scikit-learn's data sets take most of a second, and no other data set needs them.
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images_NHW = torch.from_numpy(bunch.images)  # float64, whole numbers in 0..16
    data = ImageData(
        name="digits",
        images_NCHW=resized_in_room(
            (images_NHW * (255 / 16)).round().to(torch.uint8).unsqueeze(1), size, asked_by="digits"
        ),
        labels_N=torch.from_numpy(bunch.target).long(),
        class_names=tuple("0123456789"),
    )
    return draw_imbalanced(data, imbalance)
