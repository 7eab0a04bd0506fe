"""Discovery in a step: its terms against loops, whom it trains, when it merges, and what bad input says."""

from __future__ import annotations

import math
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
from ganlab_elastic.clusters.heads import clearest, merge_heads, vote
from ganlab_elastic.clusters.neighbours import Neighbours
from ganlab_elastic.clusters.over_clustering import OverClusteringHead
from ganlab_elastic.losses import discovery as module
from ganlab_elastic.losses.discovery import Discovery, discovery
from ganlab_elastic.losses.fine_clusters import agreement, marginal_entropy
from ganlab_elastic.prior.elastic import ElasticCategorical
from ganlab_elastic.views.views import Views

MakeStep = Callable[..., StepContext]
SPEC = LossSpec(image_shape=(1, 8, 8), codes={"code": 2, "style": 2}, dataset_size=16, steps=10)
STILL = Views(rotate=0.0, zoom=(1.0, 1.0))  # shows each image as it is


def logits(seed: int) -> Tensor:
    """Of 6 images, 3 heads and 4 clusters."""
    return 2.0 * torch.randn(6, 3, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def softmax(row: list[float]) -> list[float]:
    total = sum(math.exp(value) for value in row)
    return [math.exp(value) / total for value in row]


def images(count: int = 16) -> Tensor:
    """Half dark and half bright, each with a little noise, as they are after their way through uint8."""
    noise_NCHW = torch.rand(count, 1, 8, 8, generator=torch.Generator().manual_seed(3)).mul(0.5)
    return to_unit_range(to_uint8(noise_NCHW - 0.8 + (torch.arange(count) % 2).view(-1, 1, 1, 1)))


def head(spec: RecognitionSpec) -> OverClusteringHead:
    return OverClusteringHead(spec, hidden=5, subcodes=6, heads=3)


@pytest.fixture
def finding(make_step: MakeStep) -> MakeStep:
    """A step of a run with an over-clustering head and 16 images: `finding(*, number=0, own_trunk=True, ...)`."""

    def make(**options: Any) -> StepContext:
        factors = {"noise": Normal(dim=2), "code": ElasticCategorical(classes=2), "style": Uniform(dim=1)}
        return make_step(factors, **({"head": head, "own_trunk": True, "data_NCHW": images()} | options))

    return make


def build(**options: Any) -> Discovery:
    return discovery(SPEC, **({"merge_at": 3, "batch_size": 6, "neighbours": 2} | options))


def pair_of(step: StepContext, loss: Discovery) -> tuple[Tensor, Tensor]:
    """The two batches that the loss lets the networks recognise."""
    assert step.networks.recognition_trunk is not None
    seen: list[Tensor] = []
    hook = step.networks.recognition_trunk.register_forward_hook(lambda part, given, out: seen.append(given[0]))
    loss.generator(step)
    hook.remove()
    one_NCHW, other_NCHW = seen
    return one_NCHW, other_NCHW


def indices(batch_NCHW: Tensor) -> list[int]:
    """Which of the images these are."""
    distance_NM = torch.cdist(batch_NCHW.flatten(1), images().flatten(1))
    assert distance_NM.min(dim=1).values.max() < 1e-2
    return distance_NM.argmin(dim=1).tolist()


def test_agreement_is_the_mean_negative_logarithm_of_the_predictions_inner_product() -> None:
    pairs = zip(logits(0).flatten(0, 1).tolist(), logits(1).flatten(0, 1).tolist(), strict=True)
    expected = [
        -math.log(sum(p * q for p, q in zip(softmax(one), softmax(other), strict=True))) for one, other in pairs
    ]
    assert float(agreement(logits(0), logits(1))) == pytest.approx(sum(expected) / 18)
    assert torch.autograd.gradcheck(agreement, (logits(0).requires_grad_(), logits(1).requires_grad_()))


def test_agreement_is_zero_where_both_are_sure_and_equal_and_finite_where_they_are_sure_and_differ() -> None:
    sure_NHS = torch.tensor([[[300.0, 0.0]], [[0.0, 300.0]]], requires_grad=True)
    assert agreement(sure_NHS, sure_NHS).item() == 0.0
    apart = agreement(sure_NHS, sure_NHS.detach().flip(0))
    torch.autograd.backward(apart)
    assert apart.item() == pytest.approx(300.0, rel=0.01)
    assert sure_NHS.grad is not None
    assert sure_NHS.grad.isfinite().all()


def test_marginal_entropy_is_that_of_each_head_s_mean_prediction_and_the_mean_over_heads() -> None:
    entropies = []
    for logits_NS in logits(0).unbind(dim=1):
        rows = [softmax(row) for row in logits_NS.tolist()]
        mean = [sum(row[s] for row in rows) / 6 for s in range(4)]
        entropies.append(-sum(p * math.log(p) for p in mean))
    assert float(marginal_entropy(logits(0))) == pytest.approx(sum(entropies) / 3)
    assert torch.autograd.gradcheck(marginal_entropy, (logits(0).requires_grad_(),))


def test_marginal_entropy_is_largest_where_sure_predictions_use_all_clusters_alike() -> None:
    assert float(marginal_entropy(200.0 * torch.eye(4)[:, None])) == pytest.approx(math.log(4))
    assert float(marginal_entropy(200.0 * torch.eye(4)[:1, None])) == pytest.approx(0.0)


def test_its_value_is_the_weighted_sum_of_the_terms_that_it_records(finding: MakeStep) -> None:
    step = finding()
    loss = build(contrast=0.7, information=1.1, entropy=0.3, balance=1.5).generator(step)
    terms = step.take_recorded()
    assert set(terms) == {"contrast", "agreement", "entropy", "marginal_entropy"}
    information = terms["agreement"] + 0.3 * terms["entropy"] - 1.5 * terms["marginal_entropy"]
    torch.testing.assert_close(loss.detach(), 0.7 * terms["contrast"] + 1.1 * information)


def test_a_step_s_number_and_seed_fix_its_value_and_the_global_generator_is_not_touched(finding: MakeStep) -> None:
    before = torch.get_rng_state()
    first, again, later = (build().generator(finding(number=number)).item() for number in (0, 0, 1))
    assert first == again != later
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("own_trunk", [False, True])
def test_it_trains_what_recognises_and_nothing_else(finding: MakeStep, own_trunk: bool) -> None:
    step = finding(own_trunk=own_trunk)
    torch.autograd.backward(build().generator(step))
    reached = {name for name, parameter in step.networks.named_parameters() if parameter.grad is not None}
    trunk = {"recognition_trunk.1.weight", "recognition_trunk.1.bias"} if own_trunk else set()
    hidden = {"recognition.hidden.0.weight", "recognition.hidden.1.weight", "recognition.hidden.1.bias"}
    assert reached == trunk | hidden | {"recognition.clusters.weight", "recognition.clusters.bias"}
    gradients = {name: step.networks.get_parameter(name).grad for name in reached}
    # BatchNorm takes away what a trunk's bias adds, so that its gradient may be zero.
    assert all(value is not None and value.any() for name, value in gradients.items() if "trunk.1.bias" not in name)
    assert all(parameter.grad is None for parameter in step.prior.parameters())


def test_it_asks_for_no_fake_images(finding: MakeStep) -> None:
    step = finding()
    step.networks.generator.register_forward_hook(lambda part, given, out: pytest.fail("drew fake images"))
    assert build().generator(step).isfinite()
    assert not hasattr(build(), "discriminator")


def test_partners_are_the_images_themselves_where_no_neighbours_are_shared(finding: MakeStep) -> None:
    one_NCHW, other_NCHW = pair_of(finding(), build(share=0.0, views=STILL))
    assert one_NCHW.shape == (6, 1, 8, 8)
    assert indices(one_NCHW) == indices(other_NCHW)


def test_partners_are_nearest_neighbours_where_all_are_shared(finding: MakeStep) -> None:
    loss = build(share=1.0, views=STILL, batch_size=40)
    one_NCHW, other_NCHW = pair_of(finding(), loss)
    distances_NN = torch.cdist(images().flatten(1), images().flatten(1)).fill_diagonal_(torch.inf)
    nearest = distances_NN.topk(2, largest=False).indices.tolist()
    pairs = set(zip(indices(one_NCHW), indices(other_NCHW), strict=True))
    assert all(partner in nearest[image] for image, partner in pairs)
    assert {nearest[image].index(partner) for image, partner in pairs} == {0, 1}


def test_each_of_a_pair_is_seen_in_a_view_of_its_own(finding: MakeStep) -> None:
    one_NCHW, other_NCHW = pair_of(finding(), build(share=0.0))
    assert not torch.equal(one_NCHW, other_NCHW)


def test_clusters_are_merged_before_the_step_that_it_is_told_and_in_no_other(finding: MakeStep) -> None:
    loss = build(merge_at=3)
    merged = []
    for number in range(6):
        step = finding(number=number)
        recognition = step.networks.get_submodule("recognition")
        assert isinstance(recognition, OverClusteringHead)
        before = recognition.groups_HSK.clone()
        loss.prepare(step)
        if not torch.equal(recognition.groups_HSK, before):
            merged.append(number)
            kept = [groups_S.tolist() for groups_S in recognition.groups_HSK.sum(dim=2)]
            assert sorted(kept) == [[0.0] * 6, [0.0] * 6, [1.0] * 6]
    assert merged == [3]


@pytest.mark.parametrize("block", [1024, 5])
def test_merging_looks_at_every_image_in_eval_mode_and_changes_nothing_but_the_groups(
    finding: MakeStep, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(module, "_BLOCK", block)
    step = finding(number=3)
    recognition = step.networks.get_submodule("recognition")
    trunk = step.networks.recognition_trunk
    assert isinstance(recognition, OverClusteringHead)
    assert trunk is not None
    before = {name: value.clone() for name, value in step.networks.state_dict().items()}
    build().prepare(step)
    after = step.networks.state_dict()
    assert {name for name, value in before.items() if not torch.equal(value, after[name])} == {"recognition.groups_HSK"}
    assert all(part.training for part in step.networks.modules())
    step.networks.eval()
    embedding_ND = torch.cat([recognition.hidden(trunk(image_CHW[None])) for image_CHW in images()])
    probabilities_NHS = recognition.clusters(embedding_ND).view(-1, 3, 6).softmax(dim=2)
    pixels, learned = nearest(images().flatten(1)), nearest(F.normalize(embedding_ND, dim=1))
    heads = merge_heads(probabilities_NHS, pixels, learned, classes=2)
    assert torch.equal(recognition.groups_HSK, clearest(heads))
    build(merging="vote").prepare(step)
    assert torch.equal(recognition.groups_HSK, vote(heads))


def nearest(points_ND: Tensor) -> Neighbours:
    distances_NN = torch.cdist(points_ND, points_ND).fill_diagonal_(torch.inf)
    return Neighbours(torch.arange(len(points_ND)), distances_NN.topk(2, largest=False).indices)


def test_where_all_heads_vote_a_code_s_parameters_are_the_logarithm_of_their_mean(finding: MakeStep) -> None:
    step = finding(number=3)
    build(merging="vote").prepare(step)
    recognition = step.networks.get_submodule("recognition")
    assert isinstance(recognition, OverClusteringHead)
    one = step.networks.recognise([images()])[0]
    soft_NHS = one.extras["subcodes"].softmax(dim=2)
    groups_HSK = recognition.groups_HSK * 3
    assert torch.equal(groups_HSK.sum(dim=2).round(decimals=5), torch.ones(3, 6))
    mean_NK = torch.stack([soft_NHS[:, head] @ groups_HSK[head] for head in range(3)]).mean(dim=0)
    torch.testing.assert_close(one.parameters["code"], (mean_NK + 1e-4).log())


@pytest.mark.parametrize("merging", ["clearest", "vote"])
def test_classes_that_are_not_apart_leave_categories_empty(finding: MakeStep, merging: str) -> None:
    step = finding(number=3)
    build(apart=1e-9, merging=merging).prepare(step)
    recognition = step.networks.get_submodule("recognition")
    assert isinstance(recognition, OverClusteringHead)
    assert recognition.groups_HSK.sum(dim=(0, 1)).tolist() == pytest.approx([6.0, 0.0])


def test_it_works_under_autocast(finding: MakeStep) -> None:
    loss = build()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        value = loss.generator(finding())
    assert value.item() == pytest.approx(build().generator(finding()).item(), rel=0.05)


def test_a_head_without_clusters_says_which_to_use(finding: MakeStep) -> None:
    message = r"discovery: the recognition head has no clusters; set `networks.recognition.use: over-clustering`"
    with pytest.raises(GanlabError, match=message):
        build().generator(finding(head=None))
    with pytest.raises(GanlabError, match=message):
        build().prepare(finding(head=None, number=3))


def test_more_neighbours_than_other_images_are_refused(finding: MakeStep) -> None:
    message = r"discovery: `neighbours: 16` is too many for 16 images; ask for fewer"
    with pytest.raises(GanlabError, match=message):
        build(neighbours=16).generator(finding())
    with pytest.raises(GanlabError, match=message):
        build(neighbours=16).prepare(finding(number=3))
    assert build(neighbours=15).generator(finding()).isfinite()


@pytest.mark.parametrize("merge_at", [10, 800])
def test_a_run_that_is_over_before_it_merges_is_refused_when_it_is_built(merge_at: int) -> None:
    with pytest.raises(
        GanlabError,
        match=rf"discovery: clusters are merged before step {merge_at}, but the run has 10 steps; "
        rf"raise steps to {merge_at + 1} or more, or lower `merge_at`",
    ):
        build(merge_at=merge_at)
    assert isinstance(build(merge_at=9), Discovery)
