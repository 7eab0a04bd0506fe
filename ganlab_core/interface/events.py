"""What the lifecycle hooks are told; a plugin only reads these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from torch import Tensor

from ganlab_core.interface.data_facts import DataFacts


@dataclass(frozen=True)
class Embedding:
    """N real images and their vectors, all on the CPU.

    Attributes:
        vectors_ND: the recognition head's hidden layer, float32.
        images_NCHW: the images, uint8 in 0..255.
        codes_N: the most probable category of the class code, int64; None where the prior has no class code.
        labels: the name of each image's class; None without labels.
    """

    vectors_ND: Tensor
    images_NCHW: Tensor
    codes_N: Tensor | None
    labels: tuple[str, ...] | None


@dataclass(frozen=True, kw_only=True)
class RunStarted:
    """A run is about to take, or to tell again, its step `first_step` (0, or where a resume goes on) of `steps`.

    `recipe` holds plain values, as its YAML does; `class_code` is the name of the factor that stands for classes, None
    where there is none; `console` is where progress goes, None where nobody wants to see it.
    """

    folder: Path
    recipe: Mapping[str, Any]
    first_step: int
    steps: int
    device: str
    facts: DataFacts
    class_code: str | None = None
    console: Console | None = None


@dataclass(frozen=True, kw_only=True)
class StepFinished:
    """Scalars, images and vectors of a step; `number` counts finished steps, so the first is 1.

    `scalars` holds losses where the step was logged (`log.every`), and the figures of an evaluation that was due.
    `vectors` holds distributions, such as `prior/code` `(K,)`; `images` holds grids `(C, H, W)` in uint8.
    """

    folder: Path
    number: int
    steps: int
    scalars: Mapping[str, float]
    vectors: Mapping[str, Tensor] = field(default_factory=dict)
    images: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CheckpointSaved:
    """The checkpoint after `number` steps lies whole in `folder`."""

    folder: Path
    number: int


@dataclass(frozen=True, kw_only=True)
class RunFinished:
    """A run took all its steps; `evaluation` is its last one, by key, and `Proportions.of(evaluation)` its proportions.

    `embedding` is what the recognition head sees in a sample of the real images; None where there is no such head.
    """

    folder: Path
    number: int
    evaluation: Mapping[str, Any]
    embedding: Embedding | None = None
