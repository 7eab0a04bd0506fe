"""The entry point: a prior and a loss, either of which brings the whole method. torch is imported when it is needed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ganlab_core import Component, hookimpl

ganlab_api = "1"

_METHOD = Path(__file__).parent / "recipes" / "parts" / "method.yaml"


@hookimpl
def ganlab_priors() -> Iterable[Component]:
    """The noise that is read back."""
    from ganlab_clustergan.noise import EncodedNoise

    yield Component(name="clustergan", slot="noise", factory=EncodedNoise, companion=_METHOD)


@hookimpl
def ganlab_losses() -> Iterable[Component]:
    """What makes a cluster of each category."""
    from ganlab_clustergan.cycle import cycle

    yield Component(name="cycle", factory=cycle, requires=("recognition",), companion=_METHOD)
