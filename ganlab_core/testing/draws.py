"""Draws of a prior's factor: how the checks take them, and what each must be."""

from __future__ import annotations

import torch

from ganlab_core.interface.latent import Draw, Factor
from ganlab_core.testing.subject import Subject

ROWS = 32


def draw(factor: Factor, *, seed: int = 0, step: int | None = None) -> Draw:
    """A draw of `ROWS` rows from a fresh generator."""
    return factor.sample(ROWS, generator=torch.Generator().manual_seed(seed), step=step)


def same(one: Draw, other: Draw) -> bool:
    """Whether two draws are equal to the bit."""
    targets = [target for target in (one.target, other.target) if target is not None]
    return torch.equal(one.value_NW, other.value_NW) and (len(targets) < 2 or torch.equal(*targets))


def check_draw(subject: Subject, factor: Factor, found: object, *, rows: int = ROWS, by: str = "`sample`") -> None:
    """Shapes and types of a draw.

    Raises:
        AssertionError: says what is wrong with it.
    """
    if not isinstance(found, Draw):
        subject.fail(f"{by} gives a {type(found).__name__}, not a Draw")
    value_NW, target = found.value_NW, found.target
    shape, wanted = tuple(value_NW.shape), (rows, factor.width)
    subject.require(shape == wanted, f"{by} gives values of shape {shape}, and (N, width) is {wanted}")
    subject.require(value_NW.dtype == torch.float32, f"{by} gives values of {value_NW.dtype}, not of torch.float32")
    subject.require(bool(value_NW.isfinite().all()), f"{by} gives values that are not finite")
    if target is None:
        subject.require(not factor.recognition_width, f"{by} gives no target, and `recognition_width` is not 0")
        return
    is_index = target.dtype == torch.int64 and tuple(target.shape) == (rows,)
    is_value = target.is_floating_point() and target.dim() == 2 and len(target) == rows
    subject.require(is_index or is_value, f"{by} gives a target that is neither (N,) int64 nor (N, W) floats")
