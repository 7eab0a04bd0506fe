"""`check_features`: what a frozen feature network promises."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ganlab_core.interface.component import Component
from ganlab_core.interface.features import FeatureNetwork
from ganlab_core.plugins.registry import Entry
from ganlab_core.testing.bad_arguments import check_bad_arguments
from ganlab_core.testing.subject import Subject

_ATTRIBUTES = (("size", int), ("width", int), ("identity", str))
_CALL = "its answer to three images"


def check_features(component: Component | Entry, /, **arguments: object) -> None:
    """Check a feature network, built with these arguments of a recipe.

    It says its `size`, `width` and, on one line, its `identity`; gives `(N, width)` finite float32 numbers without a
    gradient, which are the same in any batch, when asked again and when built again; leaves images as they were; can be
    moved; uses no global randomness but for weights; refuses bad arguments.

    Raises:
        AssertionError: names the first promise that it does not keep.
    """
    subject = Subject.of("features", component, arguments)
    network, again = _built(subject), _built(subject)
    images_NCHW = torch.randint(0, 256, (3, 3, network.size, network.size), generator=torch.Generator().manual_seed(0))
    images_NCHW = images_NCHW.to(torch.uint8)
    features_ND = _asked(subject, network, images_NCHW)
    alone_ND = torch.cat([_asked(subject, network, image_CHW[None]) for image_CHW in images_NCHW])
    for what, other_ND in (
        ("in a batch of its own", alone_ND),
        ("when it is asked again", _asked(subject, network, images_NCHW)),
        ("when it is built again", _asked(subject, again, images_NCHW)),
    ):
        subject.require(
            torch.allclose(features_ND, other_ND, atol=1e-4, rtol=1e-3), f"an image gets other numbers {what}"
        )
    subject.require(network.identity == again.identity, "two builds have two identities: keep what changes out of it")
    check_bad_arguments(subject)


def _built(subject: Subject) -> FeatureNetwork:
    """The network as the core builds it: its weights may be drawn before they are read."""
    what = "its construction"
    with torch.random.fork_rng(devices=[]), subject.during(what), subject.without_global_random(what, but_torch=True):
        network: Any = subject.entry.build(subject.arguments)
    for name, kind in _ATTRIBUTES:
        found = getattr(network, name, None)
        subject.require(isinstance(found, kind), f"its {name} is {found!r}, not of type {kind.__name__}")
    subject.require(network.identity.isprintable(), f"its identity {network.identity!r} is not one printable line")
    with subject.during("a move to the CPU"):
        moved: FeatureNetwork = network.to(torch.device("cpu"))
    subject.require(callable(moved), "its `to(device)` does not return the network")
    return moved


def _asked(subject: Subject, network: FeatureNetwork, images_NCHW: Tensor) -> Tensor:
    given_NCHW = images_NCHW.clone()
    with subject.during(_CALL), subject.without_global_random(_CALL):
        features_ND = network(given_NCHW)
    wanted = (len(images_NCHW), network.width)
    subject.require(
        isinstance(features_ND, Tensor) and features_ND.shape == wanted,
        f"gives {tuple(getattr(features_ND, 'shape', ()))} for {len(images_NCHW)} images, not {wanted}",
    )
    subject.require(features_ND.dtype == torch.float32, f"gives {features_ND.dtype}, not torch.float32")
    subject.require(not features_ND.requires_grad, "its numbers have a gradient: call it under torch.no_grad()")
    subject.require(bool(torch.isfinite(features_ND).all()), "its numbers are not finite")
    subject.require(torch.equal(given_NCHW, images_NCHW), "it changes the images that it is given")
    return features_ND
