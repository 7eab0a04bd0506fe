"""NT-Xent against a double loop written from equation 1 of Chen et al. 2020 (SimCLR)."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from ganlab_elastic.losses.nt_xent import nt_xent


def naive_nt_xent(a_ND: Tensor, b_ND: Tensor, temperature: float) -> float:
    """Views 2k-1 and 2k of image k lie side by side, as in the paper's algorithm 1."""
    views = [row.tolist() for pair in zip(a_ND, b_ND, strict=True) for row in pair]

    def similarity(u: list[float], v: list[float]) -> float:
        dot = sum(x * y for x, y in zip(u, v, strict=True))
        return dot / (math.sqrt(sum(x * x for x in u)) * math.sqrt(sum(y * y for y in v)))

    def loss(i: int, j: int) -> float:
        others = [k for k in range(len(views)) if k != i]
        below = sum(math.exp(similarity(views[i], views[k]) / temperature) for k in others)
        return -math.log(math.exp(similarity(views[i], views[j]) / temperature) / below)

    pairs = [(2 * k, 2 * k + 1) for k in range(len(a_ND))]
    return sum(loss(i, j) + loss(j, i) for i, j in pairs) / len(views)


def embeddings(count: int, width: int = 5) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(count)
    both = torch.randn(2, count, width, generator=generator, dtype=torch.float64)
    return both[0], both[1]


@pytest.mark.parametrize("temperature", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_it_is_the_paper_s_equation(count: int, temperature: float) -> None:
    a_ND, b_ND = embeddings(count)
    expected = naive_nt_xent(a_ND, b_ND, temperature)
    assert float(nt_xent(a_ND, b_ND, temperature=temperature)) == pytest.approx(expected, abs=1e-12)


def test_its_gradient_is_the_numerical_one() -> None:
    a_ND, b_ND = embeddings(3)
    inputs = (a_ND.requires_grad_(), b_ND.requires_grad_())
    assert torch.autograd.gradcheck(lambda a, b: nt_xent(a, b, temperature=0.5), inputs)


def test_the_length_of_an_embedding_does_not_matter() -> None:
    a_ND, b_ND = embeddings(4)
    torch.testing.assert_close(nt_xent(3.0 * a_ND, b_ND), nt_xent(a_ND, b_ND))


def test_a_collapsed_head_scores_the_log_of_the_number_of_candidates() -> None:
    same_ND = torch.ones(6, 4)
    assert float(nt_xent(same_ND, same_ND)) == pytest.approx(math.log(11))


def test_autocast_changes_nothing() -> None:
    a_ND, b_ND = (view.float() for view in embeddings(8))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        under_autocast = nt_xent(a_ND, b_ND, temperature=0.1)
    torch.testing.assert_close(under_autocast, nt_xent(a_ND, b_ND, temperature=0.1), rtol=0.0, atol=0.0)
    assert nt_xent(a_ND.bfloat16(), b_ND.bfloat16()).dtype == torch.float32
