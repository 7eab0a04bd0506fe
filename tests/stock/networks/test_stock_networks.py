"""The stock generators, trunks and heads meet the shapes that the core asks for, jointly or one batch at a time."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor, nn

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.networks import Networks
from ganlab_core.interface.specs import DiscriminatorSpec, GeneratorSpec, RecognitionSpec, TrunkSpec
from ganlab_core.stock.networks.dcgan import DCGANGenerator, DCGANTrunk, pyramid
from ganlab_core.stock.networks.heads import LinearHead, RecognitionHead
from ganlab_core.stock.networks.infogan import InfoGANGenerator, InfoGANTrunk
from ganlab_core.stock.networks.norms import Norm
from ganlab_core.stock.networks.residual import ResidualBlock, ResidualTrunk

SIZES = [8, 16, 28, 32, 64, 128, 256]
TrunkFactory = Callable[[], nn.Module]
TRUNKS: dict[str, TrunkFactory] = {
    "dcgan": lambda: DCGANTrunk(TrunkSpec((1, 16, 16)), width=4),
    "dcgan 28": lambda: DCGANTrunk(TrunkSpec((3, 28, 28)), width=2),
    "dcgan layer norm": lambda: DCGANTrunk(TrunkSpec((1, 16, 16)), width=4, norm="layer"),
    "dcgan no norm": lambda: DCGANTrunk(TrunkSpec((1, 16, 16)), width=4, norm="none"),
    "infogan": lambda: InfoGANTrunk(TrunkSpec((1, 28, 28))),
    "residual": lambda: ResidualTrunk(TrunkSpec((1, 16, 16)), width=4),
    "residual 28": lambda: ResidualTrunk(TrunkSpec((3, 28, 28)), width=4, blocks=2),
}


@pytest.fixture(autouse=True)
def _seeded() -> Iterator[None]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


@pytest.fixture(params=TRUNKS)
def trunk(request: pytest.FixtureRequest) -> nn.Module:
    return TRUNKS[request.param]()


def _images(trunk: nn.Module, count: int) -> Tensor:
    first = next(trunk.parameters())
    side = 28 if isinstance(trunk, InfoGANTrunk) or first.shape[1] == 3 else 16
    return torch.rand(count, first.shape[1], side, side) * 2 - 1


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("channels", [1, 3])
def test_dcgan_meets_every_size_on_offer(size: int, channels: int) -> None:
    shape = (channels, size, size)
    images_NCHW = DCGANGenerator(GeneratorSpec(latent_width=5, image_shape=shape), width=1)(torch.randn(2, 5))
    assert images_NCHW.shape == (2, *shape)
    assert images_NCHW.abs().max() <= 1
    trunk = DCGANTrunk(TrunkSpec(shape), width=1)
    assert trunk(images_NCHW).shape == (2, trunk.features)


def test_dcgan_doubles_channels_at_each_halving_up_to_eight_times() -> None:
    assert pyramid((3, 256, 256), width=16).channels == (16, 32, 64, 128, 128, 128)
    assert pyramid((3, 64, 64), width=64).coarsest_shape == (512, 4, 4)
    assert pyramid((1, 28, 28), width=64).coarsest_shape == (128, 7, 7)


@pytest.mark.parametrize("factory", [DCGANGenerator, DCGANTrunk])
@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((1, 32, 24), "images are non-square 32x24: make them square, of side 8, 16, 28, 32, 64, 128, 256"),
        ((1, 20, 20), "images are of size 20: choose 8, 16, 28, 32, 64, 128, 256"),
        ((4, 16, 16), "images have 4 channels: choose 1 or 3"),
    ],
)
def test_dcgan_says_which_images_it_takes(factory: type[nn.Module], shape: tuple[int, int, int], message: str) -> None:
    spec = TrunkSpec(shape) if factory is DCGANTrunk else GeneratorSpec(latent_width=3, image_shape=shape)
    with pytest.raises(GanlabError, match=f"dcgan: {message}"):
        factory(spec)


def test_infogan_has_the_published_layers() -> None:
    generator = InfoGANGenerator(GeneratorSpec(latent_width=72, image_shape=(1, 28, 28)))
    trunk = InfoGANTrunk(TrunkSpec((1, 28, 28)))

    def weights(network: nn.Module) -> list[tuple[int, ...]]:
        return [tuple(parameter.shape) for parameter in network.parameters() if parameter.dim() > 1]

    assert weights(generator) == [(1024, 72), (6272, 1024), (128, 64, 4, 4), (64, 1, 4, 4)]
    assert weights(trunk) == [(64, 1, 4, 4), (128, 64, 4, 4), (1024, 6272)]
    images_NCHW = generator(torch.randn(2, 72))
    assert images_NCHW.shape == (2, 1, 28, 28)
    assert images_NCHW.abs().max() <= 1
    assert trunk(images_NCHW).shape == (2, trunk.features)


def test_infogan_is_as_published_at_a_quarter_of_the_width_on_smaller_images() -> None:
    trunk = InfoGANTrunk(TrunkSpec((3, 16, 16)), width=16)
    generator = InfoGANGenerator(GeneratorSpec(latent_width=72, image_shape=(3, 16, 16)), width=16)
    shapes = [tuple(parameter.shape) for parameter in trunk.parameters() if parameter.dim() > 1]
    assert shapes == [(16, 3, 4, 4), (32, 16, 4, 4), (256, 32 * 4 * 4)]
    assert trunk(generator(torch.randn(2, 72))).shape == (2, trunk.features)


@pytest.mark.parametrize("shape", [(1, 30, 30), (1, 28, 14), (2, 28, 28)])
def test_infogan_refuses_other_images(shape: tuple[int, int, int]) -> None:
    place = f"images are {shape[1]}x{shape[2]} with {shape[0]} channels: choose a square size that 4 divides"
    with pytest.raises(GanlabError, match=place):
        InfoGANTrunk(TrunkSpec(shape))
    with pytest.raises(GanlabError, match=place):
        InfoGANGenerator(GeneratorSpec(latent_width=3, image_shape=shape))


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 32, 32), (2, 24, 36), (3, 64, 64)])
def test_residual_takes_any_images_from_eight_pixels_a_side(shape: tuple[int, int, int]) -> None:
    trunk = ResidualTrunk(TrunkSpec(shape), width=2)
    assert trunk.features == 8
    assert trunk(torch.rand(3, *shape)).shape == (3, 8)


def test_residual_refuses_smaller_images() -> None:
    with pytest.raises(GanlabError, match="residual: images are 7x9: choose 8 pixels a side or more"):
        ResidualTrunk(TrunkSpec((1, 7, 9)))


def test_a_residual_block_is_at_first_the_way_around_it() -> None:
    block, maps_NCHW = ResidualBlock(4, 4), torch.randn(3, 4, 5, 5)
    assert torch.equal(block(maps_NCHW), maps_NCHW.relu())
    assert ResidualBlock(4, 6, stride=2)(maps_NCHW).shape == (3, 6, 3, 3)


def test_joint_pass_gives_features_gradients_and_running_statistics_of_separate_passes(trunk: nn.Module) -> None:
    other = copy.deepcopy(trunk)
    first, second = _images(trunk, 4), _images(trunk, 4) * 0.3
    joint_ND = trunk(torch.cat([first, second]), groups=2)
    separate_ND = torch.cat([other(first), other(second)])
    torch.testing.assert_close(joint_ND, separate_ND, rtol=1e-4, atol=1e-6)
    torch.autograd.backward([joint_ND.square().sum(), separate_ND.square().sum()])
    for one, same in zip(trunk.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(one.grad, same.grad, rtol=1e-3, atol=1e-5)
    for name, buffer in trunk.named_buffers():
        torch.testing.assert_close(buffer, other.get_buffer(name))


@pytest.mark.parametrize("norm", ["layer", "none"])
def test_without_batch_norm_an_image_has_the_same_features_in_any_company(norm: Norm) -> None:
    trunk = DCGANTrunk(TrunkSpec((1, 16, 16)), width=4, norm=norm)
    images_NCHW = torch.rand(3, 1, 16, 16)
    torch.testing.assert_close(trunk(images_NCHW)[:1], trunk(images_NCHW[:1]))


def test_spectral_norm_bounds_each_convolution_and_the_logit() -> None:
    trunk = DCGANTrunk(TrunkSpec((3, 16, 16)), width=4, spectral_norm=True)
    head = LinearHead(DiscriminatorSpec(trunk.features), spectral_norm=True)
    for _ in range(20):
        head(trunk(torch.rand(4, 3, 16, 16)))
    layers = [module for module in trunk.modules() if isinstance(module, nn.Conv2d)] + [head.logit]
    assert len(layers) == 3
    for layer in layers:
        largest = torch.linalg.matrix_norm(layer.weight.flatten(1), ord=2)
        torch.testing.assert_close(largest, torch.tensor(1.0), rtol=0.02, atol=0)


def test_initial_weights_are_normals_of_standard_deviation_two_hundredths() -> None:
    trunk = DCGANTrunk(TrunkSpec((3, 32, 32)), width=32)
    generator = InfoGANGenerator(GeneratorSpec(latent_width=10, image_shape=(1, 28, 28)))
    for network in (trunk, generator):
        for name, parameter in network.named_parameters():
            if parameter.dim() > 1:
                assert parameter.std().item() == pytest.approx(0.02, rel=0.1), name
                assert abs(parameter.mean().item()) < 0.003, name
    norm_weights = torch.cat([p.detach() for p in trunk.parameters() if p.dim() == 1 and p.mean() > 0.5])
    assert norm_weights.std().item() == pytest.approx(0.02, rel=0.3)
    assert norm_weights.mean().item() == pytest.approx(1.0, abs=0.01)


def test_heads_give_a_logit_a_row_and_each_codes_parameters() -> None:
    features_ND = torch.randn(6, 9)
    assert LinearHead(DiscriminatorSpec(9))(features_ND).shape == (6,)
    said = RecognitionHead(RecognitionSpec(9, {"code": 10, "style": 2}), hidden=7)(features_ND)
    assert {name: tuple(value.shape) for name, value in said.parameters.items()} == {
        "code": (6, 10),
        "style": (6, 2),
    }
    assert said.embedding_ND.shape == (6, 7)


def test_embedding_is_what_the_codes_parameters_are_read_from() -> None:
    head = RecognitionHead(RecognitionSpec(9, {"code": 4}), hidden=7)
    said = head(torch.randn(6, 9))
    code = head.codes["code"]
    assert isinstance(code, nn.Linear)
    torch.testing.assert_close(said.parameters["code"], said.embedding_ND @ code.weight.T + code.bias)


def test_recognition_without_a_code_says_what_to_add() -> None:
    with pytest.raises(GanlabError, match=r"networks\.recognition: .* only noise: add a factor such as `code"):
        RecognitionHead(RecognitionSpec(9, {}))


class _CountingTrunk(nn.Module):
    """A trunk that notes the size of each pass and the groups it was told of."""

    features = 1

    def __init__(self) -> None:
        super().__init__()
        self.passes: list[tuple[int, int]] = []

    def forward(self, images_NCHW: Tensor, groups: int = 1) -> Tensor:
        self.passes.append((len(images_NCHW), groups))
        return images_NCHW.flatten(1)[:, :1]


class _PlainTrunk(_CountingTrunk):
    """One that cannot do a joint pass."""

    def forward(self, images_NCHW: Tensor) -> Tensor:  # type: ignore[override]
        return super().forward(images_NCHW)


@pytest.mark.parametrize(
    ("make", "passes"),
    [(_CountingTrunk, [(6, 2), (3, 1), (2, 1)]), (_PlainTrunk, [(3, 1), (3, 1), (3, 1), (2, 1)])],
)
def test_batches_join_where_size_and_gradient_agree_and_the_trunk_takes_groups(
    make: type[_CountingTrunk], passes: list[tuple[int, int]]
) -> None:
    trunk = make()
    networks = Networks(generator=nn.Identity(), trunk=trunk, discriminator=nn.Identity())
    batches = [torch.full((3, 1, 2, 2), 1.0), torch.full((3, 1, 2, 2), 2.0), torch.full((3, 1, 2, 2), 3.0)]
    batches[2].requires_grad_()
    found = networks.features([*batches, torch.full((2, 1, 2, 2), 4.0)])
    assert trunk.passes == passes
    assert [features_ND.tolist() for features_ND in found] == [
        [[1.0]] * 3,
        [[2.0]] * 3,
        [[3.0]] * 3,
        [[4.0]] * 2,
    ]
