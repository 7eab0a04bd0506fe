"""The networks of a run that are handed on, each as one module from a tensor to tensors."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ganlab_core.interface.latent import Recognition
from ganlab_core.runs.loaded import LoadedRun

EMBEDDING = "embedding"


class Recogniser(nn.Module):
    """From images `(N, C, H, W)` in [-1, 1] to each code's parameters `(N, R)` and the embedding `(N, D)`, by name."""

    def __init__(self, trunk: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.trunk = trunk
        self.head = head

    def forward(self, images_NCHW: Tensor) -> dict[str, Tensor]:
        """The codes in the prior's order, then the embedding; all float32."""
        said: Recognition = self.head(self.trunk(images_NCHW))
        return {name: said.parameters[name].float() for name in said.parameters} | {
            EMBEDDING: said.embedding_ND.float()
        }


class Drawer(nn.Module):
    """From the prior's vectors `(N, Z)` to images `(N, C, H, W)` in [-1, 1], float32."""

    def __init__(self, generator: nn.Module) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, latent_NZ: Tensor) -> dict[str, Tensor]:
        """The images, by name as other outputs are."""
        return {"images": self.generator(latent_NZ).float()}


@dataclass(frozen=True)
class Exported:
    """A network to hand on.

    Attributes:
        name: what its files are called: `generator` or `recognition`.
        module: in eval mode, on the CPU.
        input: the name of what it reads.
        shape: of one row of that, without the batch.
        outputs: the names of what it gives.
        weights: its own by name, as a run's checkpoint calls them.
    """

    name: str
    module: nn.Module
    input: str
    shape: tuple[int, ...]
    outputs: tuple[str, ...]
    weights: Mapping[str, Tensor]

    def inputs(self, count: int, *, seed: int) -> Tensor:
        """Random inputs `(count, *shape)`, of no run in particular."""
        return torch.randn(count, *self.shape, generator=torch.Generator().manual_seed(seed)).clamp(-1, 1)


def exported_networks(run: LoadedRun) -> list[Exported]:
    """The generator's moving average and, where the run has one, the recognition network."""
    found = [_network(run, "generator", Drawer(run.generator), {"generator": run.generator})]
    networks = run.model.networks
    if networks.recognition is not None:
        place = "trunk" if networks.recognition_trunk is None else "recognition_trunk"
        trunk = networks.recognition_trunk or networks.trunk
        parts = {place: trunk, "recognition": networks.recognition}
        found.append(_network(run, "recognition", Recogniser(trunk, networks.recognition), parts))
    return found


def _network(run: LoadedRun, name: str, module: nn.Module, parts: Mapping[str, nn.Module]) -> Exported:
    is_generator = name == "generator"
    weights = {
        f"{part}.{key}": value.detach().cpu().clone(memory_format=torch.contiguous_format)
        for part, network in parts.items()
        for key, value in network.state_dict().items()
    }
    probe = Exported(
        name=name,
        module=copy.deepcopy(module).cpu().eval().requires_grad_(False),
        input="latent" if is_generator else "images",
        shape=(run.prior.width,) if is_generator else run.facts.image_shape,
        outputs=(),
        weights=weights,
    )
    with torch.no_grad():
        outputs = tuple(probe.module(probe.inputs(2, seed=0)))
    return Exported(name, probe.module, probe.input, probe.shape, outputs, weights)
