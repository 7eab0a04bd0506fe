"""Several trunks side by side that start from other parameters, of which the clearest can be kept."""

from __future__ import annotations

import torch
from pydantic import PositiveInt
from torch import Tensor, nn

from ganlab_core.component import TrunkSpec
from ganlab_core.networks.dcgan import DCGANTrunk


class DCGANEnsemble(nn.Module):
    """DCGAN trunks side by side, which differ in their first parameters alone.

    Args:
        members: how many.
        width: channels of each one's finest map.
    """

    def __init__(self, spec: TrunkSpec, *, members: PositiveInt = 2, width: PositiveInt = 16) -> None:
        super().__init__()
        self.members = nn.ModuleList(DCGANTrunk(spec, width=width) for _ in range(members))
        self.features = sum(member.features for member in self.members if isinstance(member, DCGANTrunk))

    def forward(self, images_NCHW: Tensor, groups: int = 1) -> Tensor:
        """Every member's features `(N, D)`, one after the other, of a batch of `groups` equal parts."""
        return torch.cat([member(images_NCHW, groups) for member in self.members], dim=1)
