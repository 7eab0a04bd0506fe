"""The head that is told codes: against the paper's formula, at its edges, and with what else looks at logits."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.specs import DiscriminatorSpec
from ganlab_core.stock.networks.projection import ProjectionHead

CODES = {"style": 2, "code": 3}


def head(**arguments: object) -> ProjectionHead:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = ProjectionHead(DiscriminatorSpec(5, CODES), **arguments)  # type: ignore[arg-type]
        for parameter in made.parameters():
            torch.nn.init.normal_(parameter)
    return made


def told(*rows: list[float]) -> dict[str, Tensor]:
    code_NK = torch.tensor(rows)
    return {"style": torch.eye(2)[torch.zeros(len(rows), dtype=torch.int64)], "code": code_NK}


def test_the_logit_is_a_linear_layer_s_and_the_product_of_the_features_with_the_code_s_direction() -> None:
    projection, features_ND = head(code="code"), torch.randn(2, 5, generator=torch.Generator().manual_seed(1))
    found = projection(features_ND, told([0.0, 1.0, 0.0], [0.0, 0.0, 1.0]))
    psi_1D, bias_1, directions_DK = projection.logit.weight, projection.logit.bias, projection.direction.weight
    for n, category in enumerate((1, 2)):
        expected = sum(
            features_ND[n, d] * (psi_1D[0, d] + directions_DK[d, category]) for d in range(features_ND.shape[1])
        )
        torch.testing.assert_close(found[n], expected + bias_1[0])


def test_a_real_image_is_of_its_most_probable_category_or_of_each_as_probably_as_was_found() -> None:
    features_ND, split = torch.ones(1, 5), told([0.2, 0.7, 0.1])
    sure = [head(code="code")(features_ND, told(row)) for row in torch.eye(3).tolist()]
    torch.testing.assert_close(head(code="code")(features_ND, split), sure[1])
    expected = 0.2 * sure[0] + 0.7 * sure[1] + 0.1 * sure[2]
    torch.testing.assert_close(head(code="code", target="soft")(features_ND, split), expected)


def test_it_is_told_the_first_code_unless_another_is_named() -> None:
    assert head().direction.weight.shape == (5, 2)
    assert head(code="code").direction.weight.shape == (5, 3)


def test_with_a_spectral_norm_both_weights_are_divided_by_their_largest_singular_value() -> None:
    projection = head(spectral_norm=True)
    for _ in range(50):
        projection(torch.ones(1, 5), told([1.0, 0.0, 0.0]))
    for weight in (projection.logit.weight, projection.direction.weight):
        assert torch.linalg.matrix_norm(weight, 2).item() == pytest.approx(1.0, abs=1e-3)


def test_a_prior_without_such_a_code_is_refused_with_the_way_out() -> None:
    with pytest.raises(GanlabError, match=r"`code: digit` is no code over categories; .* \['style', 'code'\]"):
        head(code="digit")
    with pytest.raises(GanlabError, match="no code over categories that projection could be told"):
        ProjectionHead(DiscriminatorSpec(5))
