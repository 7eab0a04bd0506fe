"""The doctor looks at what plugins check, beside what the core does."""

from __future__ import annotations

import json

import pytest

from ganlab_core.testing.fixtures import Ganlab
from tests.plugins.conftest import Install

CHECKS = """
from ganlab_core import Check, Finding

def look(about):
    {body}

@hookimpl
def ganlab_checks():
    yield Check(section="{section}", look=__name__ + ":look")
"""


@pytest.mark.parametrize(
    ("section", "body", "state", "text"),
    [
        ("weights", "yield Finding(name='vgg', text='is not there', state='stops')", "stops", "is not there"),
        ("versions", "return [Finding(name='vgg', text=str(about.run))]", "fine", "None"),
        ("weights", "raise ZeroDivisionError('oops')", "note", "cannot be looked at: ZeroDivisionError: oops"),
        ("weights", "raise SystemExit(3)", "note", "cannot be looked at: SystemExit: 3"),
        ("weights", "return ['text']", "note", "cannot be looked at: GanlabError: gave 'text', not a Finding"),
    ],
    ids=["stops", "in a section of the core", "raises", "leaves", "finds something else"],
)
def test_a_plugin_s_check_is_a_finding(
    ganlab: Ganlab,
    install: Install,
    monkeypatch: pytest.MonkeyPatch,
    section: str,
    body: str,
    state: str,
    text: str,
) -> None:
    install("mine", CHECKS.format(section=section, body=body))
    monkeypatch.setenv("GANLAB_PLUGINS", "mine")
    outcome = ganlab("doctor", "--json")
    found = json.loads(outcome.out)
    assert outcome.code == (1 if state == "stops" else 0)
    assert (found["sections"][section][-1]["state"], found["sections"][section][-1]["text"]) == (state, text)
    assert list(found["sections"])[:4] == ["versions", "devices", "threads", "plugins"]
