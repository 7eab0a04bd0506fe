"""What a discriminator's head is told of images: drawn codes of fake ones, of real ones what is read in them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from ganlab_core import Recognition
from ganlab_core.interface.step import Phase, Source
from ganlab_core.stock.networks.projection import ProjectionHead
from ganlab_core.training.step import train_step
from tests.conftest import BuildSession
from tests.interface.test_step_context import Shrink, step_of

TOLD = (
    "+prior.code={use: categorical, classes: 3}",
    "+prior.style={use: uniform, dim: 1}",
    "+networks.recognition={use: recognition, hidden: 8}",
    "networks.discriminator.use=projection",
    "audit.allow=[recognition]",
)


@pytest.fixture
def told(build_session: BuildSession) -> BuildSession:
    """A session whose discriminator is told the code."""
    return lambda *more: build_session(*TOLD, *more)


@pytest.mark.parametrize("phase", ["discriminator", "generator"])
def test_of_fake_images_the_drawn_category_is_known_and_no_noise(told: BuildSession, phase: Phase) -> None:
    step = step_of(told, phase)
    found = step.codes("fake")
    assert list(found) == ["code"]
    target_N = step.latent.draws["code"].target
    assert target_N is not None
    assert torch.equal(found["code"], torch.eye(3)[target_N])


def test_of_real_images_the_recognition_head_s_probabilities_are_known_without_gradient(told: BuildSession) -> None:
    step = step_of(told, "discriminator")
    read_NK = step.codes("real")["code"]
    networks = step.networks.eval()
    with torch.no_grad():
        (expected,) = networks.recognise([step.images("real")])
    torch.testing.assert_close(read_NK, expected.parameters["code"].softmax(dim=1))
    assert not read_NK.requires_grad


def test_reading_changes_no_batch_statistics_and_no_mode(told: BuildSession) -> None:
    step = step_of(told, "discriminator")
    before = {name: value.clone() for name, value in step.networks.state_dict().items()}
    step._codes.clear()
    step.codes("real")
    assert all(torch.equal(value, before[name]) for name, value in step.networks.state_dict().items())
    assert all(module.training for module in step.networks.modules())


class Teaches(nn.Module):
    """A head that reads frozen features, which are the answer."""

    def forward(self, features_ND: Tensor) -> Recognition:
        raise AssertionError("the student was asked")

    def of_features(self, features_ND: Tensor) -> Recognition:
        return Recognition({"code": features_ND}, features_ND)


def test_a_head_that_reads_frozen_features_says_what_real_images_have(told: BuildSession) -> None:
    step = step_of(told, "discriminator")
    step.networks.recognition = Teaches()
    step.data.features_ND = torch.randn(len(step.data), 3)
    assert step.real_N is not None
    found_NK = step.showing(step.real_N.flip(0)).codes("real")["code"]
    torch.testing.assert_close(found_NK, step.data.features_ND[step.real_N.flip(0)].softmax(dim=1))


def test_views_are_of_the_categories_that_the_images_have_as_they_are(told: BuildSession) -> None:
    step = step_of(told, "generator")
    seen, view = step.through(Shrink()), Shrink()
    for source in ("real", "fake"):
        assert seen.codes(source) is step.codes(source)
    assert step.codes(view) is step.codes("real")


def test_logits_are_those_of_the_head_that_is_told(told: BuildSession) -> None:
    kept = step_of(told, "discriminator")
    assert kept.real_N is not None
    step = kept.showing(kept.real_N)  # nothing of whose passes is known yet
    sources: tuple[Source, Source] = ("real", "fake")
    for source, logits_N in zip(sources, step.logits(*sources), strict=True):
        (features_ND,) = step.features(source)
        assert torch.equal(logits_N, step.networks.discriminator(features_ND, step.codes(source)))
    told_other = {"code": step.codes("fake")["code"].roll(1, dims=1)}
    assert not torch.equal(logits_N, step.networks.discriminator(features_ND, told_other))


def test_a_head_that_takes_no_codes_is_told_none_and_nothing_is_read(build_session: BuildSession) -> None:
    step = step_of(build_session, "discriminator")
    assert step.told("real") is None
    assert step._codes == {}


def test_other_real_images_can_be_shown_beside_the_same_fakes(build_session: BuildSession) -> None:
    step = step_of(build_session, "generator")
    others_N = torch.tensor([3, 3, 0, 1, 2, 5, 8, 9])
    shown = step.showing(others_N)
    assert torch.equal(shown.images("real"), step.data.at(others_N))
    assert shown.images("fake") is step.images("fake")
    assert torch.equal(step.images("real"), step.data.at(step.real_N))  # type: ignore[arg-type]
    view = Shrink()
    seen = step.through(view).showing(others_N)
    seen.images("real")
    assert torch.equal(view.given[0], step.data.at(others_N))


@pytest.mark.parametrize(
    "more",
    [
        ("networks.trunk.norm=layer", "+losses.r1={use: r1}"),
        ("networks.trunk.norm=layer", "losses.adversarial.use=wasserstein", "+losses.bound={use: gradient-penalty}"),
    ],
)
def test_gradient_penalties_hold_for_a_head_that_is_told(told: BuildSession, more: tuple[str, ...]) -> None:
    session = told(*more)
    scalars = train_step(session.state, 0)
    assert all(value.isfinite() for value in scalars.values())
    head = session.state.model.networks.discriminator
    assert isinstance(head, ProjectionHead)
    assert head.direction.weight.grad is not None
    assert head.direction.weight.grad.any()


class TeachesOne(Teaches):
    """Reads another code in the images themselves."""

    def forward(self, features_ND: Tensor) -> Recognition:
        return Recognition({"code": features_ND[:, :3] * 0.0, "pose": features_ND[:, :2]}, features_ND)


def test_a_code_that_is_not_read_in_frozen_features_is_read_in_the_images(told: BuildSession) -> None:
    networks = step_of(told, "discriminator").networks
    networks.recognition = TeachesOne()
    images_NCHW, features_ND = torch.rand(6, 1, 16, 16), torch.randn(6, 3)
    read = networks.read_codes(["code", "pose"], images_NCHW.split(4), features_ND)
    torch.testing.assert_close(read["code"], features_ND.softmax(dim=1))
    with torch.no_grad():
        expected_ND = networks.eval().trunk(images_NCHW)
    torch.testing.assert_close(read["pose"], expected_ND[:, :2].softmax(dim=1))
