"""The pytest fixtures of plugins' tests: `load_plugin` and `ganlab`, and two that every test has.

`pytest_plugins = ["ganlab_core.testing.fixtures"]` in the `conftest.py` at the root of the tests takes all of them;
`from ganlab_core.testing.fixtures import load_plugin` takes one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

import pytest
import torch

from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.plugins.discovery import GROUP
from ganlab_core.plugins.verbs import given_verbs
from ganlab_core.verbs.main import main


@dataclass(frozen=True)
class Outcome:
    """What a call of `ganlab` left behind: its exit code, what it printed and what it logged."""

    code: int
    out: str
    err: str
    log: str


Ganlab: TypeAlias = Callable[..., Outcome]
LoadPlugin: TypeAlias = Callable[[str | ModuleType], Plugins]


@pytest.fixture
def ganlab(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> Ganlab:
    """`ganlab("train", "mine.yaml", "--steps", 2)`: the command line in this process, in the test's empty folder.

    Every installed plugin is there; `monkeypatch.setenv("GANLAB_PLUGINS", "mine")` leaves one.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: object) -> Outcome:
        monkeypatch.setattr("sys.argv", ["ganlab", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err, caplog.text)

    return call


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Tiny tensors are slower on many threads, and tests may run side by side."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Judges are trained once a session, and never read from the user's cache."""
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="session")
def load_plugin() -> LoadPlugin:
    """`load_plugin("mine")`, or of the plugin's module: the core and that plugin alone, all its hooks called.

    Raises:
        GanlabError: it is not installed, or not healthy; the text says why.
    """
    return _load_plugin


def _load_plugin(plugin: str | ModuleType) -> Plugins:
    if isinstance(plugin, str):
        plugins = load_plugins({"GANLAB_PLUGINS": plugin, "GANLAB_STRICT_PLUGINS": "1"})
    else:
        plugins = Plugins(strict=True)
        plugins.admit(_entry_point(plugin))
    _ = plugins.registries
    for verb in given_verbs(plugins).values():
        if not verb.giver.is_core:
            verb.load()
    return plugins


def _entry_point(module: ModuleType) -> EntryPoint:
    """The module's own entry point if it is installed, or one named after its package."""
    for point in entry_points(group=GROUP):
        if point.value == module.__name__:
            return point
    name = module.__name__.partition(".")[0].replace("_", "-").lower()
    return EntryPoint(name, module.__name__, GROUP)
