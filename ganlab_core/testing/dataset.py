"""`check_dataset`: what a data set promises."""

from __future__ import annotations

import torch
from torch import Tensor

from ganlab_core.interface.component import Component
from ganlab_core.interface.image_data import ImageData
from ganlab_core.plugins.registry import Entry
from ganlab_core.testing.bad_arguments import check_bad_arguments
from ganlab_core.testing.subject import Subject


def check_dataset(component: Component | Entry, /, **arguments: object) -> None:
    """Check a data set, built with these arguments of a recipe.

    An `ImageData` of uint8 images with 1 or 3 channels, whole labels in range, the same for the collection that it was
    drawn from; equal content at a second build; no global randomness; bad arguments refused.

    Raises:
        AssertionError: names the first promise that it does not keep.
    """
    subject = Subject.of("dataset", component, arguments)
    with subject.during("its construction"):
        data, again = subject.build(), subject.build()
    _check_collection(subject, data)
    if data.full is not None:
        _check_collection(subject, data.full, of="`full`: ")
        subject.require(
            data.full.image_shape == data.image_shape,
            f"`full` has images of {data.full.image_shape}, and the collection drawn from it of {data.image_shape}",
        )
    subject.require(
        data.content_hash == again.content_hash, "two builds hold other images, or the same in another order: fix it"
    )
    check_bad_arguments(subject)


def _check_collection(subject: Subject, data: object, *, of: str = "") -> None:
    if not isinstance(data, ImageData):
        subject.fail(f"{of}gives a {type(data).__name__}, not an ImageData")
    images_NCHW = data.images_NCHW
    subject.require(bool(data.name), f"{of}its ImageData has no name")
    subject.require(
        images_NCHW.dtype == torch.uint8, f"{of}images are {images_NCHW.dtype}, not torch.uint8 in 0 to 255 (to_uint8)"
    )
    shape = tuple(images_NCHW.shape)
    subject.require(
        len(shape) == 4 and shape[1] in (1, 3) and 0 not in shape,
        f"{of}images are of shape {shape}, not (N, C, H, W) with 1 or 3 channels",
    )
    subject.require(images_NCHW.device.type == "cpu", f"{of}images are on {images_NCHW.device}, not on the CPU")
    subject.require(len(data.paths) in (0, len(data)), f"{of}has {len(data.paths)} paths for {len(data)} images")
    if data.labels_N is not None:
        _check_labels(subject, data, data.labels_N, of)


def _check_labels(subject: Subject, data: ImageData, labels_N: Tensor, of: str) -> None:
    subject.require(labels_N.dtype == torch.int64, f"{of}labels are {labels_N.dtype}, not torch.int64")
    shape, wanted = tuple(labels_N.shape), (len(data),)
    subject.require(shape == wanted, f"{of}labels are of shape {shape}, and a label an image is {wanted}")
    lowest, highest, names = int(labels_N.min()), int(labels_N.max()), data.class_names
    subject.require(lowest >= 0, f"{of}a label is {lowest}; images without a class are for a set without labels")
    subject.require(
        not names or highest < len(names), f"{of}a label is {highest}, and there are {len(names)} class names, from 0"
    )
    subject.require(len(set(names)) == len(names), f"{of}two classes have one name in {list(names)}")
