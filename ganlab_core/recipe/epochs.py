"""A recipe that counts in epochs, in the steps that these are on its data set."""

from __future__ import annotations

from ganlab_core.interface.errors import GanlabError
from ganlab_core.recipe.check import idle_losses
from ganlab_core.recipe.located import dotted
from ganlab_core.recipe.settings import Recipe


def in_steps(recipe: Recipe, *, dataset_size: int) -> Recipe:
    """The recipe with a number of steps: an epoch has as many as full batches fit into the data set, at least one.

    Raises:
        GanlabError: a loss would then count in no step.
    """
    if not isinstance(recipe.steps, str):
        return recipe
    epochs = int(recipe.steps.split()[0])
    resolved = recipe.model_copy(update={"steps": epochs * max(1, dataset_size // recipe.batch_size)})
    for problem in idle_losses(resolved):
        raise GanlabError(
            f"{dotted(problem.address)}: with steps: {recipe.steps} of {dataset_size} images it {problem.text}"
        )
    return resolved
