"""The documentation of the hooks holds examples that run, and one for each hook."""

from __future__ import annotations

import doctest

from ganlab_core import hookspecs


def test_every_hook_has_an_example_that_runs() -> None:
    finder = doctest.DocTestFinder(exclude_empty=False)
    examples = [test for test in finder.find(hookspecs) if test.name.startswith("ganlab_core.hookspecs.ganlab_")]
    runner = doctest.DocTestRunner()
    for test in examples:
        assert test.examples, test.name
        assert runner.run(test).failed == 0, test.name
    assert len(examples) == 10
