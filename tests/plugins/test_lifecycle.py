"""Calls into plugins during a run, and the verbs that plugins add."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import pytest

from ganlab_core import GanlabError
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.plugins.verbs import given_verbs
from tests.plugins.conftest import Install

pytestmark = pytest.mark.bare

LISTENS = "calls = []\n@hookimpl\ndef ganlab_step_finished(event):\n    calls.append(event)"
RAISES = f"{LISTENS}\n    raise RuntimeError('disk')"
ADDS_VERB = """

@hookimpl
def ganlab_commands(cli):
    @cli.command()
    def {name}():
        click.echo("{name}!")
    {then}
"""

GIVES_VERB = """
import click
from ganlab_core import Verb

@click.command("morph")
def command():
    click.echo("morph!")

@hookimpl
def ganlab_verbs():
    yield Verb(name="{name}", summary="Morph.", command=__name__ + ":command")
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


@pytest.mark.parametrize("way", ["ganlab_verbs", "ganlab_commands"])
def test_plugins_add_verbs_after_those_of_the_core(install: Install, way: str) -> None:
    install(
        "good", GIVES_VERB.format(name="morph") if way == "ganlab_verbs" else ADDS_VERB.format(name="morph", then="")
    )
    verbs = given_verbs(load("good"))
    assert list(verbs)[-2:] == ["schema", "morph"]
    assert verbs["morph"].load().name == "morph"


def test_a_verb_is_imported_when_it_is_called_and_not_before(install: Install) -> None:
    install("lazy", GIVES_VERB.format(name="morph").replace('__name__ + ":command"', '"fake_lazy.gone:command"'))
    verbs = given_verbs(load("lazy"))
    assert verbs["morph"].summary == "Morph."
    with pytest.raises(GanlabError, match=r"verb 'morph' of plugin 'lazy' .* cannot be imported"):
        verbs["morph"].load()


def test_a_verb_that_is_no_command_is_refused_when_it_is_called(install: Install) -> None:
    install("odd", GIVES_VERB.format(name="morph") + "\ncommand = 3")
    with pytest.raises(GanlabError, match=r"verb 'morph' of plugin 'odd' .*is no click command"):
        given_verbs(load("odd"))["morph"].load()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (ADDS_VERB.format(name="morph", then="raise ValueError('no')"), "hook 'ganlab_commands': ValueError: no"),
        (ADDS_VERB.format(name="train", then=""), "adds the verb 'train', which ganlab itself already has"),
        (ADDS_VERB.format(name="other", then=""), "adds the verb 'other', which plugin 'a' (fake-a 1.2) already has"),
        (GIVES_VERB.format(name="train"), "adds the verb 'train', which ganlab itself already has"),
        (GIVES_VERB.format(name="other"), "adds the verb 'other', which plugin 'a' (fake-a 1.2) already has"),
        (GIVES_VERB.format(name="Bad Name"), "a verb is lower-case words and digits joined by hyphens"),
        ("@hookimpl\ndef ganlab_verbs(): return 'morph'", "returned 'morph', not the Verbs that it gives; use yield"),
        ("@hookimpl\ndef ganlab_verbs(): yield 'morph'", "gave 'morph', not a Verb"),
        (GIVES_VERB.format(name="morph").replace('"Morph."', "None"), "'morph', whose summary is None, no text"),
        (
            GIVES_VERB.format(name="morph") + ADDS_VERB.format(name="two", then="raise ValueError('no')"),
            "ValueError: no",
        ),
    ],
)
def test_a_plugin_whose_verbs_fail_adds_none(install: Install, source: str, reason: str) -> None:
    install("a", GIVES_VERB.format(name="other"))
    install("bad", source)
    plugins = load("a", "bad")
    verbs = given_verbs(plugins)
    assert list(verbs)[-2:] == ["schema", "other"]
    assert verbs["train"].giver.is_core
    assert reason in plugins.statuses[2].reason


def test_a_command_of_a_plugin_for_1_0_keeps_its_name_whatever_that_is(install: Install) -> None:
    install("old", ADDS_VERB.format(name="my_verb", then="").replace("@cli.command()", "@cli.command('my_verb')"))
    assert "my_verb" in given_verbs(load("old"))


def test_a_verb_whose_module_leaves_the_program_is_an_error(install: Install) -> None:
    install("bad", GIVES_VERB.format(name="morph").replace('__name__ + ":command"', '"fake_bad.leaves:command"'))
    Path(sys.path[0], "fake_bad", "leaves.py").write_text("raise SystemExit(3)")
    with pytest.raises(GanlabError, match=r"verb 'morph' of plugin 'bad' .*SystemExit: 3"):
        given_verbs(load("bad"))["morph"].load()
