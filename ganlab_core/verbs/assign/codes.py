"""`assign`: which category of the class code the recognition head gives each image, how surely, and what comes next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import to_unit_range
from ganlab_core.runs.loaded import LoadedRun


@dataclass(frozen=True)
class Assigned:
    """What the recognition head says of N images; on the CPU.

    Attributes:
        codes_N: the most probable category, int64.
        confidences_N: its probability, 0 to 1, float32.
        runners_up_N: the second most probable category, int64; -1 where the code has only one.
        embeddings_ND: the head's hidden layer, in which like images lie close to one another, float32.
    """

    codes_N: Tensor
    confidences_N: Tensor
    runners_up_N: Tensor
    embeddings_ND: Tensor


def assign(run: LoadedRun, images_NCHW: Tensor, *, batch_size: int = 500) -> Assigned:
    """Give each image a category of the run's class code, as the recognition network reads it in the image itself.

    Args:
        run: a trained run, from `load_run`.
        images_NCHW: at least one image in the run's shape, uint8 in 0..255 or floats in [-1, 1].
        batch_size: images of one pass through the network; it changes speed and memory, not the result.

    Raises:
        GanlabError: the run has no categorical code or no recognition head, or the images have another shape.
    """
    read = code_reader(run)
    found = [read(batch_NCHW) for batch_NCHW in images_NCHW.split(batch_size)]
    return Assigned(
        codes_N=torch.cat([one.codes_N for one in found]),
        confidences_N=torch.cat([one.confidences_N for one in found]),
        runners_up_N=torch.cat([one.runners_up_N for one in found]),
        embeddings_ND=torch.cat([one.embeddings_ND for one in found]),
    )


def code_reader(run: LoadedRun) -> Callable[[Tensor], Assigned]:
    """A function that does `assign` for one batch.

    Raises:
        GanlabError: as `assign`, about the run now, about images when it is called.
    """
    networks, code = run.model.networks, class_code(run)
    networks.eval()

    @torch.no_grad()
    def read(images_NCHW: Tensor) -> Assigned:
        if images_NCHW.shape[1:] != run.facts.image_shape:
            raise GanlabError(
                f"images of shape {tuple(images_NCHW.shape[1:])} cannot be assigned: {run.path} takes "
                f"{run.facts.image_shape} (channels, height, width); resize them"
            )
        unit_NCHW = images_NCHW.to(run.device)
        if unit_NCHW.dtype == torch.uint8:
            unit_NCHW = to_unit_range(unit_NCHW)
        (recognition,) = networks.recognise([unit_NCHW])
        return assigned_of(recognition.parameters[code], recognition.embedding_ND)

    return read


def class_code(run: LoadedRun) -> str:
    """The name of the code whose categories stand for classes.

    Raises:
        GanlabError: the run has no such code, or no recognition head to read it.
    """
    code = run.prior.class_code
    if code is None:
        raise GanlabError(f"{run.path}: its prior has no categorical code, so images cannot be given one")
    if run.model.networks.recognition is None:
        raise GanlabError(
            f"{run.path}: its recipe has no networks.recognition, so images cannot be given a code; "
            "train one that has it"
        )
    return code


def assigned_of(logits_NK: Tensor, embeddings_ND: Tensor) -> Assigned:
    """What a head's logits of the class code say."""
    probabilities_NK = logits_NK.float().softmax(dim=1).cpu()
    count, classes = probabilities_NK.shape
    ranked = probabilities_NK.sort(dim=1, descending=True, stable=True)  # of equal ones the first, as argmax does
    second_N = ranked.indices[:, 1] if classes > 1 else torch.full((count,), -1)
    return Assigned(ranked.indices[:, 0], ranked.values[:, 0], second_N, embeddings_ND.float().cpu())
