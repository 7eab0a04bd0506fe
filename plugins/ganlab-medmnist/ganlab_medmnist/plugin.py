"""The entry point: one data set for all of MedMNIST's flat, single-label collections."""

from __future__ import annotations

from collections.abc import Iterable

from ganlab_core import Component, hookimpl

ganlab_api = "1"


@hookimpl
def ganlab_datasets() -> Iterable[Component]:
    """`medmnist`, which takes the collection's name."""
    from ganlab_medmnist.dataset import medmnist

    yield Component(name="medmnist", factory=medmnist)
