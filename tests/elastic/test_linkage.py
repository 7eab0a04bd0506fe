"""Linkage in a step: fine clusters first, what is found in all images when it is time, and lessons from then on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import to_uint8, to_unit_range
from ganlab_core.interface.specs import LossSpec, RecognitionSpec
from ganlab_core.interface.step import StepContext
from ganlab_core.stock.priors.normal import Normal
from ganlab_core.stock.priors.uniform import Uniform
from ganlab_elastic.clusters import classes as classes_module
from ganlab_elastic.clusters.classes import Classes
from ganlab_elastic.clusters.over_clustering import OverClusteringHead
from ganlab_elastic.losses.fine_clusters import FineClusters, Strengths
from ganlab_elastic.losses.linkage import Linkage, linkage, told_apart
from ganlab_elastic.prior.elastic import ElasticCategorical
from ganlab_elastic.views.views import BROAD_VIEWS, Views

MakeStep = Callable[..., StepContext]
SPEC = LossSpec(image_shape=(1, 8, 8), codes={"code": 3, "style": 2}, dataset_size=24, steps=10)
STILL = Views(rotate=0.0, zoom=(1.0, 1.0))


def images() -> Tensor:
    """Stripes upright, lying and none, eight of each, with noise."""
    wave_8 = torch.tensor([0.8, 0.8, -0.8, -0.8, 0.8, 0.8, -0.8, -0.8])
    plain_3HW = torch.stack([wave_8.expand(8, 8), wave_8[:, None].expand(8, 8), torch.zeros(8, 8)])
    noise_NCHW = torch.randn(24, 1, 8, 8, generator=torch.Generator().manual_seed(3)) * 0.05
    return to_unit_range(to_uint8(plain_3HW[torch.arange(24) % 3][:, None] + noise_NCHW))


def head(spec: RecognitionSpec) -> OverClusteringHead:
    return OverClusteringHead(spec, hidden=5, subcodes=6, heads=2)


@pytest.fixture
def finding(make_step: MakeStep) -> MakeStep:
    """A step of a run with an over-clustering head and 24 images: `finding(*, number=0, ...)`."""

    def make(**options: Any) -> StepContext:
        factors = {"noise": Normal(dim=2), "code": ElasticCategorical(classes=3), "style": Uniform(dim=1)}
        return make_step(factors, **({"head": head, "own_trunk": True, "data_NCHW": images()} | options))

    return make


def build(**options: Any) -> Linkage:
    return linkage(SPEC, **({"find_at": 3, "batch_size": 6, "neighbours": 2} | options))


@pytest.fixture(autouse=True)
def linked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was asked of linkage, which is sure enough of the stripes."""
    asked: list[dict[str, Any]] = []

    def stand_in(embedding_ND: Tensor, **options: Any) -> Classes:
        asked.append({"embedding_ND": embedding_ND, **options})
        codes_N = torch.arange(24) % 3
        return Classes(codes_N, F.one_hot(codes_N).float() * 0.91 + 0.03, separation=0.8)

    monkeypatch.setattr(classes_module, "find_classes", stand_in)
    return asked


def found(finding: MakeStep, **options: Any) -> tuple[Linkage, StepContext]:
    """The loss and a step just after classes were found."""
    loss, step = build(**options), finding(number=3)
    loss.prepare(step)
    return loss, step


def test_until_classes_are_found_it_is_the_loss_of_fine_clusters_by_neighbours_in_patches(finding: MakeStep) -> None:
    strengths = Strengths(contrast=1.0, temperature=0.3, information=0.5, entropy=0.2, balance=1.0)
    fine = FineClusters(
        batch_size=6, neighbours=2, share=0.5, views=BROAD_VIEWS, strengths=strengths, alike_by="patches"
    )
    assert build().generator(finding()).item() == fine.generator(finding()).item()


def test_classes_are_found_before_the_step_that_it_is_told_and_in_no_other(finding: MakeStep) -> None:
    for number in range(6):
        loss, step = build(), finding(number=number)
        loss.prepare(step)
        assert loss.targets_NK.any().item() is (number == 3)


def test_targets_are_the_probabilities_of_the_classes_that_are_found(finding: MakeStep) -> None:
    loss, _ = found(finding)
    torch.testing.assert_close(loss.targets_NK, F.one_hot(torch.arange(24) % 3).float() * 0.91 + 0.03)


@pytest.mark.parametrize(("counted", "classes"), [(False, 3), (True, None)])
def test_as_many_classes_as_categories_are_looked_for_or_they_are_counted(
    finding: MakeStep, linked: list[dict[str, Any]], counted: bool, classes: int | None
) -> None:
    found(finding, counted=counted)
    assert [(asked["classes"], asked["at_most"]) for asked in linked] == [(classes, 3)]


def test_the_mean_of_what_is_learned_of_views_is_linked_beside_patches(
    finding: MakeStep, linked: list[dict[str, Any]]
) -> None:
    _, step = found(finding, views=STILL)
    learned_ND, (patches_ND,) = linked[0]["embedding_ND"], linked[0]["beside"]
    step.networks.eval()
    plain_ND = step.networks.recognise([images()])[0].embedding_ND
    torch.testing.assert_close(learned_ND, F.normalize(plain_ND, dim=1))
    torch.testing.assert_close(patches_ND.norm(dim=1), torch.ones(24))


def test_categories_beyond_the_classes_that_are_counted_stay_empty(make_step: MakeStep) -> None:
    factors = {"noise": Normal(dim=2), "code": ElasticCategorical(classes=5)}
    step = make_step(factors, head=head, own_trunk=True, data_NCHW=images(), number=3)
    spec = LossSpec(image_shape=(1, 8, 8), codes={"code": 5}, dataset_size=24, steps=10)
    loss = linkage(spec, find_at=3, counted=True, batch_size=6, neighbours=2)
    loss.prepare(step)
    recognition = step.networks.get_submodule("recognition")
    assert isinstance(recognition, OverClusteringHead)
    assert loss.targets_NK[:, 3:].any().item() is False
    assert recognition.groups_HSK.sum(dim=(0, 1))[3:].tolist() == [0.0, 0.0]
    assert loss.generator(step).isfinite()


def test_a_cluster_counts_for_the_class_that_it_holds_most_of() -> None:
    labels_N = torch.arange(24) % 3
    probabilities_NHS = torch.full((24, 2, 6), 0.02)
    probabilities_NHS[torch.arange(24), 0, labels_N * 2 + torch.arange(24) // 3 % 2] = 0.9
    probabilities_NHS[torch.arange(24), 1, 5 - labels_N] = 0.9
    groups_HSK = told_apart(probabilities_NHS, F.one_hot(labels_N, 4).float())
    assert groups_HSK[0].argmax(dim=1).tolist() == [0, 0, 1, 1, 2, 2]
    assert groups_HSK[1].argmax(dim=1).tolist()[3:] == [2, 1, 0]
    assert groups_HSK.sum(dim=2).flatten().tolist() == [0.5] * 12
    assert groups_HSK[:, :, 3].sum().item() == 0.0


def test_a_class_that_is_no_cluster_s_largest_has_the_one_that_holds_most_of_it() -> None:
    labels_N = torch.tensor([0] * 40 + [1] * 4)
    probabilities_NHS = torch.full((44, 1, 3), 0.1)
    probabilities_NHS[:40, 0, 0] = 0.8
    probabilities_NHS[20:40, 0] = torch.tensor([0.1, 0.8, 0.1])
    probabilities_NHS[40:, 0] = torch.tensor([0.1, 0.8, 0.1])
    groups_HSK = told_apart(probabilities_NHS, F.one_hot(labels_N).float())
    assert groups_HSK[0].argmax(dim=1).tolist() == [0, 1, 0]


def test_after_they_are_found_what_is_read_adds_up_to_one(finding: MakeStep) -> None:
    _, step = found(finding)
    step.networks.eval()
    read_NK = step.networks.recognise([images()])[0].parameters["code"].exp()
    torch.testing.assert_close(read_NK.sum(dim=1), torch.ones(24), atol=1e-3, rtol=0.0)


def test_a_lesson_is_the_cross_entropy_between_targets_and_what_is_read_of_views(finding: MakeStep) -> None:
    loss, step = found(finding, views=STILL, batch_size=5)
    assert step.networks.recognition_trunk is not None
    seen: list[Tensor] = []
    step.networks.recognition_trunk.register_forward_hook(lambda part, given, out: seen.append(given[0]))
    total = loss.generator(step)
    terms = step.take_recorded()
    assert set(terms) == {"lesson", "contrast", "separation"}
    assert terms["separation"].item() == loss.separation.item() == pytest.approx(0.8)
    torch.testing.assert_close(total.detach(), terms["lesson"] + 0.1 * terms["contrast"])
    (one_NCHW, other_NCHW) = seen if len(seen) == 2 else seen[0].chunk(2)
    read_NK = step.networks.recognise([one_NCHW, other_NCHW])[0].parameters["code"]
    which_N = torch.cdist(one_NCHW.flatten(1), images().flatten(1)).argmin(dim=1)
    expected = [-(loss.targets_NK[n] * read).sum().item() for n, read in zip(which_N, read_NK, strict=True)]
    assert terms["lesson"].item() == pytest.approx(sum(expected) / 5, rel=1e-4)


def test_lessons_train_what_recognises_and_nothing_else(finding: MakeStep) -> None:
    loss, step = found(finding)
    torch.autograd.backward(loss.generator(step))
    reached = {name.split(".")[0] for name, value in step.networks.named_parameters() if value.grad is not None}
    assert reached == {"recognition", "recognition_trunk"}
    assert all(parameter.grad is None for parameter in step.prior.parameters())


def test_lessons_are_learned(finding: MakeStep) -> None:
    loss, step = found(finding)
    optimiser = torch.optim.Adam(
        [value for name, value in step.networks.named_parameters() if name.startswith("recognition")], lr=1e-2
    )
    lessons = []
    for number in range(4, 64):
        later = finding(number=number)
        later.networks = step.networks
        optimiser.zero_grad()
        torch.autograd.backward(loss.generator(later))
        optimiser.step()
        lessons.append(later.take_recorded()["lesson"].item())
    assert sum(lessons[-5:]) < 0.5 * sum(lessons[:5])


def test_targets_are_saved_with_a_run_and_continue_it(finding: MakeStep) -> None:
    loss, step = found(finding)
    again = build()
    again.load_state_dict(loss.state_dict())
    assert again.generator(step).item() == loss.generator(step).item()


def test_it_works_under_autocast(finding: MakeStep) -> None:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss, step = found(finding)
        assert loss.generator(step).isfinite()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"find_at": 10}, "linkage: classes are found before step 10, but the run has 10 steps; raise steps to 11"),
        ({"code": "kind"}, r"linkage: `code: kind` is no code of the prior; it has \['code', 'style'\]"),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_built(options: dict[str, Any], message: str) -> None:
    with pytest.raises(GanlabError, match=message):
        build(**options)


def test_a_head_without_clusters_says_which_to_use(finding: MakeStep) -> None:
    with pytest.raises(GanlabError, match=r"set `networks.recognition.use: over-clustering`"):
        build().prepare(finding(head=None, number=3))
