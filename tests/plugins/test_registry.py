"""What a registry knows of a component: its arguments from the signature, how they are checked, how it is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import ConfigDict, Field, PositiveInt

from ganlab_core import Component, GanlabError
from ganlab_core.interface.kinds import Role
from ganlab_core.plugins.arguments import Argument
from ganlab_core.plugins.registry import Entry, Registry
from ganlab_core.plugins.status import Giver
from ganlab_core.plugins.type_text import type_text

GIVER = Giver("mine", "fake-mine", "1.2")


@dataclass(frozen=True, kw_only=True)
class View:
    """A nested argument."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    rotation: float = 20.0
    zoom: tuple[float, float] = (0.9, 1.1)


class Part:
    """A part for tests.

    It does nothing.

    Args:
        size: how large,
            in pixels.
        target: hard, or soft.
        view: how to look.

    Raises:
        Nothing: ever.
    """

    def __init__(
        self,
        spec: str,
        *,
        size: PositiveInt,
        target: Literal["hard", "soft"] = "hard",
        view: View = View(),
        folder: Path | None = None,
        schema: bool = False,
    ) -> None:
        self.given = (spec, size, target, view, folder, schema)


def plain(*, rate: float = 0.5) -> float:
    """A function as a factory."""
    return rate


def entry(factory: Any, *, name: str = "part", role: Role | None = None) -> Entry:
    return Entry("network" if role else "loss", Component(name=name, factory=factory, role=role), GIVER)


def test_arguments_are_read_from_the_signature_and_the_docstring() -> None:
    size, target, view, folder, schema = entry(Part).arguments
    assert size == Argument("size", "int > 0", None, "how large, in pixels.")
    assert size.required
    assert target == Argument("target", "hard | soft", "hard", "hard, or soft.")
    assert view.default == '{"rotation": 20.0, "zoom": [0.9, 1.1]}'
    assert (folder.default, schema.default, schema.description) == ("null", "false", "")


def test_the_summary_is_the_first_line_of_the_docstring_unless_given() -> None:
    assert entry(Part).summary == "A part for tests."
    assert Entry("loss", Component(name="x", factory=Part, summary="Mine."), GIVER).summary == "Mine."


def test_a_factory_gets_the_specification_and_converted_arguments() -> None:
    part = entry(Part).build({"size": 3, "view": {"zoom": [1, 2]}, "folder": "data"}, spec="spec")
    assert part.given == ("spec", 3, "hard", View(zoom=(1.0, 2.0)), Path("data"), False)


def test_a_factory_without_a_positional_parameter_gets_no_specification() -> None:
    assert entry(plain).build({"rate": 1}, spec="spec") == 1.0


class Maker:
    """An object that can be called, as a factory."""

    def __call__(self, *, rate: float = 0.5) -> float:
        return rate


def test_an_object_that_can_be_called_is_a_factory_too() -> None:
    assert entry(Maker()).build({"rate": 2}) == 2.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "size\n  Field required"),
        ({"size": "3"}, "valid integer"),
        ({"size": True}, "valid integer"),
        ({"size": 0}, "greater than 0"),
        ({"size": 1, "other": 1}, "Extra inputs"),
        ({"size": 1, "view": {"rotation": float("nan")}}, "not JSON compliant"),
        ({"size": 1, "view": {"rotate": 1}}, "Unexpected keyword"),
    ],
)
def test_building_checks_arguments(arguments: Mapping[str, Any], message: str) -> None:
    with pytest.raises(GanlabError, match=f"loss 'part': (.|\n)*{message}"):
        entry(Part).build(arguments, spec="spec")


@pytest.fixture
def networks() -> Registry:
    registry = Registry("network")
    roles: tuple[Role, ...] = ("generator", "trunk")
    for role in roles:
        registry.add(entry(plain, name="dcgan", role=role))
    registry.add(entry(plain, name="linear", role="discriminator"))
    return registry


def test_networks_are_found_by_role_and_name(networks: Registry) -> None:
    assert networks.get("dcgan", "trunk").component.role == "trunk"
    assert networks.names() == ["dcgan", "linear"]
    assert networks.names("discriminator") == ["linear"]
    assert networks.roles("dcgan") == ["generator", "trunk"]
    assert str(networks.get("dcgan", "trunk")) == "network trunk dcgan"


def test_an_unknown_name_is_an_error_with_near_misses_and_all_names(networks: Registry) -> None:
    with pytest.raises(GanlabError) as error:
        networks.get("dcgam", "trunk")
    assert str(error.value) == ("there is no network 'dcgam' for the role trunk; did you mean 'dcgan'? There is dcgan")


def test_a_network_asked_for_in_a_wrong_role_is_an_error_that_says_its_roles(networks: Registry) -> None:
    with pytest.raises(GanlabError, match=r"role discriminator \('dcgan' is a generator and a trunk\)"):
        networks.get("dcgan", "discriminator")


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (PositiveInt, "int > 0"),
        (Annotated[float, Field(ge=0.0, lt=1.0)], "float >= 0.0 and < 1.0"),
        (float | None, "float | null"),
        (Literal["a", "b"] | tuple[float, ...], "a | b | list of float"),
        (tuple[int, str], "[int, str]"),
        (list[int], "list of int"),
        (dict[str, float], "mapping of float"),
        (View, "mapping of rotation, zoom"),
        (Path, "Path"),
    ],
)
def test_types_are_said_in_words(annotation: Any, text: str) -> None:
    assert type_text(annotation) == text
