"""The core's own parts, given through the hooks that every plugin uses; torch is imported when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ganlab_core.interface.component import Component
from ganlab_core.interface.hookspecs import hookimpl

_PER_IMAGE: dict[str, Any] = {"networks": {"trunk": {"norm": "layer"}}}
_SPECTRAL: dict[str, Any] = {"networks": {"trunk": {"spectral_norm": True}, "discriminator": {"spectral_norm": True}}}
_WASSERSTEIN: dict[str, Any] = {
    **_PER_IMAGE,
    "losses": {"gradient_penalty": {"use": "gradient-penalty"}},
    "n_critic": 3,
    "players": {"discriminator": {"betas": [0.0, 0.9]}, "generator": {"betas": [0.0, 0.9]}},
}


@hookimpl
def ganlab_networks() -> Iterable[Component]:
    """The stock networks."""
    from ganlab_core.stock.networks.dcgan import DCGANGenerator, DCGANTrunk
    from ganlab_core.stock.networks.heads import LinearHead, RecognitionHead
    from ganlab_core.stock.networks.infogan import InfoGANGenerator, InfoGANTrunk
    from ganlab_core.stock.networks.projection import ProjectionHead
    from ganlab_core.stock.networks.residual import ResidualTrunk

    yield Component(name="dcgan", role="generator", factory=DCGANGenerator)
    yield Component(name="dcgan", role="trunk", factory=DCGANTrunk)
    yield Component(name="infogan", role="generator", factory=InfoGANGenerator)
    yield Component(name="infogan", role="trunk", factory=InfoGANTrunk)
    yield Component(name="residual", role="trunk", factory=ResidualTrunk)
    yield Component(name="linear", role="discriminator", factory=LinearHead)
    yield Component(name="projection", role="discriminator", factory=ProjectionHead, requires=("recognition",))
    yield Component(name="recognition", role="recognition", factory=RecognitionHead)


@hookimpl
def ganlab_priors() -> Iterable[Component]:
    """The stock prior factors."""
    from ganlab_core.stock.priors.categorical import Categorical
    from ganlab_core.stock.priors.normal import Normal
    from ganlab_core.stock.priors.uniform import Uniform

    yield Component(name="normal", factory=Normal, slot="noise")
    yield Component(name="uniform", factory=Uniform)
    yield Component(name="categorical", factory=Categorical)


@hookimpl
def ganlab_losses() -> Iterable[Component]:
    """The stock adversarial losses and gradient penalties."""
    from ganlab_core.stock.losses.gradient_penalty import GradientPenalty
    from ganlab_core.stock.losses.hinge import Hinge
    from ganlab_core.stock.losses.least_squares import LeastSquares
    from ganlab_core.stock.losses.nonsaturating import NonSaturating
    from ganlab_core.stock.losses.r1 import R1
    from ganlab_core.stock.losses.r2 import R2
    from ganlab_core.stock.losses.wasserstein import Wasserstein

    yield Component(name="nonsaturating", factory=NonSaturating, slot="adversarial")
    yield Component(name="least-squares", factory=LeastSquares, slot="adversarial")
    yield Component(name="hinge", factory=Hinge, slot="adversarial", companion=_SPECTRAL)
    yield Component(name="wasserstein", factory=Wasserstein, slot="adversarial", companion=_WASSERSTEIN)
    yield Component(name="r1", factory=R1, companion=_PER_IMAGE)
    yield Component(name="r2", factory=R2, companion=_PER_IMAGE)
    yield Component(name="gradient-penalty", factory=GradientPenalty, companion=_PER_IMAGE)


@hookimpl
def ganlab_datasets() -> Iterable[Component]:
    """The stock data sets."""
    from ganlab_core.stock.datasets.digits import digits
    from ganlab_core.stock.datasets.identity_folder import identity_folder
    from ganlab_core.stock.datasets.image_folder import image_folder
    from ganlab_core.stock.datasets.torchvision_sets import cifar10, fashion_mnist, kmnist, mnist

    yield Component(name="digits", factory=digits, image_shape=_square(channels=1))
    yield Component(name="mnist", factory=mnist, image_shape=_square(channels=1, size=28))
    yield Component(name="fashion-mnist", factory=fashion_mnist, image_shape=_square(channels=1, size=28))
    yield Component(name="kmnist", factory=kmnist, image_shape=_square(channels=1, size=28))
    yield Component(name="cifar10", factory=cifar10, image_shape=_square(channels=3, size=32))
    yield Component(name="image-folder", factory=image_folder, image_shape=_square())
    yield Component(name="identity-folder", factory=identity_folder, image_shape=_square())


def _square(**own: int) -> Callable[..., tuple[int, int, int]]:
    """The shape of images by a recipe's `size` and `channels`; where these are None or missing, the data set's own."""

    def shape(**arguments: Any) -> tuple[int, int, int]:
        said = own | {name: value for name, value in arguments.items() if value is not None}
        return (said["channels"], said["size"], said["size"])

    return shape


@hookimpl
def ganlab_metrics() -> Iterable[Component]:
    """What needs no labels and no code."""
    from ganlab_core.stock.metrics.diversity import Diversity

    yield Component(name="diversity", factory=Diversity)
