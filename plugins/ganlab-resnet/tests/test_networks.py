"""The residual networks: what the core promises of networks, and the published layers one by one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from ganlab_resnet.blocks import FirstBlock, TrunkBlock, UpBlock
from ganlab_resnet.generator import ResNetGenerator
from ganlab_resnet.layout import generator_channels
from ganlab_resnet.plugin import ganlab_networks
from ganlab_resnet.trunk import ResNetTrunk
from torch import Tensor, nn
from torch.nn import functional as F

from ganlab_core import GanlabError, GeneratorSpec, TrunkSpec
from ganlab_core.testing import check_network

COMPONENTS = {str(component.role): component for component in ganlab_networks()}


@pytest.fixture(autouse=True)
def _seeded() -> Iterator[None]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def weights(network: nn.Module) -> list[tuple[int, ...]]:
    return [tuple(p.shape) for p in network.parameters() if p.dim() > 1]


def largest_singular_values(network: nn.Module) -> Tensor:
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    return torch.stack([torch.linalg.matrix_norm(layer.weight.detach().flatten(1), ord=2) for layer in layers])


@pytest.mark.parametrize("spectral_norm", [False, True])
@pytest.mark.parametrize("role", COMPONENTS)
def test_networks_keep_what_the_core_asks_of_networks(role: str, spectral_norm: bool) -> None:
    component = COMPONENTS[role]
    assert component.name == "resnet"
    check_network(component, width=4, spectral_norm=spectral_norm)


@pytest.mark.parametrize("size", [32, 64, 128])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_size_on_offer_goes_from_noise_to_features(size: int, channels: int) -> None:
    shape = (channels, size, size)
    images_NCHW = ResNetGenerator(GeneratorSpec(latent_width=5, image_shape=shape), width=2)(torch.randn(2, 5))
    assert images_NCHW.shape == (2, *shape)
    assert images_NCHW.abs().max() <= 1
    trunk = ResNetTrunk(TrunkSpec(shape), width=2)
    assert trunk(images_NCHW).shape == (2, trunk.features)


@pytest.mark.parametrize("factory", [ResNetGenerator, ResNetTrunk])
@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((1, 64, 32), "images are non-square 64x32: make them square, of side 32, 64 or 128"),
        ((1, 16, 16), "images are of size 16: choose 32, 64 or 128, as by `dataset.size: 32`, or the dcgan networks"),
        ((3, 256, 256), "images are of size 256: choose 32, 64 or 128"),
        ((3, 48, 48), "images are of size 48: choose 32, 64 or 128"),
        ((4, 32, 32), "images have 4 channels: choose 1 or 3"),
    ],
)
def test_other_images_are_refused(factory: type[nn.Module], shape: tuple[int, int, int], message: str) -> None:
    spec = TrunkSpec(shape) if factory is ResNetTrunk else GeneratorSpec(latent_width=3, image_shape=shape)
    with pytest.raises(GanlabError, match=f"^resnet: {message}"):
        factory(spec)


def test_layers_at_32_are_those_published_for_cifar_10() -> None:
    generator = ResNetGenerator(GeneratorSpec(latent_width=128, image_shape=(3, 32, 32)), width=256)
    block = [(256, 256, 3, 3), (256, 256, 3, 3), (256, 256, 1, 1)]
    assert weights(generator) == [(4096, 128), *block, *block, *block, (3, 256, 3, 3)]
    trunk = ResNetTrunk(TrunkSpec((3, 32, 32)), width=128, spectral_norm=False)
    inner = [(128, 128, 3, 3), (128, 128, 3, 3)]
    first = [(128, 3, 3, 3), (128, 128, 3, 3), (128, 3, 1, 1)]
    assert weights(trunk) == [*first, *inner, (128, 128, 1, 1), *inner, *inner]
    assert trunk.features == 128


def test_channels_at_128_are_those_published_for_imagenet() -> None:
    assert generator_channels(128, width=64) == (1024, 1024, 512, 256, 128, 64)
    trunk = ResNetTrunk(TrunkSpec((3, 128, 128)), width=2, spectral_norm=False)
    given = [shape[0] for shape in weights(trunk) if shape[2] == 1]
    assert given == [2, 4, 8, 16, 32]  # a shortcut for each halving, none for the last block
    assert trunk.features == 32


def test_an_up_block_is_the_papers_with_the_shortcut_enlarged_first() -> None:
    block = UpBlock(3, 5).double().eval()
    maps_NCHW = torch.randn(2, 3, 4, 4, dtype=torch.float64)
    norm, _, _, first, second_norm, _, second = block.residual
    residual = second(second_norm(first(F.interpolate(norm(maps_NCHW).relu(), scale_factor=2))).relu())
    shortcut = block.shortcut[0](F.interpolate(maps_NCHW, scale_factor=2))
    torch.testing.assert_close(block(maps_NCHW), residual + shortcut)


@pytest.mark.parametrize("halves", [False, True])
def test_a_trunk_block_is_the_papers_with_the_shortcut_convolved_first(halves: bool) -> None:
    block = TrunkBlock(3, 5, halves=halves).double()
    maps_NCHW = torch.randn(2, 3, 4, 4, dtype=torch.float64)
    _, first, _, second = block.residual
    expected = second(first(maps_NCHW.relu()).relu()) + block.shortcut(maps_NCHW)
    torch.testing.assert_close(block(maps_NCHW), F.avg_pool2d(expected, 2) if halves else expected)


def test_the_first_block_sees_pixels_below_zero() -> None:
    block = FirstBlock(1, 3).double()
    images_NCHW = torch.randn(2, 1, 4, 4, dtype=torch.float64)
    first, _, second, _ = block.residual
    expected = F.avg_pool2d(second(first(images_NCHW).relu()) + block.shortcut[1](images_NCHW), 2)
    torch.testing.assert_close(block(images_NCHW), expected)
    assert not torch.equal(block(-images_NCHW), block(-images_NCHW.relu()))


def test_features_are_sums_over_the_last_map() -> None:
    trunk = ResNetTrunk(TrunkSpec((1, 32, 32)), width=3, spectral_norm=False)
    images_NCHW = torch.randn(2, 1, 32, 32).tanh()
    maps_NCHW = trunk.layers(images_NCHW)
    assert maps_NCHW.shape == (2, 3, 8, 8)
    torch.testing.assert_close(trunk(images_NCHW)[1, 2], sum(maps_NCHW[1, 2].flatten()))


def test_an_image_has_the_same_features_in_any_company() -> None:
    trunk = ResNetTrunk(TrunkSpec((1, 32, 32)), width=3).eval()
    images_NCHW = torch.randn(4, 1, 32, 32).tanh()
    torch.testing.assert_close(trunk(images_NCHW, groups=2)[:1], trunk(images_NCHW[:1]))
    assert not [module for module in trunk.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]


@pytest.mark.parametrize("size", [32, 64])
def test_spectral_norm_holds_from_the_first_step_and_can_be_left_out(size: int) -> None:
    trunk = ResNetTrunk(TrunkSpec((3, size, size)), width=4)
    torch.testing.assert_close(largest_singular_values(trunk), torch.ones(len(weights(trunk))), rtol=0.02, atol=0)
    without = ResNetTrunk(TrunkSpec((3, size, size)), width=4, spectral_norm=False)
    assert (largest_singular_values(without) - 1).abs().max() > 0.3
    generator = ResNetGenerator(GeneratorSpec(latent_width=4, image_shape=(3, size, size)), width=4, spectral_norm=True)
    found = largest_singular_values(generator)
    torch.testing.assert_close(found, torch.ones(len(found)), rtol=0.02, atol=0)


def test_initial_weights_are_glorots() -> None:
    trunk = ResNetTrunk(TrunkSpec((3, 32, 32)), width=64, spectral_norm=False)
    for gain, layer in ((2.0**0.5, trunk.layers[1].residual[1]), (1.0, trunk.layers[1].shortcut)):
        values = layer.weight.detach().flatten()
        fan = 64 * layer.weight[0, 0].numel()
        bound = gain * (6 / (fan + fan)) ** 0.5
        assert 0.99 * bound < values.abs().max() <= bound
        assert values.std() == pytest.approx(bound / 3**0.5, rel=0.03)
