"""The documentation of the hooks holds examples that run, and one for each hook."""

from __future__ import annotations

import doctest
from pathlib import Path
from typing import Any

import pytest

from ganlab_core import RunFinished, StepFinished
from ganlab_core.interface import hookspecs


def test_every_hook_has_an_example_that_runs() -> None:
    finder = doctest.DocTestFinder(exclude_empty=False)
    examples = [
        test for test in finder.find(hookspecs) if test.name.startswith("ganlab_core.interface.hookspecs.ganlab_")
    ]
    runner = doctest.DocTestRunner()
    for test in examples:
        assert test.examples, test.name
        assert runner.run(test).failed == 0, test.name
    assert len(examples) == 14


def implementation(name: str) -> Any:
    """What the documentation of a hook shows, as a function."""
    defined: dict[str, Any] = {}
    for example in doctest.DocTestParser().get_examples(getattr(hookspecs, name).__doc__):
        exec(example.source, defined)
    return defined[name]


def test_examples_take_a_step_that_was_not_logged_and_an_evaluation_of_other_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    implementation("ganlab_step_finished")(StepFinished(folder=tmp_path, number=3, steps=4, scalars={}))
    implementation("ganlab_run_finished")(RunFinished(folder=tmp_path, number=4, evaluation={"fid": 1.0}))
    assert capsys.readouterr().out == "3 None\nNone\n"
