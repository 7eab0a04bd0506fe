"""A run that was stopped and resumed is, at tolerance 0, one that was not: for every family of shipped recipes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganlab_core import load_recipe, train
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.recipe.sources import list_recipes
from ganlab_core.training.run import resume
from tests.faults.compare import require_equal
from tests.faults.families import (
    EXAMPLES,
    FAMILIES,
    STEPS,
    small,
    stopped_and_resumed,
    train_until,
    with_dropout,
)
from tests.runs.checkpoint_files import put_other_random_state


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    """The core's parts and Elastic-InfoGAN's."""
    return load_plugins()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_resumed_run_equals_one_that_was_not_stopped(family: str, plugins: Plugins, tmp_path: Path) -> None:
    recipe = small(FAMILIES[family], plugins)
    whole = train(recipe, run=tmp_path / "whole", plugins=plugins)
    resumed = stopped_and_resumed(recipe, tmp_path, after=2, plugins=plugins)
    assert whole.folder != resumed
    require_equal(resumed, whole.folder, number=STEPS)


@pytest.mark.parametrize("after", [2, 6])
def test_a_run_that_finds_classes_by_linkage_goes_on_with_what_it_found(
    after: int, plugins: Plugins, tmp_path: Path
) -> None:
    by_linkage = {
        "networks": {"recognition_trunk": {"use": "residual", "width": 4}},
        "losses": {"discovery": {"use": "linkage", "find_at": 4, "batch_size": 16}},
    }
    recipe = small((*FAMILIES["elastic"], by_linkage), plugins)
    whole = train(recipe, run=tmp_path / "whole", plugins=plugins)
    resumed = stopped_and_resumed(recipe, tmp_path, after=after, plugins=plugins)
    require_equal(resumed, whole.folder, number=STEPS)


def test_every_shipped_recipe_has_the_losses_of_some_family(plugins: Plugins) -> None:
    def losses(*sources: str | Path) -> set[str]:
        return {loss.use for loss in load_recipe(*sources, plugins=plugins).losses.values()}

    tried = set().union(*(losses(*sources) for sources in FAMILIES.values()))
    shipped = [name for name in list_recipes(plugins) if name.startswith(("elastic/digits", "elastic/mnist"))]
    examples = [file for file in EXAMPLES.glob("*.yaml") if file.read_text().startswith("# Recipe: ")]
    assert len(shipped) > 10
    assert len(examples) > 2
    assert set().union(*map(losses, shipped), *map(losses, examples)) <= tried


@pytest.mark.parametrize("after", [0, 2])
def test_a_part_that_uses_the_global_generator_goes_on_with_it(after: int, tmp_path: Path) -> None:
    recipe, plugins = with_dropout()
    whole = train(recipe, run=tmp_path / "whole", plugins=plugins).folder
    resumed = stopped_and_resumed(recipe, tmp_path, after=after, plugins=plugins)
    require_equal(resumed, whole, number=STEPS)
    assert (resumed / "checkpoints" / f"{STEPS:08d}").is_dir()


def test_without_the_random_state_it_differs(tmp_path: Path) -> None:
    recipe, plugins = with_dropout()
    whole = train(recipe, run=tmp_path / "whole", plugins=plugins).folder
    train_until(recipe, tmp_path / "control", after=3, plugins=plugins)
    put_other_random_state(tmp_path / "control" / "checkpoints" / "00000003")
    resume(tmp_path / "control", plugins=plugins)
    with pytest.raises(AssertionError, match="control differs from whole in /weights"):
        require_equal(tmp_path / "control", whole, number=STEPS)
