"""`held` puts back what was, and the recognition head reads the trunk that it should."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from ganlab_core.interface.latent import Recognition
from ganlab_core.interface.networks import Networks, held


class Reads(nn.Module):
    """A recognition head that says what it read."""

    def forward(self, features_ND: Tensor) -> Recognition:
        return Recognition({"code": features_ND}, features_ND)


def mixed() -> nn.Sequential:
    """Three layers in training mode but for the second, which learns nothing but its bias."""
    network = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Linear(3, 2))
    network[1].eval()
    network[1].weight.requires_grad_(False)
    return network


def modes(network: nn.Module) -> list[bool]:
    return [part.training for part in network.modules()]


def learning(network: nn.Module) -> dict[str, bool]:
    return {name: parameter.requires_grad for name, parameter in network.named_parameters()}


def test_a_held_network_is_in_eval_mode_learns_nothing_and_is_then_as_before() -> None:
    network = mixed()
    before = modes(network), learning(network)
    assert before[0] == [True, True, False, True]
    with held(network):
        assert modes(network) == [False] * 4
        assert not any(learning(network).values())
    assert (modes(network), learning(network)) == before


def test_a_network_held_twice_is_let_go_by_the_outer_one() -> None:
    network = mixed()
    before = modes(network), learning(network)
    with held(network):
        with held(network):
            pass
        assert modes(network) == [False] * 4
        assert not any(learning(network).values())
    assert (modes(network), learning(network)) == before


def test_a_part_held_within_the_whole_is_not_let_go_early() -> None:
    network = mixed()
    before = modes(network), learning(network)
    with held(network):
        with held(network[0]):
            pass
        assert not any(learning(network).values())
    assert (modes(network), learning(network)) == before


def test_a_held_network_is_let_go_after_an_exception() -> None:
    network = mixed()
    before = modes(network), learning(network)
    with pytest.raises(ZeroDivisionError), held(network):
        raise ZeroDivisionError
    assert (modes(network), learning(network)) == before


def test_a_held_network_passes_gradients_on_and_keeps_none_and_its_statistics_stay() -> None:
    network = mixed().train()
    norm = network[1]
    assert isinstance(norm, nn.BatchNorm1d)
    statistics = {name: buffer.clone() for name, buffer in norm.named_buffers()}
    batch_ND = torch.rand(4, 3, requires_grad=True)
    with held(network):
        out = network(batch_ND).sum()
    torch.autograd.backward(out)  # after it was let go
    assert batch_ND.grad is not None
    assert all(parameter.grad is None for parameter in network.parameters())
    assert all(torch.equal(buffer, statistics[name]) for name, buffer in norm.named_buffers())


def test_what_a_network_made_before_it_was_held_still_trains_it() -> None:
    network = nn.Linear(3, 2)
    out = network(torch.ones(4, 3)).sum()
    with held(network):
        pass
    torch.autograd.backward(out)
    assert all(parameter.grad is not None for parameter in network.parameters())


@pytest.mark.parametrize("own", [False, True])
def test_recognition_reads_its_own_trunk_or_else_the_shared_one(own: bool) -> None:
    trunk, own_trunk = nn.Linear(3, 2), nn.Linear(3, 2)
    networks = Networks(
        generator=nn.Identity(),
        trunk=trunk,
        discriminator=nn.Identity(),
        recognition=Reads(),
        recognition_trunk=own_trunk if own else None,
    )
    batches = [torch.rand(4, 3), torch.rand(2, 3), torch.rand(2, 3)]
    read = [recognition.embedding_ND for recognition in networks.recognise(batches)]
    torch.testing.assert_close(read, [(own_trunk if own else trunk)(batch) for batch in batches])
    torch.testing.assert_close(networks.features(batches), [trunk(batch) for batch in batches])
