"""Every part of the core and of the elastic plugin keeps what the checks ask of any part."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ganlab_core.plugins import load_plugins
from ganlab_core.plugins.registry import Entry
from ganlab_core.testing import check_dataset, check_loss, check_metric, check_network, check_prior
from tests.examples.small_folders import WRITERS

PLUGINS = load_plugins({"GANLAB_PLUGINS": "elastic", "GANLAB_STRICT_PLUGINS": "1"})
Arguments = dict[str, Any]

NETWORKS: dict[str, list[Arguments]] = {
    "dcgan": [{"width": 4}],
    "residual": [{"width": 4}],
    "infogan": [{"width": 4}],
    "over-clustering": [{"hidden": 8, "subcodes": 6, "heads": 2}],
    "taught": [{"hidden": 8}],
    "trunk dcgan": [{"width": 4, "norm": "layer"}, {"width": 4, "norm": "none", "spectral_norm": True}],
    "discriminator linear": [{"spectral_norm": True}],
}
"""Narrow ones; under `ROLE NAME` what is checked besides."""

PRIORS: dict[str, list[Arguments]] = {
    "uniform": [{"dim": 2}, {"variance": "fixed", "low": 0.0}],
    "categorical": [{}, {"classes": 3, "probabilities": "true"}, {"classes": 2, "probabilities": [0.25, 0.75]}],
    "elastic": [{}, {"classes": 3, "straight_through": True, "temperature": 1.0}],
}

ELASTIC_CODE: Arguments = {"prior": {"code": {"use": "elastic", "classes": 3}}}
CLUSTERS: Arguments = {
    "networks": {"recognition": {"use": "over-clustering", "hidden": 8, "subcodes": 6, "heads": 2}},
    **ELASTIC_CODE,
}
TAUGHT: Arguments = {"networks": {"recognition": {"use": "taught", "hidden": 8}}, **ELASTIC_CODE}
LOSSES: dict[str, list[tuple[Arguments, Arguments]]] = {
    "mutual-information": [({}, {})] + [({"trains": reach}, {}) for reach in ("generator", "head", "trunk")],
    "consistency": [({}, {}), ({"form": "js", "entropy": 1.0}, {})],
    "prior-matching": [({}, ELASTIC_CODE), ({"over": "data", "every": 2}, ELASTIC_CODE)],
    "discovery": [({"merge_at": 1, "batch_size": 8}, CLUSTERS)],
    "taught": [({"batch_size": 8}, TAUGHT), ({"counted": True, "contrast": 0.5}, TAUGHT)],
    "linkage": [({"find_at": 1, "batch_size": 8}, CLUSTERS)],
    "augmented": [({}, {}), ({"loss": "hinge"}, {})],
}
"""Arguments, and the lines that a recipe needs beside the loss."""

FOLDERS: dict[str, Callable[[Path], Arguments]] = {
    "mnist": lambda folder: written("mnist", folder),
    "fashion-mnist": lambda folder: written("mnist", folder),
    "kmnist": lambda folder: written("mnist", folder),
    "image-folder": lambda folder: written("image-folder", folder) | {"size": 8},
    "identity-folder": lambda folder: written("identity-folder", folder) | {"size": 8, "people": 2},
}


def written(data_set: str, folder: Path) -> Arguments:
    """The root argument of a folder that was just filled."""
    WRITERS[data_set](folder)
    return {"root": str(folder)}


def entries(kind: str) -> list[Entry]:
    registry = PLUGINS.registries[kind]
    return list(registry)


def cases(kind: str, table: dict[str, Any], default: Any) -> list[Any]:
    """A case for each part, more where the table says so."""
    found = []
    for entry in entries(kind):
        role = entry.component.role
        several = [*table.get(entry.name, [default]), *(table.get(f"{role} {entry.name}", ()) if role else ())]
        found += [pytest.param(entry, one, id=f"{entry}-{number}") for number, one in enumerate(several)]
    return found


@pytest.mark.parametrize(("entry", "arguments"), cases("network", NETWORKS, {}))
def test_a_network_keeps_its_promises(entry: Entry, arguments: Arguments) -> None:
    assert entry.component.role
    check_network(entry, **arguments)


@pytest.mark.parametrize(("entry", "arguments"), cases("prior", PRIORS, {}))
def test_a_prior_keeps_its_promises(entry: Entry, arguments: Arguments) -> None:
    assert entry.component.role is None
    check_prior(entry, **arguments)


@pytest.mark.parametrize(("entry", "case"), cases("loss", LOSSES, ({}, {})))
def test_a_loss_keeps_its_promises(entry: Entry, case: tuple[Arguments, Arguments]) -> None:
    arguments, recipe = case
    assert entry.component.role is None
    check_loss(entry, recipe, PLUGINS, **arguments)


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Arguments]:
    """Arguments of a data set that needs a folder: one that holds a few images."""
    return cache(lambda name: FOLDERS[name](tmp_path_factory.mktemp(name)))


@pytest.mark.parametrize("entry", [entry for entry in entries("dataset") if entry.name != "cifar10"], ids=str)
def test_a_data_set_keeps_its_promises(entry: Entry, folder_of: Callable[[str], Arguments]) -> None:
    arguments = folder_of(entry.name) if entry.name in FOLDERS else {}
    assert ("root" in arguments) == any(argument.name == "root" for argument in entry.arguments)
    check_dataset(entry, **arguments)


def test_cifar10_keeps_its_promises(cifar_root: Path) -> None:
    entry = PLUGINS.registries["dataset"].get("cifar10")
    assert entry.takes_specification is False
    check_dataset(entry, root=str(cifar_root))


@pytest.mark.parametrize("entry", entries("metric"), ids=str)
def test_a_metric_keeps_its_promises(entry: Entry) -> None:
    assert entry.component.role is None
    check_metric(entry, None, PLUGINS)
