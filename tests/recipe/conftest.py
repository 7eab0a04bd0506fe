"""The core's parts and some of a fake plugin's, registered by hand; and recipes written to files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Annotated

import pytest
from pydantic import ConfigDict, Field, PositiveFloat

from ganlab_core import Component
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.plugins.registry import Entry
from ganlab_core.plugins.status import Giver

Write = Callable[..., Path]


@dataclass(frozen=True, kw_only=True)
class Views:
    """A nested argument."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    rotation: float = 20.0
    zoom: tuple[float, float] = (0.9, 1.1)

    def __post_init__(self) -> None:
        if self.rotation > 180:
            raise RuntimeError("dizzy")


def agreement(*, temperature: PositiveFloat = 1.0, views: Views = Views()) -> float:
    """A loss that reads codes back."""
    return temperature


def elastic(*, classes: Annotated[int, Field(ge=2)] = 10, warm_up: int | None = None) -> int:
    """A prior with a companion."""
    return classes


@pytest.fixture(scope="session")
def plugins() -> Plugins:
    """The core, a loss `agreement` that needs a recognition head, and a prior `stretch` with a companion."""
    loaded = load_plugins({"GANLAB_PLUGINS": ""})
    giver = Giver("fake", "fake-parts", "1.2")
    companion = {
        "networks": {"recognition": {"use": "recognition", "hidden": 32}},
        "losses": {"consistency": {"use": "agreement", "weight": 10.0, "temperature": 0.5}},
    }
    stretch = Component(name="stretch", factory=elastic, companion=companion)
    loaded.registries["prior"].add(Entry("prior", stretch, giver))
    needy = Component(name="agreement", factory=agreement, requires=("recognition",), slot="consistency")
    loaded.registries["loss"].add(Entry("loss", needy, giver))
    return loaded


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a recipe; the working folder is its own, so that messages show `NAME:LINE:COLUMN`."""
    monkeypatch.chdir(tmp_path)

    def write_one(text: str | bytes, name: str = "a.yaml") -> Path:
        content = text if isinstance(text, bytes) else dedent(text).lstrip("\n").encode()
        Path(name).write_bytes(content)
        return Path(name)

    return write_one
