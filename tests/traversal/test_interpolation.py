"""Spherical interpolation, against the formula written out number by number, and ways through several stops."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from ganlab_core.traversal.interpolation import along, lerp, slerp


def naive_slerp(a: list[float], b: list[float], t: float) -> list[float]:
    """Shoemake's formula, for one pair of vectors that have an arc."""
    dot = sum(x * y for x, y in zip(a, b, strict=True))
    angle = math.acos(dot / math.sqrt(sum(x * x for x in a)) / math.sqrt(sum(y * y for y in b)))
    first, second = math.sin((1 - t) * angle) / math.sin(angle), math.sin(t * angle) / math.sin(angle)
    return [first * x + second * y for x, y in zip(a, b, strict=True)]


def draws(count: int, width: int, *, seed: int) -> Tensor:
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("t", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("width", [2, 16])
def test_slerp_is_the_formula_row_by_row(width: int, t: float) -> None:
    a_ND, b_ND = draws(5, width, seed=0), draws(5, width, seed=1)
    wanted = [naive_slerp(a, b, t) for a, b in zip(a_ND.tolist(), b_ND.tolist(), strict=True)]
    torch.testing.assert_close(slerp(a_ND, b_ND, t), torch.tensor(wanted), rtol=1e-5, atol=1e-5)


def test_ends_are_exact() -> None:
    a_ND, b_ND = draws(5, 8, seed=2), draws(5, 8, seed=3)
    assert torch.equal(slerp(a_ND, b_ND, 0.0), a_ND)
    assert torch.equal(slerp(a_ND, b_ND, 1.0), b_ND)


def test_between_vectors_of_one_length_the_length_stays() -> None:
    a_ND, b_ND = (torch.nn.functional.normalize(draws(9, 4, seed=seed)) for seed in (4, 5))
    for t in (0.2, 0.5, 0.7):
        torch.testing.assert_close(slerp(a_ND, b_ND, t).norm(dim=1), torch.ones(9))


def test_opposite_vectors_go_half_a_circle_round() -> None:
    a_ND = draws(6, 5, seed=6)
    path_SND = torch.stack([slerp(a_ND, -a_ND, t) for t in torch.linspace(0, 1, 11).tolist()])
    lengths_N = a_ND.norm(dim=1)
    torch.testing.assert_close(path_SND.norm(dim=2), lengths_N.expand(11, -1), rtol=1e-4, atol=1e-4)
    chords_SN = (path_SND[1:] - path_SND[:-1]).norm(dim=2)
    wanted_N = 2 * lengths_N * math.sin(math.pi / 20)
    torch.testing.assert_close(chords_SN, wanted_N.expand(10, -1), rtol=1e-3, atol=1e-3)
    assert torch.equal(slerp(a_ND, -a_ND, 0.3), slerp(a_ND, -a_ND, 0.3))


@pytest.mark.parametrize(
    ("a", "b"),
    [([1.0, 2.0], [2.0, 4.0]), ([1.0, 2.0], [1.0, 2.0]), ([0.0, 0.0], [1.0, 2.0]), ([1.0], [-1.0]), ([1.0], [3.0])],
)
def test_vectors_without_an_arc_get_the_straight_line(a: list[float], b: list[float]) -> None:
    wanted = [0.75 * x + 0.25 * y for x, y in zip(a, b, strict=True)]
    torch.testing.assert_close(slerp(torch.tensor([a]), torch.tensor([b]), 0.25), torch.tensor([wanted]))


def test_nearly_parallel_and_nearly_opposite_vectors_keep_to_the_circle() -> None:
    a_ND = torch.tensor([[1.0, 0.0, 0.0]])
    for angle in (1e-6, 1e-4, 1e-3, math.pi - 1e-3, math.pi - 1e-4, math.pi - 1e-6):
        b_ND = torch.tensor([[math.cos(angle), math.sin(angle), 0.0]])
        for t in (0.1, 0.5, 0.9):
            torch.testing.assert_close(slerp(a_ND, b_ND, t).norm(), torch.tensor(1.0), rtol=1e-3, atol=1e-3)


def test_a_way_passes_each_stop_and_comes_back_to_the_first() -> None:
    stops_AND = draws(6, 4, seed=7).view(3, 2, 4)
    for place, stop in [(0.0, 0), (1.0, 1), (2.0, 2), (3.0, 0)]:
        for eased in (False, True):
            assert torch.equal(along(stops_AND, place, mix=slerp, eased=eased), stops_AND[stop])
    halfway_ND = along(stops_AND, 2.5, mix=lerp)
    torch.testing.assert_close(halfway_ND, (stops_AND[2] + stops_AND[0]) / 2)


def test_an_eased_way_has_no_jerk_at_a_stop() -> None:
    stops_AND = draws(6, 4, seed=8).view(3, 2, 4)
    step = 1e-2
    before = along(stops_AND, 1 - step, mix=slerp, eased=True)
    after = along(stops_AND, 1 + step, mix=slerp, eased=True)
    assert (after - before).norm() < step  # at an even pace it would be about 2 * step * the distance of the stops
