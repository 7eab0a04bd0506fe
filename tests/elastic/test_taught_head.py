"""The head that is taught: its student on pixels, its teacher on frozen features, and what is saved of them."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.specs import RecognitionSpec
from ganlab_elastic.clusters.reader import LinearReader
from ganlab_elastic.clusters.taught import LOGITS, TaughtHead

SPEC = RecognitionSpec(6, {"angle": 2, "code": 3}, frozen_features=4)


def build(**options: Any) -> TaughtHead:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return TaughtHead(SPEC, **({"hidden": 5} | options))


def normal(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def teacher(classes: int = 3) -> LinearReader:
    return LinearReader(normal(classes, 4, seed=2), normal(classes, seed=3))


def taught(classes: int = 3, **options: Any) -> TaughtHead:
    head = build(**options)
    head.take(teacher(classes), separation=0.75)
    return head


def by_teacher(head: TaughtHead) -> Tensor:
    return head.of_features(normal(8, 4)).parameters["code"]


def softmax_rows(logits_NK: Tensor, floor: float) -> Tensor:
    """Log-probabilities with a floor, written out."""
    rows = []
    for row in logits_NK.tolist():
        total = sum(math.exp(value) for value in row)
        rows.append([math.log(math.exp(value) / total + floor) for value in row])
    return torch.tensor(rows)


def test_until_classes_are_found_the_teacher_takes_every_category_for_as_likely() -> None:
    head = build(floor=1e-3)
    expected = torch.full((8, 3), math.log(1 / 3 + 1e-3))
    torch.testing.assert_close(by_teacher(head), expected)
    assert float(head.separation) == 0.0


def test_the_teacher_reads_the_code_alone_from_frozen_features_by_its_linear_reader() -> None:
    features_ND = normal(8, 4)
    recognition = taught(floor=1e-3).of_features(features_ND)
    expected = softmax_rows(features_ND @ teacher().weight_KD.T + teacher().bias_K, 1e-3)
    assert set(recognition.parameters) == {"code"}
    torch.testing.assert_close(recognition.parameters["code"], expected)
    assert torch.equal(recognition.embedding_ND, features_ND)


def test_the_student_s_log_probabilities_are_those_of_its_logits_with_the_floor() -> None:
    head = taught(floor=1e-3).eval()
    features_ND = normal(8, 6)
    recognition = head(features_ND)
    torch.testing.assert_close(recognition.embedding_ND, head.hidden(features_ND))
    logits_NK = recognition.extras[LOGITS]
    torch.testing.assert_close(logits_NK, head.classes(recognition.embedding_ND))
    torch.testing.assert_close(recognition.parameters["code"], softmax_rows(logits_NK.detach(), 1e-3))


def test_categories_that_no_class_was_found_for_stay_empty_for_teacher_and_student() -> None:
    head = taught(classes=2, floor=1e-3)
    by_student = head(normal(8, 6))
    for parameters_NK in (by_teacher(head), by_student.parameters["code"]):
        torch.testing.assert_close(parameters_NK[:, 2], torch.full((8,), math.log(1e-3)))
        torch.testing.assert_close(parameters_NK.exp().sum(dim=1), torch.full((8,), 1.003))
    assert by_student.extras[LOGITS].isfinite().all()
    torch.autograd.backward(by_student.parameters["code"].sum())
    assert all(parameter.grad.isfinite().all() for parameter in head.hidden.parameters() if parameter.grad is not None)


def test_another_teacher_takes_the_place_of_the_one_before() -> None:
    head = taught(classes=2)
    head.take(teacher(), separation=0.5)
    assert torch.equal(
        head.of_features(normal(8, 4)).parameters["code"], taught().of_features(normal(8, 4)).parameters["code"]
    )
    assert float(head.separation) == 0.5


def test_the_teacher_is_saved_and_not_learned() -> None:
    head, resumed = taught(classes=2), build()
    resumed.load_state_dict(head.state_dict())
    assert torch.equal(
        resumed.of_features(normal(8, 4)).parameters["code"], head.of_features(normal(8, 4)).parameters["code"]
    )
    assert torch.equal(resumed.separation, head.separation)
    assert not {"teacher_KD", "teacher_K", "separation"} & dict(head.named_parameters()).keys()


def test_other_codes_are_read_from_the_trunk_s_features_and_leave_the_classes_alone() -> None:
    head = build()
    recognition = head(normal(8, 6))
    assert set(recognition.parameters) == {"code", "angle"}
    angle = head.others["angle"]
    assert isinstance(angle, nn.Sequential)
    torch.testing.assert_close(recognition.parameters["angle"], angle(normal(8, 6)))
    recognition.parameters["angle"].square().sum().backward()
    reached = {name for name, parameter in head.named_parameters() if parameter.grad is not None}
    assert reached == {f"others.angle.{layer}.{kind}" for layer in (0, 2) for kind in ("weight", "bias")}


def test_autocast_leaves_log_probabilities_in_full_precision() -> None:
    head = taught()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        by_student_NK, by_teacher_NK = head(normal(8, 6)).parameters["code"], by_teacher(head)
    assert by_student_NK.dtype == by_teacher_NK.dtype == torch.float32
    torch.testing.assert_close(by_teacher_NK, by_teacher(head))


def test_it_is_taught_the_code_that_it_is_told_of() -> None:
    head = TaughtHead(RecognitionSpec(6, {"kind": 2, "angle": 2}, frozen_features=4), hidden=5, code="kind")
    assert head(normal(8, 6)).parameters["kind"].shape == (8, 2)
    assert set(head.others) == {"angle"}


def test_a_code_that_the_prior_lacks_is_named_with_those_it_has() -> None:
    with pytest.raises(GanlabError, match=r"taught: `code: cod` is no code of the prior; it has \['angle', 'code'\]"):
        build(code="cod")


def test_a_recipe_without_features_is_told_to_add_them_or_to_find_classes_in_pixels() -> None:
    message = r"taught: the recipe has no frozen features to learn from; add `features: \{use: NAME\}` .*`discovery`"
    with pytest.raises(GanlabError, match=message):
        TaughtHead(RecognitionSpec(6, {"code": 3}))
