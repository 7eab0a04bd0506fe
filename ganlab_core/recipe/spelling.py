"""How to write what was meant, where YAML reads a value as another type than its key takes."""

from __future__ import annotations

import re
from functools import reduce
from typing import Any

from ganlab_core.recipe.scalars import read_scalar

_YES = {"yes": True, "on": True, "y": True, "no": False, "off": False, "n": False}
_GROUPS = re.compile(r"[-+]?[0-9]{1,3}(?:[,_ '][0-9]{3})+|[-+]?[0-9][0-9_]*")
_RADIX = re.compile(r"[-+]?0[xXoObB][0-9a-fA-F]+")
_SIXTIES = re.compile(r"[0-9]+(?::[0-5]?[0-9]){1,3}")  # of which YAML 1.1 makes one number
_LONGEST = 40


def spelling_hint(kind: str, given: Any) -> str:
    """The end of a message that a value is of the wrong type; empty where nothing better can be told.

    Args:
        kind: pydantic's name of what is wrong, such as `int_type`.
        given: the value as YAML was read.
    """
    if kind in ("int_type", "float_type", "int_from_float", "value_error"):
        number = _number(given)
        return "" if number is None else f"; write {number}, without quotes"
    if kind == "bool_type":
        meant = _YES.get(given.strip().lower(), read_scalar(given.strip())) if isinstance(given, str) else given
        return f"; write {str(bool(meant)).lower()}" if meant in (0, 1) else ""
    if kind == "string_type" and isinstance(given, int | float):
        return f"; put text between quotes, such as '{str(given).lower() if isinstance(given, bool) else given}'"
    if kind == "string_type" and isinstance(given, list | dict):
        return "; put text that begins with [ or { between quotes"
    return ""


def _number(given: Any) -> int | float | None:
    """The number that a text spells, with quotes around it, its digits in groups, or as other languages write it."""
    if not isinstance(given, str) or len(given) > _LONGEST:
        return None
    text = given.strip()
    if _RADIX.fullmatch(text):
        try:
            return int(text, 0)
        except ValueError:  # a digit that its base does not have
            return None
    if _SIXTIES.fullmatch(text):
        return reduce(lambda above, part: 60 * above + int(part), text.split(":"), 0)
    found = read_scalar(re.sub("[,_ ']", "", text) if _GROUPS.fullmatch(text) else text)
    return found if isinstance(found, int | float) and not isinstance(found, bool) else None
