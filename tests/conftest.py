"""What tests of several packages share: the fixtures of plugins' tests, and a tiny recipe."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch

from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.recipe.load import load_recipe
from ganlab_core.runs.folder import RunFolder
from ganlab_core.training.session import Session, Surroundings, build_session
from tests.tiny import TINY

REPOSITORY = Path(__file__).parent.parent

pytest_plugins = ["ganlab_core.testing.fixtures"]


BuildSession = Callable[..., Session]


def pytest_configure() -> None:
    """Heed signals that a shell lets a process in the background ignore, since children inherit it.

    ganlab leaves such signals ignored, so that tests which send them would wait for ever.
    """
    for name in ("SIGINT", "SIGHUP"):
        if signal.getsignal(number := getattr(signal, name, signal.SIGINT)) is signal.SIG_IGN:
            with suppress(ValueError):  # not the main thread
                signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)


@pytest.fixture(scope="session")
def core_plugins() -> Plugins:
    """The core's parts alone."""
    return load_plugins({"GANLAB_PLUGINS": ""})


@pytest.fixture(name="build_session")
def _build_session(tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path) -> BuildSession:
    """A session of the tiny recipe with some `--set` overrides, in a folder that is not made yet."""

    def build(*overrides: str) -> Session:
        recipe = load_recipe(tiny, overrides=overrides, plugins=core_plugins)
        around = Surroundings(plugins=core_plugins, device=torch.device("cpu"))
        return build_session(RunFolder(tmp_path / "run"), recipe, around)

    return build


@pytest.fixture
def tiny() -> dict[str, Any]:
    """A recipe of core parts alone that trains in a blink: 16-pixel digits, width 4, batch 8, four steps."""
    return deepcopy(TINY)
