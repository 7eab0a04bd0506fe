"""Calls into plugins during a run, and the verbs that plugins add."""

from __future__ import annotations

import copy
import logging
import sys
from typing import Any

import click
import pytest

from ganlab_core import GanlabError, hookimpl
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.verbs.main import cli
from tests.plugins.conftest import Install

LISTENS = "calls = []\n@hookimpl\ndef ganlab_step_finished(event):\n    calls.append(event)"
RAISES = f"{LISTENS}\n    raise RuntimeError('disk')"
ADDS_VERB = """
import click

@hookimpl
def ganlab_commands(cli):
    @cli.command()
    def {name}():
        click.echo("{name}!")
    {then}
"""


def load(*names: str, **environ: str) -> Plugins:
    return load_plugins({"GANLAB_PLUGINS": ",".join(names), **environ})


def calls(name: str) -> list[Any]:
    found: list[Any] = sys.modules[f"fake_{name}.plugin"].calls
    return found


def test_a_plugin_that_raises_is_reported_once_and_called_no_more(
    install: Install, caplog: pytest.LogCaptureFixture
) -> None:
    install("bad", RAISES)
    install("good", LISTENS)
    plugins = load("bad", "good")
    for number in (1, 2, 3):
        plugins.notify("ganlab_step_finished", event=number)
    assert calls("bad") == [1]
    assert calls("good") == [1, 2, 3]
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert warnings == ["plugin 'bad' (fake-bad 1.2) is left out: hook 'ganlab_step_finished': RuntimeError: disk"]
    assert [status.healthy for status in plugins.statuses] == [True, False, True]


def test_a_plugin_that_raises_ends_the_run_when_strict(install: Install) -> None:
    install("bad", RAISES)
    with pytest.raises(GanlabError, match=r"'bad' \(fake-bad 1.2\).*hook 'ganlab_step_finished': RuntimeError: disk"):
        load("bad", GANLAB_STRICT_PLUGINS="1").notify("ganlab_step_finished", event=1)


def test_interrupting_a_plugin_interrupts_the_program(install: Install) -> None:
    install("slow", "@hookimpl\ndef ganlab_step_finished(event): raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        load("slow").notify("ganlab_step_finished", event=1)


class Observer:
    """Keeps what it is told."""

    def __init__(self, log: list[Any]) -> None:
        self.log = log

    @hookimpl
    def ganlab_step_finished(self, event: Any) -> None:
        self.log.append((self, event))
        if event == "boom":
            raise OSError("disk full")


def test_observers_are_called_in_the_order_of_their_coming_until_removed() -> None:
    plugins, log = load(), []  # type: ignore[var-annotated]
    first, second = Observer(log), Observer(log)
    plugins.add_observer(first, "first")
    plugins.add_observer(second, "second")
    plugins.notify("ganlab_step_finished", event=1)
    plugins.remove_observer("first")
    plugins.notify("ganlab_step_finished", event=2)
    plugins.notify("ganlab_run_finished", event=3)
    assert log == [(first, 1), (second, 1), (second, 2)]


def test_what_an_observer_raises_is_not_swallowed() -> None:
    plugins = load()
    plugins.add_observer(Observer([]), "writer")
    with pytest.raises(OSError, match="disk full"):
        plugins.notify("ganlab_step_finished", event="boom")


def test_an_observer_without_hooks_is_refused() -> None:
    with pytest.raises(GanlabError, match="observer 'idle': it implements no hook"):
        load().add_observer(object(), "idle")


def test_plugins_add_verbs(install: Install) -> None:
    install("good", ADDS_VERB.format(name="morph", then=""))
    cli = click.Group(commands={"train": click.Command("train")})
    load("good").add_commands(cli)
    assert list(cli.commands) == ["train", "morph"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (ADDS_VERB.format(name="morph", then="raise ValueError('no')"), "hook 'ganlab_commands': ValueError: no"),
        (ADDS_VERB.format(name="train", then=""), "adds the verb 'train', which ganlab itself already has"),
        (ADDS_VERB.format(name="other", then=""), "adds the verb 'other', which plugin 'a' (fake-a 1.2) already has"),
    ],
    ids=["raises", "verb of the core", "verb of another plugin"],
)
def test_a_plugin_whose_verbs_fail_adds_none(install: Install, source: str, reason: str) -> None:
    install("a", ADDS_VERB.format(name="other", then=""))
    install("bad", source)
    train = click.Command("train")
    cli = click.Group(commands={"train": train})
    plugins = load("a", "bad")
    plugins.add_commands(cli)
    assert list(cli.commands) == ["train", "other"]
    assert cli.commands["train"] is train
    assert reason in plugins.statuses[2].reason


def test_a_verb_of_ganlab_that_is_imported_late_is_taken_too(install: Install) -> None:
    install("bad", ADDS_VERB.format(name="train", then=""))
    plugins = load("bad")
    plugins.add_commands(copy.copy(cli))
    assert "adds the verb 'train', which ganlab itself already has" in plugins.statuses[1].reason
