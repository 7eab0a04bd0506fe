"""`check_network`: what generators, trunks and heads promise."""

from __future__ import annotations

import copy
import inspect

import torch
from torch import Tensor, nn

from ganlab_core.interface.component import Component
from ganlab_core.interface.specs import DiscriminatorSpec, GeneratorSpec
from ganlab_core.plugins.registry import Entry
from ganlab_core.testing.bad_arguments import check_bad_arguments
from ganlab_core.testing.network_cases import Case, network_cases
from ganlab_core.testing.network_features import check_reading_of_features
from ganlab_core.testing.network_output import check_output, output_tensors
from ganlab_core.testing.saved import move_parameters, restore
from ganlab_core.testing.subject import Subject


def check_network(component: Component | Entry, /, **arguments: object) -> None:
    """Check a network, built with these arguments of a recipe, on 1 and 3 channels where its role sees images.

    Shapes, ranges and types of its role's specification; the same output for the same input in eval mode, also for a
    single row; a gradient in the input and in every parameter that is not frozen; the same outputs to the bit after its
    state went through safetensors; finite values under bf16 autocast; where a trunk's `forward` takes `groups`, a joint
    pass as separate ones, dropout aside; of a discriminator's head that takes `codes`, other logits for other codes;
    where a recognition head has `of_features`, parameters of codes of the prior, the same after its state was saved;
    bad arguments refused. A network without dropout may draw nothing at random but its first parameters.

    Raises:
        AssertionError: names the first promise that it does not keep.
    """
    subject = Subject.of("network", component, arguments)
    for case in network_cases(subject):
        _check_construction(case)
        _check_outputs(case)
        _check_gradients(case)
        _check_state(case)
        _check_half_precision(case)
        if case.subject.entry.component.role == "trunk":
            _check_joint_pass(case)
        if case.subject.entry.component.role == "recognition":
            check_reading_of_features(case)
    check_bad_arguments(subject, case.spec)


def _check_construction(case: Case) -> None:
    with case.subject.during("its construction"):
        one, same = case.network(), case.network()
    alike = all(torch.equal(value, same.state_dict()[name]) for name, value in one.state_dict().items())
    case.subject.require(alike, "its parameters differ though torch's seed is the same")


def _check_outputs(case: Case) -> None:
    """Shapes in both modes, and no randomness of its own."""
    subject, network = case.subject, case.network()
    drops = bool(_dropouts(network))
    with subject.without_global_random("its forward pass", but_torch=drops), subject.during("its forward pass"):
        check_output(subject, case.spec, network, case.output(network), rows=len(case.batch))
    network.eval()
    with subject.without_global_random("its forward pass in eval mode"), subject.during("its pass in eval mode"):
        first, again, single = case.output(network), case.output(network), case.output(network, case.batch[:1])
    check_output(subject, case.spec, network, single, rows=1)
    subject.require(_equal(first, again), "gives two outputs for one input in eval mode")
    if isinstance(case.spec, DiscriminatorSpec) and "codes" in inspect.signature(network.forward).parameters:
        move_parameters(network, seed=1)
        plain, turned = case.output(network), case.output(network, turned=1)
        subject.require(not _equal(plain, turned), "takes codes, but gives the same logits whatever they are")


def _check_gradients(case: Case) -> None:
    subject, network = case.subject, case.network()
    move_parameters(network, seed=1)
    batch = case.batch.clone().requires_grad_()
    with subject.during("a backward pass"):
        _weighted_sum(case.output(network, batch)).backward()
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            subject.require(_reached(parameter), f"no gradient reaches its parameter {name!r}, which would never learn")
    subject.require(_reached(batch), "no gradient reaches its input, so nothing before it would learn")
    if isinstance(case.spec, GeneratorSpec):
        assert batch.grad is not None
        used = batch.grad.abs().amax(dim=0) > 0
        subject.require(bool(used.all()), f"column {int(used.int().argmin())} of the latent vector changes nothing")


def _check_state(case: Case) -> None:
    """What training changed is in the state, and a deep copy, as the moving average is, is a whole one."""
    subject, trained, fresh = case.subject, case.network(), case.network(seed=1)
    move_parameters(trained, seed=2)
    case.output(trained)
    with subject.during("saving its state and loading it into a new one"):
        restore(fresh, trained)
    with subject.during("a deep copy"):
        copied = copy.deepcopy(trained)
    expected = case.output(trained.eval())
    subject.require(
        _equal(expected, case.output(fresh.eval())), "its outputs differ after its state was saved and loaded"
    )
    subject.require(_equal(expected, case.output(copied.eval())), "its outputs differ from those of a deep copy")


def _check_half_precision(case: Case) -> None:
    """What feeds a head, and generated images for a trunk, are bf16 there."""
    subject, network = case.subject, case.network()
    batch = case.batch if isinstance(case.spec, GeneratorSpec) else case.batch.bfloat16()
    with subject.during("a pass under bf16 autocast"):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            total = _weighted_sum(case.output(network, batch))
        if total.requires_grad:  # not so where all is frozen
            total.backward()
    values = [total, *(parameter.grad for parameter in network.parameters() if parameter.grad is not None)]
    subject.require(all(bool(value.isfinite().all()) for value in values), "is not finite under bf16 autocast")


def _check_joint_pass(case: Case) -> None:
    joint, separate = case.network(), case.network()
    if "groups" not in inspect.signature(joint.forward).parameters:
        return
    for dropout in (*_dropouts(joint), *_dropouts(separate)):
        dropout.eval()  # it would drop other values in each pass
    first, second = case.batch, 0.3 * case.batch.flip(0)
    with case.subject.during("a joint pass"):
        together = joint(torch.cat([first, second]), groups=2)
    apart = torch.cat([separate(first), separate(second)])
    alike = together.shape == apart.shape and torch.allclose(together, apart, rtol=1e-3, atol=1e-5)
    case.subject.require(alike, "a joint pass of two groups differs from two passes: keep their statistics apart")


def _dropouts(network: nn.Module) -> list[nn.Module]:
    return [module for module in network.modules() if isinstance(module, nn.modules.dropout._DropoutNd)]


def _weighted_sum(output: object) -> Tensor:
    """A scalar whose gradient is another in each value of the output."""
    random = torch.Generator().manual_seed(3)
    parts = [part.float() for part in output_tensors(output)]
    return torch.stack([(part * torch.rand(part.shape, generator=random)).sum() for part in parts]).sum()


def _equal(one: object, other: object) -> bool:
    pairs = zip(output_tensors(one), output_tensors(other), strict=True)
    return all(torch.equal(left, right) for left, right in pairs)


def _reached(tensor: Tensor) -> bool:
    return tensor.grad is not None and bool(tensor.grad.isfinite().all()) and bool(tensor.grad.any())
