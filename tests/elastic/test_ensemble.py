"""Trunks side by side: each as it would be alone, each another one."""

from __future__ import annotations

import torch

from ganlab_core.component import TrunkSpec
from ganlab_elastic.networks.ensemble import DCGANEnsemble


def build(members: int = 3) -> DCGANEnsemble:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return DCGANEnsemble(TrunkSpec((1, 16, 16)), members=members, width=4)


def images(count: int = 6) -> torch.Tensor:
    return torch.randn(count, 1, 16, 16, generator=torch.Generator().manual_seed(1))


def test_features_are_those_of_each_member_one_after_the_other() -> None:
    ensemble = build()
    features_ND = ensemble(images())
    assert features_ND.shape == (6, ensemble.features)
    for member, part_ND in zip(ensemble.members, features_ND.chunk(3, dim=1), strict=True):
        torch.testing.assert_close(part_ND, member(images()))


def test_members_start_from_other_parameters() -> None:
    one_ND, other_ND, _ = build()(images()).chunk(3, dim=1)
    assert not torch.allclose(one_ND, other_ND)


def test_parts_of_a_joint_batch_keep_their_own_statistics() -> None:
    first, second = images(), 0.2 * images()
    joint_ND = build()(torch.cat([first, second]), groups=2)
    torch.testing.assert_close(joint_ND, torch.cat([build()(first), build()(second)]), rtol=1e-4, atol=1e-5)
