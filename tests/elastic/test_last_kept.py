"""A result that is kept: given again for equal numbers, and for nothing else."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from ganlab_elastic.clusters.last_kept import LastKept


@pytest.fixture
def calls() -> list[int]:
    """One entry for each time that the function was run."""
    return []


@pytest.fixture
def total(calls: list[int]) -> LastKept[Tensor]:
    """A sum that keeps its last result."""

    @LastKept
    def total(points_ND: Tensor, *, beside: list[Tensor] | None = None, times: int = 1) -> Tensor:
        calls.append(1)
        return times * torch.stack([one.sum() for one in (points_ND, *(beside or []))]).sum()

    return total


def test_equal_numbers_are_not_looked_at_twice(total: LastKept[Tensor], calls: list[int]) -> None:
    first = total(torch.arange(6.0).reshape(2, 3), beside=[torch.ones(2)])
    assert total(torch.arange(6.0).reshape(2, 3), beside=[torch.ones(2)]) is first
    assert calls == [1]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((torch.arange(6.0).reshape(3, 2),), {}),
        ((torch.arange(6.0).reshape(2, 3).double(),), {}),
        ((torch.arange(6.0).reshape(2, 3).bfloat16(),), {}),
        ((torch.arange(1.0, 7.0).reshape(2, 3),), {}),
        ((torch.arange(6.0).reshape(2, 3),), {"times": 2}),
        ((torch.arange(6.0).reshape(2, 3),), {"beside": [torch.tensor(1.0)]}),
    ],
)
def test_whatever_differs_is_asked_anew(
    arguments: tuple[Tensor], named: dict[str, object], total: LastKept[Tensor], calls: list[int]
) -> None:
    total(torch.arange(6.0).reshape(2, 3))
    total(*arguments, **named)
    assert len(calls) == 2


def test_what_was_before_the_last_is_asked_anew(total: LastKept[Tensor], calls: list[int]) -> None:
    for size in (2, 3, 2):
        total(torch.ones(size))
    assert len(calls) == 3


def test_a_function_that_raises_keeps_nothing(calls: list[int]) -> None:
    @LastKept
    def fails(points_ND: Tensor) -> Tensor:
        calls.append(1)
        if points_ND.sum() > 0:
            raise ValueError("no such points")
        return points_ND

    fails(torch.zeros(2))
    with pytest.raises(ValueError, match="no such points"):
        fails(torch.ones(2))
    fails(torch.zeros(2))
    assert len(calls) == 3
