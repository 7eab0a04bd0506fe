"""A joint pass through `GroupedBatchNorm` is the passes of its parts, one after the other."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from ganlab_core.interface.errors import GanlabError
from ganlab_core.stock.networks.batch_norm import GroupedBatchNorm, GroupedSequential, batch_statistics

SHAPES = [(12, 5), (12, 5, 3, 4)]


def _pair(shape: tuple[int, ...]) -> tuple[GroupedBatchNorm, nn.Module]:
    """The grouped norm and torch's own, with the same random weights."""
    grouped = GroupedBatchNorm(shape[1])
    torch_norm = nn.BatchNorm1d(shape[1]) if len(shape) == 2 else nn.BatchNorm2d(shape[1])
    weights = torch.rand(2, shape[1], generator=torch.Generator().manual_seed(0))
    for norm in (grouped, torch_norm):
        norm.weight.data.copy_(weights[0])
        norm.bias.data.copy_(weights[1])
    return grouped, torch_norm


def _batch(shape: tuple[int, ...]) -> Tensor:
    """A batch whose parts have different means, so that mixing them up shows."""
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    return noise + torch.arange(float(shape[0])).view(-1, *[1] * (len(shape) - 1))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("groups", [1, 2, 3])
def test_output_and_running_statistics_are_bit_for_bit_those_of_separate_passes(
    shape: tuple[int, ...], groups: int
) -> None:
    grouped, torch_norm = _pair(shape)
    batch = _batch(shape)
    joint = grouped(batch, groups)
    separate = torch.cat([torch_norm(part) for part in batch.chunk(groups)])
    assert torch.equal(joint, separate)
    assert torch.equal(grouped.running_mean, torch_norm.get_buffer("running_mean"))
    assert torch.equal(grouped.running_variance, torch_norm.get_buffer("running_var"))


@pytest.mark.parametrize("shape", SHAPES)
def test_gradients_are_those_of_separate_passes(shape: tuple[int, ...]) -> None:
    grouped, torch_norm = _pair(shape)
    joint_input, separate_input = _batch(shape).requires_grad_(), _batch(shape).requires_grad_()
    cotangent = torch.randn(shape, generator=torch.Generator().manual_seed(2))
    joint = grouped(joint_input, 3)
    separate = torch.cat([torch_norm(part) for part in separate_input.chunk(3)])
    found = torch.autograd.grad(joint, (joint_input, *grouped.parameters()), cotangent)
    expected = torch.autograd.grad(separate, (separate_input, *torch_norm.parameters()), cotangent)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)


def test_eval_mode_normalises_by_running_statistics_and_leaves_them() -> None:
    norm = GroupedBatchNorm(5)
    batch = _batch((12, 5))
    norm(batch, 2)
    mean, variance = norm.running_mean.clone(), norm.running_variance.clone()
    norm.eval()
    expected = (batch - mean) / torch.sqrt(variance + 1e-5)
    torch.testing.assert_close(norm(batch, 2), expected)
    assert torch.equal(norm.running_mean, mean)
    assert torch.equal(norm.running_variance, variance)


def test_a_batch_that_does_not_divide_is_refused() -> None:
    with pytest.raises(GanlabError, match="a batch of 7 does not divide into 2 groups"):
        GroupedBatchNorm(5)(torch.zeros(7, 5), 2)


def test_bf16_autocast_keeps_the_parts_apart() -> None:
    layers = GroupedSequential(nn.Linear(5, 5), GroupedBatchNorm(5))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = layers(_batch((12, 5)), 2)
    assert output.chunk(2)[0].float().mean().abs() < 0.05


def test_batch_statistics_names_each_layer_that_mixes_samples_and_none_in_eval_mode() -> None:
    network = nn.Sequential(nn.BatchNorm2d(3), nn.GroupNorm(1, 3), nn.InstanceNorm2d(3), GroupedBatchNorm(3))
    assert list(batch_statistics(network)) == ["0", "3"]
    assert not batch_statistics(network.eval())
