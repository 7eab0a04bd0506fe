"""`check_network` tells what is wrong with a trunk or a head that breaks one promise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganlab_core import Component, DiscriminatorSpec, GanlabError, Recognition, RecognitionSpec, TrunkSpec
from ganlab_core.interface.kinds import Role
from ganlab_core.testing import check_network
from tests.testing.sound_networks import Head, Reader, Trunk


def check(role: Role, factory: Callable[..., Any]) -> None:
    check_network(Component(name="fake", role=role, factory=factory))


class Widthless(Trunk):
    features = None  # type: ignore[assignment]


class MixedGroups(Trunk):
    def forward(self, images_NCHW: Tensor, groups: int = 1) -> Tensor:
        features_ND = super().forward(images_NCHW)
        return features_ND - features_ND.mean(dim=0)


class Column(Head):
    def forward(self, features_ND: Tensor) -> Tensor:
        logits_N1: Tensor = self.layer(features_ND)
        return logits_N1


class Deaf(Head):
    def forward(self, features_ND: Tensor, codes: Mapping[str, Tensor]) -> Tensor:  # type: ignore[override]
        return super().forward(features_ND)


class Listening(Head):
    def forward(self, features_ND: Tensor, codes: Mapping[str, Tensor]) -> Tensor:  # type: ignore[override]
        return super().forward(features_ND) * (1.0 + codes["code"][:, 0])


def test_a_discriminator_s_head_may_be_told_codes() -> None:
    assert check("discriminator", Listening) is None  # type: ignore[func-returns-value]


class Silent(Reader):
    def forward(self, features_ND: Tensor) -> Recognition:
        return Recognition({"code": super().forward(features_ND).parameters["code"]}, features_ND)


class Narrow(Reader):
    def forward(self, features_ND: Tensor) -> Recognition:
        said = super().forward(features_ND)
        return Recognition({**said.parameters, "style": said.parameters["style"][:, :1]}, features_ND)


class NoEmbedding(Reader):
    def forward(self, features_ND: Tensor) -> Recognition:
        return Recognition(super().forward(features_ND).parameters, features_ND[0])


class Bare(Reader):
    def forward(self, features_ND: Tensor) -> Any:
        return super().forward(features_ND).parameters


class FeatureReader(Reader):
    def __init__(self, spec: RecognitionSpec) -> None:
        super().__init__(spec)
        assert spec.frozen_features is not None
        self.register_buffer("weights_KD", torch.rand(spec.codes["code"], spec.frozen_features))

    def of_features(self, features_ND: Tensor) -> Any:
        return Recognition({"code": features_ND @ self.get_buffer("weights_KD").T}, features_ND)


class BareFeatures(FeatureReader):
    def of_features(self, features_ND: Tensor) -> Any:
        return features_ND


class StrangeCode(FeatureReader):
    def of_features(self, features_ND: Tensor) -> Any:
        return Recognition({"kind": features_ND}, features_ND)


class NoCode(FeatureReader):
    def of_features(self, features_ND: Tensor) -> Any:
        return Recognition({}, features_ND)


class Forgetful(FeatureReader):
    def __init__(self, spec: RecognitionSpec) -> None:
        super().__init__(spec)
        self.register_buffer("weights_KD", self.get_buffer("weights_KD"), persistent=False)


@pytest.mark.parametrize(
    ("role", "factory", "sentence"),
    [
        ("trunk", Widthless, "has no integer attribute `features`"),
        ("trunk", MixedGroups, "a joint pass of two groups differs from two passes"),
        ("discriminator", Column, r"gives shape \(6, 1\) where logits \(N,\) of shape \(6,\) are asked for"),
        ("discriminator", Deaf, "takes codes, but gives the same logits whatever they are"),
        ("recognition", Silent, r"gives parameters of the codes \['code'\], and the prior has \['code', 'style'\]"),
        ("recognition", Narrow, r"gives shape \(6, 1\) where parameters \(N, 2\) of 'style'"),
        ("recognition", NoEmbedding, r"gives an embedding that is not \(N, D\)"),
        ("recognition", Bare, "gives a dict, not a Recognition"),
        ("recognition", BareFeatures, "`of_features` gives a Tensor, not a Recognition"),
        (
            "recognition",
            StrangeCode,
            r"`of_features` gives parameters of shapes \{'kind': \(6, 7\)\} where the prior's",
        ),
        ("recognition", NoCode, r"`of_features` gives parameters of shapes \{\} where the prior's codes have"),
        ("recognition", Forgetful, "`of_features` reads 'code' otherwise after its state was saved and loaded"),
    ],
)
def test_a_trunk_or_a_head_that_breaks_a_promise_is_told(
    role: Role, factory: Callable[..., Any], sentence: str
) -> None:
    with pytest.raises(AssertionError, match=f"^network {role} fake: {sentence}"):
        check(role, factory)


def test_a_head_that_reads_features_too_passes() -> None:
    assert check("recognition", FeatureReader) is None  # type: ignore[func-returns-value]


class Dropping(Trunk):
    def forward(self, images_NCHW: Tensor) -> Tensor:
        features_ND: Tensor = self.drop(super().forward(images_NCHW))
        return features_ND

    def __init__(self, spec: TrunkSpec) -> None:
        super().__init__(spec)
        self.drop = nn.Dropout(0.2)


class DroppingGroups(Dropping):
    def forward(self, images_NCHW: Tensor, groups: int = 1) -> Tensor:
        return super().forward(images_NCHW)


@pytest.mark.parametrize("factory", [Dropping, DroppingGroups])
def test_dropout_may_draw_in_training_mode(factory: type) -> None:
    assert check("trunk", factory) is None  # type: ignore[func-returns-value]


def only_colour(spec: TrunkSpec) -> nn.Module:
    if spec.image_shape[0] == 1:
        raise GanlabError("grey images are not for me: take colour")
    return Trunk(spec)


def test_a_network_may_refuse_a_number_of_channels() -> None:
    assert check("trunk", only_colour) is None  # type: ignore[func-returns-value]


def test_a_component_that_no_recipe_could_use_is_told() -> None:
    with pytest.raises(AssertionError, match="network 'fake': a network needs a role"):
        check_network(Component(name="fake", factory=Trunk))


def picky(spec: DiscriminatorSpec, *, width: int) -> nn.Module:
    raise GanlabError(f"width {width} is odd: take an even one")


def test_arguments_that_the_test_gives_wrongly_are_told() -> None:
    component = Component(name="fake", role="discriminator", factory=picky)
    with pytest.raises(AssertionError, match="its construction raised GanlabError: width 3 is odd"):
        check_network(component, width=3)
    with pytest.raises(AssertionError, match=r"its construction raised GanlabError: .*width\n? *Field required"):
        check_network(component)
