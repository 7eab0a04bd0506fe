"""The specifications and batches that `check_network` tries a network on."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.specs import DiscriminatorSpec, GeneratorSpec, RecognitionSpec, TrunkSpec
from ganlab_core.testing.subject import Subject

_ROWS, _LATENT, _FEATURES = 6, 5, 12
_CODES = {"code": 3}
FROZEN_FEATURES = 7
_SIDES = (16, 28, 32, 64)


@dataclass(frozen=True)
class Case:
    """A specification that the network takes, and a batch to go with it."""

    subject: Subject
    spec: GeneratorSpec | TrunkSpec | DiscriminatorSpec | RecognitionSpec
    batch: Tensor

    def network(self, *, seed: int = 0) -> nn.Module:
        """A network of this specification in training mode."""
        network = self.subject.build(self.spec, seed=seed)
        self.subject.require(isinstance(network, nn.Module), f"is a {type(network).__name__}, not a torch.nn.Module")
        checked: nn.Module = network.train()
        return checked

    def output(self, network: nn.Module, batch: Tensor | None = None, *, turned: int = 0) -> object:
        """What the network gives for the case's batch, or another one; a head that takes codes is told some.

        `turned` gives each row another of a code's categories.
        """
        batch = self.batch if batch is None else batch
        if not isinstance(self.spec, DiscriminatorSpec) or "codes" not in inspect.signature(network.forward).parameters:
            return network(batch)
        index_N = torch.arange(len(batch)) + turned
        return network(
            batch, codes={name: F.one_hot(index_N % classes, classes).float() for name, classes in _CODES.items()}
        )


def network_cases(subject: Subject) -> Iterator[Case]:
    """One for each number of channels that the network takes, of the first size that it takes; heads have one."""
    role = subject.entry.component.role
    if role == "discriminator":
        yield Case(subject, DiscriminatorSpec(_FEATURES, _CODES), _noise(_FEATURES))
    elif role == "recognition":
        yield Case(subject, RecognitionSpec(_FEATURES, {"code": 3, "style": 2}, FROZEN_FEATURES), _noise(_FEATURES))
    else:
        yield from _image_cases(subject)


def _image_cases(subject: Subject) -> Iterator[Case]:
    refusals: list[GanlabError] = []
    for channels in (1, 3):
        for side in _SIDES:
            shape = (channels, side, side)
            case = (
                Case(subject, GeneratorSpec(_LATENT, shape), _noise(_LATENT))
                if subject.entry.component.role == "generator"
                else Case(subject, TrunkSpec(shape), _noise(*shape).tanh())
            )
            try:
                case.network()
            except GanlabError as error:
                refusals.append(error)
                continue
            yield case
            break
    if len(refusals) == 2 * len(_SIDES):
        subject.fail(f"refuses images of every size tried ({refusals[0]})")


def _noise(*shape: int) -> Tensor:
    return torch.randn(_ROWS, *shape, generator=torch.Generator().manual_seed(0))
