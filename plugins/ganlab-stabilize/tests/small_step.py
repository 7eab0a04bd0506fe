"""A step as a loss sees it, of images and a function from images to logits: nothing of the core behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from ganlab_core import View, derived_generator

Critic = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class SmallStep:
    """Real and fake images, and what a critic says of them; `calls` counts its passes."""

    real_NCHW: Tensor
    fake_NCHW: Tensor
    critic: Critic
    number: int = 0
    recorded: dict[str, Tensor] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def logits(self, *sources: str) -> list[Tensor]:
        self.asked.append(sources)
        images = {"real": self.real_NCHW, "fake": self.fake_NCHW}
        return [self.critic(images[source]) for source in sources]

    def through(self, view: View) -> SmallStep:
        def seen(images_NCHW: Tensor, source: str) -> Tensor:
            return view(images_NCHW, generator=derived_generator(0, self.number, source))

        return replace(self, real_NCHW=seen(self.real_NCHW, "real"), fake_NCHW=seen(self.fake_NCHW, "fake"))

    def record(self, name: str, value: Tensor) -> None:
        self.recorded[name] = value.detach()


def of_logits(real_N: list[float], fake_N: list[float], *, number: int = 0) -> SmallStep:
    """A step whose images are single pixels that are their logits, in float64."""

    def pixels(logits_N: list[float]) -> Tensor:
        return torch.tensor(logits_N, dtype=torch.float64).view(-1, 1, 1, 1)

    return SmallStep(pixels(real_N), pixels(fake_N), lambda images_NCHW: images_NCHW.mean(dim=(1, 2, 3)), number)
