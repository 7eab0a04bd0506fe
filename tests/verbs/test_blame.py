"""What a plugin's part does wrong is one line that names the plugin, the part, the method and the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganlab_core.testing.fixtures import Ganlab

LOSS = """
import torch
from ganlab_core import Component, hookimpl


class Mine:
    def generator(self, step):
        (fake,) = step.logits("fake")
        {line}


@hookimpl
def ganlab_losses():
    yield Component(name="mine", factory=Mine)
"""

PARTS = '''
from ganlab_core import Component, hookimpl


def fail():
    raise ValueError("no such thing\\nhere")


class Mine:
    """A part that raises."""

    def __init__(self{spec}):
        fail()


def function({spec}):
    """A part that raises."""
    fail()


@hookimpl
def ganlab_{plural}():
    yield Component(name="mine", factory=Mine{role})
    yield Component(name="mine-too", factory=function{role})
'''


@pytest.mark.parametrize(
    ("line", "came"),
    [
        ("return fake.mean(), fake", "gave a tuple of 2"),
        ("return fake", "gave a tensor of shape (8,)"),
        ("return None", "gave nothing (None)"),
        ("return 0.5", "gave a float"),
    ],
)
def test_a_loss_that_gives_no_scalar_is_named_with_what_came_and_what_to_return(
    line: str, came: str, ganlab: Ganlab, tiny_file: Path
) -> None:
    Path("mine.py").write_text(LOSS.format(line=line))
    done = ganlab("train", tiny_file, "--plugin", "mine.py", "--set", "+losses.own={use: mine}", "--run", "run")
    assert done.code == 1
    (said,) = [line for line in done.err.splitlines() if line.startswith("error: ")]
    assert said.startswith("error: losses.own (loss mine of plugin 'mine' (mine.py sha256 ")
    assert f"its method `generator` {came}; return one number as a tensor of shape ()" in said
    assert "Traceback" not in done.err


def test_a_loss_that_is_not_a_number_is_named(ganlab: Ganlab, tiny_file: Path) -> None:
    Path("mine.py").write_text(LOSS.format(line="return fake.mean() * float('nan')"))
    done = ganlab("train", tiny_file, "--plugin", "mine.py", "--set", "+losses.own={use: mine}", "--run", "run")
    assert done.code == 1
    assert "losses.own = nan" in done.err
    assert "Traceback" not in done.err


def test_a_loss_that_raises_is_named_with_method_and_line(ganlab: Ganlab, tiny_file: Path) -> None:
    Path("mine.py").write_text(LOSS.format(line="return torch.ones(2) @ torch.ones(3)"))
    arguments = ("train", tiny_file, "--plugin", "mine.py", "--set", "+losses.own={use: mine}", "--run", "run")
    done = ganlab(*arguments)
    assert done.code == 1
    (said,) = [line for line in done.err.splitlines() if line.startswith("error: ")]
    assert said.startswith("error: plugin 'mine' (mine.py sha256 ")
    assert ": loss mine: Mine.generator (mine.py, line 9) raised RuntimeError: " in said
    assert "Traceback" not in done.err
    with pytest.raises(RuntimeError):
        ganlab("--debug", *arguments[:-1], "other")


@pytest.mark.parametrize("name", ["mine", "mine-too"])
@pytest.mark.parametrize(
    ("plural", "role", "section", "part"),
    [
        ("networks", ", role='trunk'", "networks.trunk", "network trunk"),
        ("priors", "", "prior.noise", "prior"),
        ("datasets", "", "dataset", "dataset"),
        ("losses", "", "losses.adversarial", "loss"),
    ],
)
def test_a_part_that_raises_is_named(
    name: str, plural: str, role: str, section: str, part: str, ganlab: Ganlab, tiny_file: Path
) -> None:
    given = "" if plural == "datasets" else "spec"
    source = PARTS.replace("self{spec}", "self, {spec}" if given else "self")
    Path("mine.py").write_text(source.format(plural=plural, role=role, spec=given))
    done = ganlab("train", tiny_file, "--plugin", "mine.py", "--set", f"{section}={{use: {name}}}", "--run", "run")
    assert done.code == 1
    assert f": {part} {name}: " in done.err
    assert "raised ValueError: no such thing here; mend it there" in done.err
    assert "Traceback" not in done.err
