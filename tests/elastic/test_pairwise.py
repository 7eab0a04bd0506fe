"""Distances between predictions against scipy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy.spatial import distance
from scipy.stats import entropy
from torch import Tensor

from ganlab_elastic.losses.pairwise import DISTANCES, Distance, mean_entropy


def logits(seed: int) -> Tensor:
    return torch.randn(6, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def reference(form: Distance, p: Any, q: Any) -> float:
    value = {
        "squared": lambda: distance.sqeuclidean(p, q),
        "kl": lambda: (entropy(p, q) + entropy(q, p)) / 2,
        "js": lambda: distance.jensenshannon(p, q) ** 2,
        "cosine": lambda: distance.cosine(p, q),
    }[form]()
    return float(value)


@pytest.mark.parametrize("form", list(DISTANCES))
def test_each_distance_is_scipy_s_row_by_row(form: Distance) -> None:
    a_NK, b_NK = logits(0), logits(1)
    p_NK, q_NK = a_NK.softmax(dim=1).numpy(), b_NK.softmax(dim=1).numpy()
    expected = [reference(form, p, q) for p, q in zip(p_NK, q_NK, strict=True)]
    np.testing.assert_allclose(DISTANCES[form](a_NK, b_NK).numpy(), expected, rtol=1e-9)


@pytest.mark.parametrize("form", list(DISTANCES))
def test_each_distance_is_symmetric_and_zero_between_equals(form: Distance) -> None:
    a_NK, b_NK = logits(0), logits(1)
    torch.testing.assert_close(DISTANCES[form](a_NK, b_NK), DISTANCES[form](b_NK, a_NK))
    torch.testing.assert_close(DISTANCES[form](a_NK, a_NK + 3.0), torch.zeros(6, dtype=torch.float64))


@pytest.mark.parametrize("form", list(DISTANCES))
def test_each_distance_has_the_numerical_gradient_and_stays_finite_at_certainty(form: Distance) -> None:
    inputs = (logits(0).requires_grad_(), logits(1).requires_grad_())
    assert torch.autograd.gradcheck(DISTANCES[form], inputs)
    certain_NK = torch.tensor([[200.0, -200.0]], requires_grad=True)
    torch.autograd.backward(DISTANCES[form](certain_NK, -certain_NK.detach()).sum())
    assert certain_NK.grad is not None
    assert certain_NK.grad.isfinite().all()


def test_mean_entropy_is_scipy_s_averaged_over_rows() -> None:
    expected = np.mean([entropy(row) for row in logits(0).softmax(dim=1).numpy()])
    assert float(mean_entropy(logits(0))) == pytest.approx(expected)
    assert torch.autograd.gradcheck(mean_entropy, (logits(0).requires_grad_(),))
