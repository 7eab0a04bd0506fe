"""Plugins made for version 1.0 of the interface work as before."""

from __future__ import annotations

from click.testing import CliRunner

from ganlab_core.plugins.verbs import given_verbs
from ganlab_core.testing.fixtures import LoadPlugin
from tests.plugins import earlier_plugin


def test_a_command_made_at_the_start_is_a_verb_beside_the_others(load_plugin: LoadPlugin) -> None:
    verbs = given_verbs(load_plugin(earlier_plugin))
    assert "train" in verbs
    assert verbs["greet"].summary == "Say hello."
    assert CliRunner().invoke(verbs["greet"].load()).output == "hello\n"
