"""Teaching in a step: when classes are found, what the student is to say, whom it trains, and what bad input says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import to_uint8, to_unit_range
from ganlab_core.interface.specs import LossSpec, RecognitionSpec
from ganlab_core.interface.step import StepContext
from ganlab_core.stock.priors.normal import Normal
from ganlab_core.stock.priors.uniform import Uniform
from ganlab_elastic.clusters import classes as classes_module
from ganlab_elastic.clusters.classes import Classes, find_classes
from ganlab_elastic.clusters.taught import TaughtHead
from ganlab_elastic.losses.nt_xent import nt_xent
from ganlab_elastic.losses.taught import Taught, agreement, taught
from ganlab_elastic.prior.elastic import ElasticCategorical
from ganlab_elastic.views.views import Views

MakeStep = Callable[..., StepContext]
SPEC = LossSpec(image_shape=(1, 8, 8), codes={"code": 2, "style": 2}, dataset_size=40, steps=10)
STILL = Views(rotate=0.0, zoom=(1.0, 1.0))  # shows each image as it is


def labels() -> Tensor:
    """Every fourth image is of the second class."""
    return (torch.arange(40) % 4 == 0).long()


def images() -> Tensor:
    """Dark or bright by class, each with a little noise, as they are after their way through uint8."""
    noise_NCHW = torch.rand(40, 1, 8, 8, generator=torch.Generator().manual_seed(3)).mul(0.5)
    return to_unit_range(to_uint8(noise_NCHW - 0.8 + labels().view(-1, 1, 1, 1)))


def frozen() -> Tensor:
    """Features of five numbers, in which the classes lie apart."""
    noise_ND = torch.randn(40, 5, generator=torch.Generator().manual_seed(4)).mul(0.3)
    return noise_ND + 3.0 * torch.eye(5)[labels()]


def head(spec: RecognitionSpec) -> TaughtHead:
    return TaughtHead(spec, hidden=5)


@pytest.fixture
def teaching(make_step: MakeStep) -> MakeStep:
    """A step of a run with a taught head, 40 images and their features: `teaching(*, number=0, classes=2, ...)`."""

    def make(*, classes: int = 2, **options: Any) -> StepContext:
        factors = {"noise": Normal(dim=2), "code": ElasticCategorical(classes=classes), "style": Uniform(dim=1)}
        given = {"head": head, "own_trunk": True, "data_NCHW": images(), "frozen_ND": frozen()}
        return make_step(factors, **(given | options))

    return make


def build(**options: Any) -> Taught:
    return taught(SPEC, **({"batch_size": 6} | options))


def head_of(step: StepContext) -> TaughtHead:
    recognition = step.networks.recognition
    assert isinstance(recognition, TaughtHead)
    return recognition


def prepared(step: StepContext, loss: Taught) -> StepContext:
    with torch.no_grad():
        loss.prepare(step)
    return step


def read(step: StepContext) -> Tensor:
    """The teacher's probabilities of all images."""
    return head_of(step).of_features(frozen()).parameters["code"].exp()


def shown(step: StepContext, loss: Taught) -> list[Tensor]:
    """The batches that the loss lets the networks recognise."""
    assert step.networks.recognition_trunk is not None
    seen: list[Tensor] = []
    hook = step.networks.recognition_trunk.register_forward_hook(lambda part, given, out: seen.append(given[0]))
    loss.generator(step)
    hook.remove()
    return seen


def test_before_the_first_step_classes_are_found_and_the_teacher_reads_them(teaching: MakeStep) -> None:
    probabilities_NK = read(prepared(teaching(), build()))
    codes_N = probabilities_NK.argmax(dim=1)
    assert torch.equal(codes_N, labels()) or torch.equal(codes_N, 1 - labels())
    assert probabilities_NK.max(dim=1).values.min() > 0.8


def test_in_later_steps_the_teacher_stays_as_it_is(teaching: MakeStep) -> None:
    step = prepared(teaching(number=1), build())
    assert not any(buffer.any() for name, buffer in head_of(step).named_buffers() if name.startswith("teacher"))


def test_finding_changes_nothing_but_the_teacher_and_touches_no_global_generator(teaching: MakeStep) -> None:
    step, before = teaching(), torch.get_rng_state()
    kept = {name: value.clone() for name, value in step.networks.state_dict().items()}
    prepared(step, build())
    after = step.networks.state_dict()
    changed = {name for name, value in kept.items() if not torch.equal(value, after[name])}
    assert changed == {
        f"recognition.{name}" for name in ("teacher.mean_D", "teacher.weight_KD", "teacher.bias_K", "separation")
    }
    assert all(part.training for part in step.networks.modules())
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(("counted", "asked"), [(False, 4), (True, None)])
def test_as_many_classes_are_found_as_the_code_has_categories_or_they_are_counted(
    teaching: MakeStep, monkeypatch: pytest.MonkeyPatch, counted: bool, asked: int | None
) -> None:
    def two(embedding_ND: Tensor, *, beside: list[Tensor], classes: int | None, at_most: int, seed: int) -> Classes:
        assert (classes, at_most) == (asked, 4)
        assert [len(seen_ND) for seen_ND in beside] == [40]
        return find_classes(embedding_ND, classes=2, at_most=2, seed=seed)

    monkeypatch.setattr(classes_module, "find_classes", two)
    step = prepared(teaching(classes=4), build(counted=counted))
    sizes_K = read(step).sum(dim=0)
    assert sorted(sizes_K[:2].tolist()) == pytest.approx([10.0, 30.0], abs=2.0)
    torch.testing.assert_close(sizes_K[2:], torch.full((2,), 40 * 1e-4))
    assert build(counted=counted).generator(step).isfinite()


def test_its_value_is_cross_entropy_from_the_teacher_plus_the_weighted_contrast(teaching: MakeStep) -> None:
    loss = build(contrast=0.7, temperature=0.5, views=STILL)
    step = prepared(teaching(), loss)
    value = loss.generator(step)
    terms = step.take_recorded()
    assert set(terms) == {"lesson", "agreement", "contrast", "separation"}
    torch.testing.assert_close(value.detach(), terms["lesson"] + 0.7 * terms["contrast"])
    one_NCHW, other_NCHW = shown(step, loss)
    assert torch.equal(one_NCHW, other_NCHW)
    indices_N = torch.cdist(one_NCHW.flatten(1), images().flatten(1)).argmin(dim=1)
    (student,) = step.networks.recognise([one_NCHW])
    teacher_NK = head_of(step).teacher_probabilities(frozen()[indices_N])
    log_NK = student.extras["logits"].log_softmax(dim=1)
    expected = -sum(p * q for p, q in zip(teacher_NK.flatten(), log_NK.flatten(), strict=True)) / 6
    torch.testing.assert_close(terms["lesson"], expected.detach())
    embedding_ND = student.embedding_ND
    torch.testing.assert_close(terms["contrast"], nt_xent(embedding_ND, embedding_ND, temperature=0.5).detach())


def test_agreement_is_the_share_of_images_that_student_and_teacher_give_the_same_category() -> None:
    logits_NK = torch.tensor([[0.0, 2.0], [1.0, 0.0], [-1.0, -2.0], [0.0, 1.0]])
    targets_NK = torch.tensor([[0.1, 0.9], [0.7, 0.3], [0.4, 0.6], [0.2, 0.8]])
    assert agreement(logits_NK, targets_NK).item() == 0.75


def test_each_image_is_seen_in_two_views_where_they_are_compared_and_else_in_one(teaching: MakeStep) -> None:
    one_NCHW, other_NCHW = shown(teaching(), build(contrast=0.1))
    assert one_NCHW.shape == (6, 1, 8, 8)
    assert not torch.equal(one_NCHW, other_NCHW)
    (alone_NCHW,) = shown(teaching(), build())
    assert torch.equal(alone_NCHW, one_NCHW)


def test_a_step_s_number_and_seed_fix_its_value_and_the_global_generator_is_not_touched(teaching: MakeStep) -> None:
    before = torch.get_rng_state()
    first, again, later = (build().generator(teaching(number=number)).item() for number in (0, 0, 1))
    assert first == again != later
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("own_trunk", [False, True])
def test_it_trains_the_student_and_nothing_else(teaching: MakeStep, own_trunk: bool) -> None:
    loss = build()
    step = prepared(teaching(own_trunk=own_trunk), loss)
    torch.autograd.backward(loss.generator(step))
    reached = {name for name, parameter in step.networks.named_parameters() if parameter.grad is not None}
    trunk = {"recognition_trunk.1.weight", "recognition_trunk.1.bias"} if own_trunk else set()
    hidden = {"recognition.hidden.0.weight", "recognition.hidden.1.weight", "recognition.hidden.1.bias"}
    assert reached == trunk | hidden | {"recognition.classes.weight", "recognition.classes.bias"}
    assert all(parameter.grad is None for parameter in step.prior.parameters())


def test_a_student_that_is_taught_for_a_while_says_what_the_teacher_says(teaching: MakeStep) -> None:
    loss = build(views=Views())
    step = prepared(teaching(), loss)
    optimiser = torch.optim.Adam(step.networks.parameters(), lr=0.01)
    for _ in range(60):
        optimiser.zero_grad()
        torch.autograd.backward(loss.generator(step))
        optimiser.step()
    step.networks.eval()
    (student,) = step.networks.recognise([images()])
    assert torch.equal(student.parameters["code"].argmax(dim=1), read(step).argmax(dim=1))


def test_it_asks_for_no_fake_images(teaching: MakeStep) -> None:
    step = teaching()
    step.networks.generator.register_forward_hook(lambda part, given, out: pytest.fail("drew fake images"))
    assert build().generator(step).isfinite()
    assert not hasattr(build(), "discriminator")


def test_it_works_under_autocast(teaching: MakeStep) -> None:
    loss = build()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        value = loss.generator(teaching())
    assert value.item() == pytest.approx(build().generator(teaching()).item(), rel=0.05)


def test_a_head_without_a_teacher_says_which_to_use(teaching: MakeStep) -> None:
    message = r"taught: the recognition head has no teacher; set `networks.recognition.use: taught`"
    with pytest.raises(GanlabError, match=message):
        build().generator(teaching(head=None))
    with pytest.raises(GanlabError, match=message):
        build().prepare(teaching(head=None))


def test_a_collection_without_features_is_refused(teaching: MakeStep) -> None:
    step = teaching()
    step.data.features_ND = None
    message = r"taught: the recipe has no frozen features to learn from; add `features: \{use: NAME\}`"
    with pytest.raises(GanlabError, match=message):
        build().prepare(step)
    with pytest.raises(GanlabError, match=message):
        build().generator(step)
