"""An embedding of real images for the projector of TensorBoard: vectors, code and class, and the images themselves."""

from __future__ import annotations

import shutil
from pathlib import Path

from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from ganlab_core.interface.events import Embedding
from ganlab_core.interface.image_data import resized
from ganlab_core.interface.printable import printable

_TAG = "embedding"
_LARGEST_TILE = 64  # pixels: browsers refuse a sprite of more than 8192 pixels a side


def write_embedding(writer: SummaryWriter, embedding: Embedding, *, number: int) -> None:
    """Write the embedding after `number` steps, in place of an earlier one; it adds no events."""
    for earlier in Path(writer.log_dir).glob(f"[0-9]*/{_TAG}"):
        shutil.rmtree(earlier.parent)
    header, rows = _metadata(embedding)
    writer.add_embedding(
        embedding.vectors_ND,
        metadata=rows,
        metadata_header=header,
        label_img=_tiles(embedding.images_NCHW).float() / 255.0,
        global_step=number,
        tag=_TAG,
    )


def _metadata(embedding: Embedding) -> tuple[list[str] | None, list[str] | list[list[str]] | None]:
    """The names of the columns, and a row an image; the projector reads a header only where there are two columns."""
    codes = None if embedding.codes_N is None else [str(code) for code in embedding.codes_N.tolist()]
    # Tabs and line breaks would end a cell.
    labels = None if embedding.labels is None else [printable(" ".join(label.split())) for label in embedding.labels]
    if codes is not None and labels is not None:
        return ["code", "class"], [list(row) for row in zip(codes, labels, strict=True)]
    return None, codes or labels


def _tiles(images_NCHW: Tensor) -> Tensor:
    return resized(images_NCHW, _LARGEST_TILE) if max(images_NCHW.shape[2:]) > _LARGEST_TILE else images_NCHW
