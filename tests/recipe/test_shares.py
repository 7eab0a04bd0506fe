"""A recipe may give steps as shares of the run; what is built of it gets numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import ConfigDict, PositiveFloat

from ganlab_core import Component, GanlabError, PositiveStep, Recipe, Step, load_plugins, load_recipe
from ganlab_core.plugins import Plugins
from ganlab_core.plugins.registry import Entry
from ganlab_core.plugins.status import Giver
from ganlab_core.recipe.epochs import in_steps
from ganlab_core.recipe.freeze import to_yaml
from ganlab_core.recipe.schema import json_schema
from ganlab_core.recipe.settings import LossPart
from tests.recipe.conftest import Write
from tests.recipe.test_check import errors
from tests.recipe.test_schema import fits


@dataclass(frozen=True)
class Ramp:
    """A nested argument with a check of its own, which compares numbers."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    begins: Step
    ends: PositiveStep

    def __post_init__(self) -> None:
        if self.ends <= self.begins:
            raise GanlabError(f"a ramp from {self.begins} to {self.ends} goes nowhere")


class Ramped:
    """A prior whose scale changes over the run."""

    def __init__(self, *, scale: PositiveFloat | Ramp = 1.0, hold: PositiveStep | None = None, late: Step = 0) -> None:
        self.given = (scale, hold, late)


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    """The core, and a prior `ramped`."""
    loaded = load_plugins({"GANLAB_PLUGINS": ""})
    ramped = Component(name="ramped", factory=Ramped)
    loaded.registries["prior"].add(Entry("prior", ramped, Giver("fake", "fake-parts", "1.2")))
    return loaded


SHARES = """
prior:
  code: {use: ramped, hold: 25 %, scale: {begins: 10 %, ends: 30 %}}
losses:
  adversarial: {use: nonsaturating, starts: 29.5 %, ends: 60%}
"""


def numbers(recipe: Recipe) -> tuple[Any, ...]:
    loss, code = recipe.losses["adversarial"], recipe.prior["code"].arguments
    return loss.starts, loss.ends, code["hold"], code["scale"], code["late"]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (200, (59, 120, 50, {"begins": 20, "ends": 60}, 0)),
        (2000, (590, 1200, 500, {"begins": 200, "ends": 600}, 0)),
        (5, (1, 3, 1, {"begins": 1, "ends": 2}, 0)),
    ],
)
def test_shares_are_numbers_of_the_run_s_steps(
    write: Write, plugins: Plugins, steps: int, expected: tuple[Any, ...]
) -> None:
    recipe = load_recipe(write(SHARES), overrides=[f"steps={steps}"], plugins=plugins)
    assert numbers(recipe) == expected
    assert "%" not in to_yaml(recipe)
    keys = ("losses.adversarial.starts", "losses.adversarial.ends")
    assert recipe.shares == {*keys, "prior.code.hold", "prior.code.scale.begins", "prior.code.scale.ends"}
    again = load_recipe(write(to_yaml(recipe), "frozen.yaml"), plugins=plugins)
    assert again == recipe
    assert not again.shares
    assert plugins.registries["prior"].get("ramped").build(recipe.prior["code"].arguments).given == (
        Ramp(**expected[3]),
        *expected[2::2],
    )


def test_an_option_takes_a_share(plugins: Plugins) -> None:
    recipe = load_recipe(overrides=["losses.adversarial.starts=30 %", "steps=10"], plugins=plugins)
    assert recipe.losses["adversarial"].starts == 3
    assert (
        load_recipe({"losses": {"adversarial": {"starts": "30%"}}}, plugins=plugins).losses["adversarial"].starts == 600
    )


def test_shares_of_epochs_stay_as_they_are_written_until_the_steps_are_known(write: Write, plugins: Plugins) -> None:
    recipe = load_recipe(write(SHARES), overrides=["steps=2 epochs", "batch_size=10"], plugins=plugins)
    written = {"begins": "10 %", "ends": "30 %"}
    assert recipe.model_dump(mode="json")["losses"]["adversarial"]["ends"] == "60%"
    assert (recipe.prior["code"].arguments["hold"], recipe.prior["code"].arguments["scale"]) == ("25 %", written)
    assert to_yaml(load_recipe(write(to_yaml(recipe), "frozen.yaml"), plugins=plugins)) == to_yaml(recipe)
    resolved = in_steps(recipe, dataset_size=1000, plugins=plugins)
    assert numbers(resolved) == (59, 120, 50, {"begins": 20, "ends": 60}, 0)
    assert resolved == load_recipe(write(SHARES), overrides=["steps=200", "batch_size=10"], plugins=plugins)


def test_a_part_is_never_built_from_a_share(plugins: Plugins) -> None:
    with pytest.raises(GanlabError, match=r"is '25 %', a share of a run whose steps are not known here"):
        plugins.registries["prior"].get("ramped").build({"hold": "25 %"})


def test_a_default_that_is_a_share_is_refused_where_the_part_is_given() -> None:
    def part(*, late: Step = "30 %") -> None:  # type: ignore[assignment]
        """A part whose default no factory could be called with."""

    entry = Entry("metric", Component(name="part", factory=part), Giver("fake", "fake-parts", "1.2"))
    with pytest.raises(GanlabError, match="its argument 'late' has a default that its own type refuses"):
        _ = entry.model


TAKES = "takes a number of steps, or a share of the run such as '30 %', not"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "losses: {adversarial: {starts: 30 percent}}",
            f"a.yaml:1:24: losses.adversarial.starts: {TAKES} '30 percent'",
        ),
        ("losses: {adversarial: {starts: 0.3}}", f"a.yaml:1:24: losses.adversarial.starts: {TAKES} 0.3"),
        ("losses: {adversarial: {ends: 130 %}}", f"a.yaml:1:24: losses.adversarial.ends: {TAKES} '130 %'"),
        ("losses: {adversarial: {ends: 0 %}}", "a.yaml:1:24: losses.adversarial.ends: should be greater than 0, not 0"),
        (
            "prior: {code: {use: ramped, hold: soon}}",
            f"a.yaml:1:29: prior.code.hold: {TAKES} 'soon'",
        ),
        (
            "prior: {code: {use: ramped, scale: {begins: 3, ends: 1 percent}}}",
            f"a.yaml:1:48: prior.code.scale.ends: {TAKES} '1 percent'",
        ),
        (
            "prior: {code: {use: ramped, scale: {begins: 40 %, ends: 20 %}}}\nsteps: 10",
            "a ramp from 4 to 2 goes nowhere",
        ),
        (
            "losses: {adversarial: {starts: 30 %, ends: 20 %}}\nsteps: 10",
            "a.yaml:1:38: losses.adversarial.ends: ends before step 2 (20 % of the run), but starts at step 3 (30 % of "
            "the run), so it never counts; raise losses.adversarial.ends or lower losses.adversarial.starts",
        ),
        (
            "losses: {adversarial: {starts: 10 %, ends: 20 %}}\nsteps: 4",
            "a.yaml:1:38: losses.adversarial.ends: ends before step 1 (20 % of the run), but starts at step 1 (10 % of "
            "the run), so it never counts; raise steps to 8 or more, raise losses.adversarial.ends or lower "
            "losses.adversarial.starts",
        ),
        (
            "losses: {adversarial: {starts: 8, ends: 50 %}}\nsteps: 10",
            "ends before step 5 (50 % of the run), but starts at step 8, so it never counts; raise",
        ),
        (
            "losses: {adversarial: {starts: 100 %}}\nsteps: 10",
            "a.yaml:1:24: losses.adversarial.starts: starts at step 10 (100 % of the run), but the run has 10 steps; "
            "lower losses.adversarial.starts",
        ),
        (
            "losses: {adversarial: {starts: 30 %}}\nsteps: 1",
            "a.yaml:1:24: losses.adversarial.starts: is a share of the run, and a run of 1 step has no parts; raise "
            "steps to 2 or more",
        ),
        (
            "prior: {code: {use: ramped, hold: 30 %}}\nsteps: 1",
            "a.yaml:1:29: prior.code.hold: is a share of the run, and a run of 1 step has no parts; raise steps",
        ),
    ],
)
def test_a_wrong_share_is_told_with_its_place_and_the_way_out(
    write: Write, plugins: Plugins, text: str, message: str
) -> None:
    assert message in "\n".join(errors(plugins, write(text)))


def test_a_run_of_as_many_steps_as_the_message_says_is_right(write: Write, plugins: Plugins) -> None:
    path = write("losses: {adversarial: {starts: 10 %, ends: 20 %}}")
    for steps in (8, 9, 10, 11, 12, 13, 14, 15):
        adversarial = load_recipe(path, overrides=[f"steps={steps}"], plugins=plugins).losses["adversarial"]
        assert adversarial.ends is not None
        assert adversarial.starts < adversarial.ends


def test_epochs_that_are_too_few_steps_for_a_share_are_told_as_the_run_begins(write: Write, plugins: Plugins) -> None:
    recipe = load_recipe(write(SHARES), overrides=["steps=1 epoch"], plugins=plugins)
    with pytest.raises(GanlabError) as error:
        in_steps(recipe, dataset_size=3, plugins=plugins)
    told = "with steps: 1 epoch of 3 images it is a share of the run, and a run of 1 step has no parts; raise steps"
    for address in ("losses.adversarial.starts", "losses.adversarial.ends", "prior.code.hold"):
        assert f"{address}: {told} to 2 or more" in str(error.value).splitlines()


def test_a_loss_with_another_component_keeps_its_shares(write: Write, plugins: Plugins) -> None:
    recipe = load_recipe(write(SHARES), losses=["hinge"], overrides=["steps=200"], plugins=plugins)
    assert numbers(recipe)[:2] == (59, 120)
    assert recipe.losses["adversarial"].use == "hinge"


def test_the_schema_for_editors_takes_shares(plugins: Plugins) -> None:
    schema = json_schema(plugins)
    for value, good in (("30 %", True), ("29.5%", True), (30, True), ("30", False), ("130 %", False), (0.3, False)):
        assert fits({"losses": {"a": {"use": "hinge", "starts": value, "ends": value}}}, schema, schema) is good
        assert fits({"prior": {"code": {"use": "ramped", "hold": value}}}, schema, schema) is good


def test_a_loss_part_documents_shares() -> None:
    assert "a share of the run such as `30 %`" in str(LossPart.__doc__)


def test_a_recipe_file_of_a_path_is_not_changed_by_reading(tmp_path: Path, plugins: Plugins) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(SHARES)
    load_recipe(path, plugins=plugins)
    assert path.read_text() == SHARES
