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

_LEAST = 16  # bytes that whatever a recipe counts takes, be it in a list of Python's


@contextmanager
def sizes_told(recipe: Recipe, *, size: int, most: int | None) -> Iterator[None]:
    """Inside a model is built; where it asks for too much, say by which number.

    Args:
        size: bytes that it may take.
        most: bytes of the weights that it is to hold; None where any that fit into memory will do.

    Raises:
        GanlabError: in place of the error; at once, where a single number of the recipe asks for more.
    """
    key, number = _largest(recipe.model_dump(mode="json", include=_HOLD_SIZES))
    try:
        if _LEAST * number > size:
            raise AllowanceError("it would take more memory than it may")
        yield
    except (MemoryError, RuntimeError, TypeError, ValueError, OverflowError) as error:
        if not isinstance(error, MemoryError) and not is_too_large(error):
            raise
        bound, way_out = f"the {in_words(all_memory())} of memory that are here", "make it smaller"
        if most is not None:
            bound, way_out = f"the {in_words(most)} of its checkpoint", "a checkpoint goes with its own recipe"
        raise GanlabError(f"{key}: {number}: the model would take more than {bound}; {way_out}") from error


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
        key, number = _largest({"dataset": part.arguments})
        raise GanlabError(f"{key}: {number}: no memory could hold such images; make it smaller") from error


def _largest(values: dict[str, Any]) -> tuple[str, int]:
    """The largest whole number of a recipe, after its key; what is drawn from a seed is no larger for it."""
    numbers = {
        key: value
        for key, value in leaves(values)
        if isinstance(value, int) and not isinstance(value, bool) and not key.endswith("seed")
    }
    key = max(numbers, key=lambda one: numbers[one], default="networks")
    return key, numbers.get(key, 0)
