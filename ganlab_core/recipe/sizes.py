"""A recipe that asks for more memory than there is: which of its numbers does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ganlab_core.interface.errors import GanlabError
from ganlab_core.recipe.difference import leaves
from ganlab_core.recipe.settings import Part, Recipe
from ganlab_core.system.allowance import AllowanceError
from ganlab_core.system.memory import all_memory, in_words
from ganlab_core.system.memory_errors import is_too_large

_HOLD_SIZES: dict[str, Any] = {"dataset": {"size"}, "prior": True, "networks": True}


@contextmanager
def sizes_told(recipe: Recipe, most: int | None) -> Iterator[None]:
    """Inside a model is built; where it asks for too much, say by which number.

    Args:
        most: bytes of the weights that it is to hold; None where any that fit into memory will do.

    Raises:
        GanlabError: in place of the error.
    """
    try:
        yield
    except (MemoryError, RuntimeError, TypeError, ValueError, OverflowError) as error:
        if not isinstance(error, AllowanceError) and not is_too_large(error):
            raise
        values = recipe.model_dump(mode="json", include=_HOLD_SIZES)
        bound, way_out = f"the {in_words(all_memory())} of memory that are here", "make it smaller"
        if most is not None:
            bound, way_out = f"the {in_words(most)} of its checkpoint", "a checkpoint goes with its own recipe"
        raise GanlabError(f"{_largest(values)}: the model would take more than {bound}; {way_out}") from error


@contextmanager
def data_size_told(part: Part) -> Iterator[None]:
    """Inside a data set is read; where its images take more than any memory, say by which number.

    Raises:
        GanlabError: in place of the error.
    """
    try:
        yield
    except (RuntimeError, TypeError, ValueError, OverflowError) as error:
        if isinstance(error, GanlabError) or not is_too_large(error):
            raise
        numbers = {"dataset": part.arguments}
        raise GanlabError(f"{_largest(numbers)}: no memory could hold such images; make it smaller") from error


def _largest(values: dict[str, Any]) -> str:
    """The largest whole number of a recipe, with its key."""
    numbers = {key: value for key, value in leaves(values) if isinstance(value, int) and not isinstance(value, bool)}
    key = max(numbers, key=lambda one: numbers[one], default="networks")
    return f"{key}: {numbers[key]}" if numbers else key
