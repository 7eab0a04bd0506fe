"""The head whose categories are sums of fine clusters, against sums written out."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.specs import RecognitionSpec
from ganlab_elastic.clusters.over_clustering import SUBCODES, OverClusteringHead

SPEC = RecognitionSpec(6, {"angle": 2, "code": 3})
GROUP_OF = [0, 2, 0, 0, 2, 2, 0]  # no cluster is of category 1


def build(**options: Any) -> OverClusteringHead:
    """Two heads of seven clusters."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return OverClusteringHead(SPEC, **({"hidden": 5, "subcodes": 7, "heads": 2} | options))


def groups() -> Tensor:
    """The second head's clusters merged, the first head left out."""
    return torch.stack([torch.zeros(7, 3), torch.eye(3)[GROUP_OF]])


def merged(**options: Any) -> OverClusteringHead:
    head = build(**options)
    head.groups_HSK.copy_(groups())
    return head


def features() -> Tensor:
    return 3.0 * torch.randn(8, 6, generator=torch.Generator().manual_seed(1))


def test_a_category_s_log_probability_is_that_of_its_clusters_together() -> None:
    recognition = merged(floor=1e-3)(features())
    expected = []
    for _, row in recognition.extras[SUBCODES].tolist():
        total = sum(math.exp(value) for value in row)
        members = [[row[s] for s, group in enumerate(GROUP_OF) if group == k] for k in range(3)]
        expected.append([math.log(sum(math.exp(v) / total for v in values) + 1e-3) for values in members])
    torch.testing.assert_close(recognition.parameters["code"], torch.tensor(expected))


def test_a_head_that_was_not_kept_has_no_say_and_gets_no_gradient() -> None:
    head = merged()
    before_NK = head(features()).parameters["code"]
    torch.autograd.backward(before_NK.sum())
    gradient = head.clusters.weight.grad
    assert gradient is not None
    assert [bool(rows.any()) for rows in gradient.unflatten(0, (2, 7))] == [False, True]
    with torch.no_grad():
        head.clusters.weight[:7].neg_()
    assert torch.equal(head(features()).parameters["code"], before_NK)


def test_heads_that_all_count_are_added() -> None:
    head = build(floor=1e-3)
    groups_HSK = torch.stack([torch.eye(3)[GROUP_OF], torch.eye(3)[GROUP_OF[::-1]]]) / 2
    head.groups_HSK.copy_(groups_HSK)
    recognition = head(features())
    soft_NHS = recognition.extras[SUBCODES].softmax(dim=2)
    expected_NK = sum(soft_NHS[:, h] @ groups_HSK[h] for h in range(2)) + 1e-3
    torch.testing.assert_close(recognition.parameters["code"].exp(), expected_NK)
    torch.testing.assert_close(expected_NK.sum(dim=1), torch.full((8,), 1.003))


def test_until_clusters_are_merged_every_category_is_as_likely() -> None:
    recognition = build(floor=1e-3)(features())
    expected = torch.full((8, 3), math.log(1 / 3 + 1e-3))
    torch.testing.assert_close(recognition.parameters["code"], expected)


def test_the_clusters_logits_and_the_hidden_layer_are_told() -> None:
    head = build().eval()
    recognition = head(features())
    torch.testing.assert_close(recognition.embedding_ND, head.hidden(features()))
    clusters_NHS = recognition.extras[SUBCODES]
    assert clusters_NHS.shape == (8, 2, 7)
    torch.testing.assert_close(clusters_NHS.flatten(1), head.clusters(recognition.embedding_ND))


def test_other_codes_are_read_from_the_features_and_leave_the_clusters_alone() -> None:
    head = build()
    recognition = head(features())
    assert set(recognition.parameters) == {"code", "angle"}
    angle = head.others["angle"]
    assert isinstance(angle, nn.Sequential)
    first, _, last = angle
    assert isinstance(first, nn.Linear)
    assert isinstance(last, nn.Linear)
    hidden_NH = torch.nn.functional.leaky_relu(features() @ first.weight.T + first.bias, 0.2)
    torch.testing.assert_close(recognition.parameters["angle"], hidden_NH @ last.weight.T + last.bias)
    recognition.parameters["angle"].square().sum().backward()
    reached = {name for name, parameter in head.named_parameters() if parameter.grad is not None}
    assert reached == {f"others.angle.{layer}.{kind}" for layer in (0, 2) for kind in ("weight", "bias")}


def test_the_floor_keeps_the_gradient_finite_where_a_category_has_no_probability() -> None:
    head = merged(floor=1e-4)
    with torch.no_grad():
        head.clusters.weight.mul_(1e4)
    values_NK = head(features()).parameters["code"]
    torch.testing.assert_close(values_NK[:, 1], torch.full((8,), math.log(1e-4)))
    torch.autograd.backward(values_NK.sum())
    gradient = head.clusters.weight.grad
    assert gradient is not None
    assert gradient.isfinite().all()


def test_which_clusters_belong_together_is_saved_and_not_learned() -> None:
    head, resumed = merged(), build()
    resumed.load_state_dict(head.state_dict())
    assert torch.equal(resumed.groups_HSK, groups())
    assert "groups_HSK" not in dict(head.named_parameters())


def test_autocast_leaves_log_probabilities_in_full_precision() -> None:
    head = merged()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        recognition = head(features())
    soft_NHS = recognition.extras[SUBCODES].float().softmax(dim=2)
    expected_NK = (soft_NHS[:, 1] @ head.groups_HSK[1] + 1e-4).log()
    assert recognition.parameters["code"].dtype == torch.float32
    torch.testing.assert_close(recognition.parameters["code"], expected_NK)


def test_it_finds_the_code_that_it_is_told_of() -> None:
    head = OverClusteringHead(RecognitionSpec(6, {"kind": 2, "angle": 2}), hidden=5, subcodes=4, code="kind")
    recognition = head(features())
    assert recognition.parameters["kind"].shape == (8, 2)
    assert set(head.others) == {"angle"}


def test_a_code_that_the_prior_lacks_is_named_with_those_it_has() -> None:
    with pytest.raises(
        GanlabError, match=r"over-clustering: `code: cod` is no code of the prior; it has \['angle', 'code'\]"
    ):
        build(code="cod")


def test_fewer_clusters_than_categories_are_refused() -> None:
    with pytest.raises(
        GanlabError, match=r"2 subcodes cannot be merged into 3 categories; set `subcodes` to 3 or more"
    ):
        build(subcodes=2)
    assert build(subcodes=3, heads=4).groups_HSK.shape == (4, 3, 3)
