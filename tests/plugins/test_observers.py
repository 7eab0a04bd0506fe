"""What watches one run: observers made for it, of the core, of plugins and of the caller."""

from __future__ import annotations

import logging
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ganlab_core import GanlabError, Recipe, hookimpl, load_recipe, train
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.plugins.observers import Observers, observing
from tests.plugins.conftest import Install
from tests.runs.events import started

WATCHES = """
made = []

class Watch:
    def __init__(self, run):
        self.run, self.seen, self.closed = run, [], False
        made.append(self)

    @hookimpl
    def ganlab_step_finished(self, event):
        self.seen.append(event)
        {then}

    def close(self):
        self.closed = True

@hookimpl
def ganlab_observers(run):
    yield Watch(run)
"""


class Observer:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.closed = False

    @hookimpl
    def ganlab_step_finished(self, event: Any) -> None:
        self.seen.append(event)
        if event == "boom":
            raise OSError("disk full")

    def close(self) -> None:
        self.closed = True


def load(*names: str) -> Plugins:
    return load_plugins({"GANLAB_PLUGINS": ",".join(names)})


def watches(name: str) -> list[Any]:
    found: list[Any] = sys.modules[f"fake_{name}.plugin"].made
    return found


def quiet(plugins: Plugins, tmp_path: Path, *more: object) -> AbstractContextManager[Observers]:
    """Observers of a run whose core has opened nothing."""
    return observing(plugins, started(tmp_path), more=more)


@pytest.fixture
def without_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """The core's own observers would want to be told of a run's start first."""
    monkeypatch.setattr("ganlab_core.plugins.core._MODULES", ("ganlab_core.stock.plugin", "ganlab_core.verbs.plugin"))


@pytest.mark.usefixtures("without_core")
def test_each_run_has_observers_of_its_own_that_are_closed_at_its_end(install: Install, tmp_path: Path) -> None:
    install("good", WATCHES.format(then=""))
    plugins = load("good")
    for event in ("first", "second"):
        with quiet(plugins, tmp_path) as observers:
            observers.tell("ganlab_step_finished", event)
    assert [watch.seen for watch in watches("good")] == [["first"], ["second"]]
    assert all(watch.closed for watch in watches("good"))
    assert watches("good")[0].run.folder == tmp_path


@pytest.mark.usefixtures("without_core")
def test_a_plugin_whose_observer_raises_is_reported_once_and_called_no_more(
    install: Install, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    install("bad", WATCHES.format(then="raise RuntimeError('disk')"))
    install("good", WATCHES.format(then=""))
    with quiet(load("bad", "good"), tmp_path) as observers:
        for number in (1, 2):
            observers.tell("ganlab_step_finished", number)
    assert [watches(name)[0].seen for name in ("bad", "good")] == [[1], [1, 2]]
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert warnings == ["plugin 'bad' (fake-bad 1.2) is left out: hook 'ganlab_step_finished': RuntimeError: disk"]


@pytest.mark.usefixtures("without_core")
def test_what_the_caller_s_observer_raises_ends_the_run_and_all_are_closed(tmp_path: Path) -> None:
    first, second = Observer(), Observer()
    with (
        pytest.raises(OSError, match="disk full"),
        quiet(load(), tmp_path, first, second) as observers,
    ):
        observers.tell("ganlab_step_finished", "boom")
    assert (first.seen, second.seen) == (["boom"], [])
    assert first.closed
    assert second.closed


class GivesLosses:
    """No observer: its hook gives parts."""

    @hookimpl
    def ganlab_losses(self) -> list[Any]:
        return []


@pytest.mark.parametrize(
    ("observer", "reason"),
    [(object(), "observer 'object': it implements no hook"), (GivesLosses(), "it implements no lifecycle hook")],
)
def test_an_observer_without_a_lifecycle_hook_is_refused(tmp_path: Path, observer: object, reason: str) -> None:
    with pytest.raises(GanlabError, match=reason), quiet(load(), tmp_path, observer):
        pass


@dataclass
class Counting:
    """An observer that compares equal to others, and has no hash."""

    seen: list[Any] = field(default_factory=list)

    @hookimpl
    def ganlab_step_finished(self, event: Any) -> None:
        self.seen.append(event)


@pytest.mark.usefixtures("without_core")
def test_observers_may_be_equal_without_a_hash_or_given_twice(tmp_path: Path) -> None:
    first, second = Counting(), Counting()
    with quiet(load(), tmp_path, first, second, second) as observers:
        observers.tell("ganlab_step_finished", 1)
    assert (first.seen, second.seen) == ([1], [1, 1])


def test_what_the_core_s_observers_raise_is_not_taken_for_a_plugin_s_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ganlab_core.training.observers.tensorboard", None)
    plugins = load()
    with pytest.raises(ImportError), quiet(plugins, tmp_path):
        pass
    assert plugins.statuses[0].healthy


class NeverClosed(Observer):
    """An observer whose end fails."""

    def close(self) -> None:
        super().close()
        raise OSError("disk full")


@pytest.mark.usefixtures("without_core")
def test_all_are_closed_and_a_failure_at_that_does_not_hide_what_ended_the_run(tmp_path: Path) -> None:
    last = Observer()
    with pytest.raises(KeyError), quiet(load(), tmp_path, NeverClosed(), last):
        raise KeyError
    assert last.closed
    with pytest.raises(OSError, match="disk full"), quiet(load(), tmp_path, NeverClosed(), last := Observer()):
        pass
    assert last.closed


@pytest.mark.usefixtures("without_core")
def test_a_strict_plugin_s_failing_end_does_not_hide_what_ended_the_run(install: Install, tmp_path: Path) -> None:
    install("bad", WATCHES.format(then="").replace("self.closed = True", "raise OSError('disk full')"))
    plugins = load_plugins({"GANLAB_PLUGINS": "bad", "GANLAB_STRICT_PLUGINS": "1"})
    with pytest.raises(KeyError), quiet(plugins, tmp_path):
        raise KeyError


@pytest.mark.usefixtures("without_core")
@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("@hookimpl\ndef ganlab_observers(run): yield 3", "observer 'int': it implements no hook"),
        ("@hookimpl\ndef ganlab_observers(run): return 3", "returned 3, not the observers that it gives; use yield"),
        ("@hookimpl\ndef ganlab_observers(run): raise KeyError('x')", "hook 'ganlab_observers': KeyError: 'x'"),
    ],
)
def test_a_plugin_whose_observers_are_not_sound_is_left_out(
    install: Install, tmp_path: Path, source: str, reason: str
) -> None:
    install("bad", source)
    plugins = load("bad")
    with quiet(plugins, tmp_path) as observers:
        observers.tell("ganlab_step_finished", 1)
    assert reason in plugins.statuses[1].reason


def test_a_plugin_s_observer_sees_a_whole_run(install: Install, tiny: dict[str, Any], tmp_path: Path) -> None:
    install("good", WATCHES.format(then=""))
    plugins = load("good")
    recipe: Recipe = load_recipe(tiny, plugins=plugins)
    mine = Observer()
    train(recipe, run=tmp_path / "run", plugins=plugins, observers=[mine])
    (watch,) = watches("good")
    assert [event.number for event in watch.seen] == [event.number for event in mine.seen] == [1, 2, 3, 4]
    assert watch.run.facts.name == "digits"
    assert watch.closed
