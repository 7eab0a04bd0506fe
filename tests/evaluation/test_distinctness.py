"""How distinct codes are, against a loop, and on what it must tell apart."""

from __future__ import annotations

import torch
from torch import Tensor

from ganlab_core.evaluation.distinctness import distinctness


def clouds(*directions: tuple[float, ...], count: int = 40, width: float = 0.1) -> Tensor:
    """`count` embeddings around each direction."""
    noise = torch.Generator().manual_seed(0)
    return torch.cat([torch.tensor(one) + width * torch.randn(count, len(one), generator=noise) for one in directions])


def test_it_is_what_a_loop_over_images_and_codes_gives() -> None:
    draws = torch.Generator().manual_seed(1)
    embedding_ND, codes_N = torch.randn(30, 5, generator=draws), torch.randint(0, 3, (30,), generator=draws)
    unit = [one / one.norm() for one in embedding_ND.double()]
    members = [[one for one, code in zip(unit, codes_N.tolist(), strict=True) if code == k] for k in range(3)]
    middles = [torch.stack(of_code).mean(dim=0) for of_code in members]
    found = distinctness(embedding_ND, codes_N, codes=3)
    for k, of_code in enumerate(members):
        to_nearest = 0.0
        to_each = [0.0] * 3
        for one in of_code:
            away = [float((one - middle).norm()) for middle in middles]
            apart = [(other - away[k]) / max(other, away[k]) for other in away]
            to_each = [total + value / len(of_code) for total, value in zip(to_each, apart, strict=True)]
            to_nearest += min(value for other, value in enumerate(apart) if other != k) / len(of_code)
        torch.testing.assert_close(found.codes_K[k].item(), to_nearest)
        torch.testing.assert_close(found.pairs_KK[k].tolist(), to_each)


def test_a_code_of_several_kinds_is_less_distinct_than_one_of_a_single_kind() -> None:
    embedding_ND = clouds((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
    codes_N = torch.tensor([0, 1, 2, 2]).repeat_interleave(40)
    found = distinctness(embedding_ND, codes_N, codes=3).codes_K.tolist()
    assert min(found[:2]) > 0.8
    assert found[2] < 0.5


def test_a_kind_that_was_cut_in_two_is_hardly_apart_from_its_other_half() -> None:
    embedding_ND = clouds((1.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    found = distinctness(embedding_ND, torch.tensor([0, 1, 2]).repeat_interleave(40), codes=3)
    assert found.pairs_KK[0, 1] < 0.2 < 0.8 < found.pairs_KK[0, 2]


def test_a_code_without_images_is_unknown_and_changes_nothing() -> None:
    embedding_ND, codes_N = clouds((1.0, 0.0), (0.0, 1.0)), torch.tensor([0, 2]).repeat_interleave(40)
    found, without = distinctness(embedding_ND, codes_N, codes=3), distinctness(embedding_ND, codes_N // 2, codes=2)
    assert found.codes_K[[0, 2]].tolist() == without.codes_K.tolist()
    assert found.codes_K[1].isnan()
    assert found.pairs_KK[1].isnan().all()
    assert found.pairs_KK[:, 1].isnan().all()


def test_one_code_alone_is_distinct_from_nothing() -> None:
    found = distinctness(clouds((1.0, 0.0)), torch.zeros(40, dtype=torch.int64), codes=2)
    assert found.codes_K.isnan().all()
