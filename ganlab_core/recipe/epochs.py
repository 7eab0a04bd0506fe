"""A recipe that counts in epochs, in the steps that these are on its data set."""

from __future__ import annotations

from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.recipe.check import examined
from ganlab_core.recipe.located import dotted
from ganlab_core.recipe.problems import Problem
from ganlab_core.recipe.settings import Recipe


def in_steps(recipe: Recipe, *, dataset_size: int, plugins: Plugins | None = None) -> Recipe:
    """The recipe with a number of steps, and with numbers in place of shares of the run.

    An epoch has as many steps as full batches fit into the data set, at least one. A recipe with a number of steps is
    returned as it is: its shares became numbers when it was read.

    Args:
        plugins: those that the recipe was checked with; loaded afresh if left out.

    Raises:
        GanlabError: a loss would then count in no step, or the run is too short to have parts.
    """
    if not isinstance(recipe.steps, str):
        return recipe
    steps = int(recipe.steps.split()[0]) * max(1, dataset_size // recipe.batch_size)
    problems: list[Problem] = []
    resolved = examined(recipe.model_dump(mode="json") | {"steps": steps}, plugins or load_plugins(), problems)
    if resolved is None:
        raise GanlabError(
            *(
                f"{dotted(problem.address)}: with steps: {recipe.steps} of {dataset_size} images it {problem.text}"
                for problem in problems
            )
        )
    return resolved
