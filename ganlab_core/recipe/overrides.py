"""`--set`: `a.b=value` changes what the recipe has or takes there, `+a.b=value` adds, `~a.b` drops.

What the key takes decides how the value is read. A key that takes text alone, such as a name or a path, takes all that
stands behind the `=` as it is; quotes around the whole are taken off, so that `""` is an empty text. Any other value is
YAML: numbers, true and false, lists `[0.5, 0.9]` and mappings `{ratio: 5}` in flow style.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence
from typing import Any, get_args, get_origin

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.shell import shell_command
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.located import Located, assign, dotted, located_at, merge
from ganlab_core.recipe.reader import MAX_DEPTH, read_value
from ganlab_core.recipe.scalars import NULL
from ganlab_core.recipe.settings import Recipe, Section
from ganlab_core.recipe.value_types import takes_none, takes_text_alone, type_at

_PART = re.compile(r'"([^"]+)"|([^".]+)')


def apply_override(recipe: Located, override: str, *, plugins: Plugins) -> Located:
    """The recipe with one `--set` applied; its place is the option itself, so that later messages show it.

    What the address's section or component does not take is found by the check of the whole recipe.

    Raises:
        GanlabError: an override of another form, an unreadable value, an address that leads into a value or, without
            `+`, to a factor, loss or metric that the recipe does not have.
    """
    label = f"--set {override}"
    dropping, adding = override.startswith("~"), override.startswith("+")
    address, equals, text = override[dropping or adding :].partition("=")
    if bool(equals) == dropping:
        raise GanlabError(f"{label}: write key=value, +key=value to add a key, or ~key to drop one")
    keys = _keys(address, label)
    if dropping:
        _refuse_absent(recipe.values, keys, label)
        return merge(recipe, located_at(_nested(keys), label))
    value = _value(text, type_at(recipe.values, tuple(keys), plugins), address=address, label=label)
    if value is None:
        drop, empty = shell_command("--set", f"~{address}"), shell_command("--set", f'{address}=""')
        raise GanlabError(f"{label}: gives no value; {drop} drops the key, {empty} sets an empty text")
    _refuse_inside_value(recipe.values, keys, label)
    if not adding:
        _refuse_unforeseen(recipe.values, keys, override)
    return assign(recipe, keys, value, label)


def _value(text: str, annotation: Any, *, address: str, label: str) -> Any:
    """What stands behind the `=`, read as the key's type says.

    Raises:
        GanlabError: it is no YAML, or YAML would leave some of it out as a comment; says how to write it as text.
    """
    if takes_text_alone(annotation):
        return _text(text, label, may_be_none=takes_none(annotation))
    try:
        return read_value(text, label)
    except GanlabError as error:
        as_text = shell_command("--set", f"{address}={json.dumps(text, ensure_ascii=False)}")
        raise GanlabError(f"{error}; if it is meant as text, write {as_text}") from error


def _text(text: str, label: str, *, may_be_none: bool) -> str | None:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        try:
            return str(read_value(text, label))
        except GanlabError:  # quotes inside that YAML would have doubled, so they are the text's own
            return text
    return None if text == "" or (may_be_none and NULL.fullmatch(text)) else text


def _keys(address: str, label: str) -> list[str]:
    """The address's keys; a name with dots in it, such as a group's, is one key between double quotes."""
    matches = list(_PART.finditer(address))
    keys = [match[1] or match[2] for match in matches]
    if not keys or ".".join(match[0] for match in matches) != address or len(keys) > MAX_DEPTH:
        raise GanlabError(f"{label}: {address!r} is no address; join keys by dots, as in prior.code.classes")
    return keys


def _annotation(keys: Sequence[str]) -> Any:
    """The type that the settings give the value at an address; None inside a component, and for an unknown key."""
    annotation: Any = Recipe
    for key in keys:
        if get_origin(annotation) is dict:
            annotation = get_args(annotation)[1]
        elif isinstance(annotation, type) and issubclass(annotation, Section) and key in annotation.model_fields:
            annotation = annotation.model_fields[key].annotation
        else:
            return None
    return annotation


def _refuse_unforeseen(values: dict[str, Any], keys: Sequence[str], override: str) -> None:
    """A new name among factors, losses, metrics, groups is more often a typing error than meant: it takes a `+`."""
    for length in range(1, len(keys)):
        if get_origin(_annotation(keys[:length])) is dict:
            names = _at(values, keys[:length]) or {}
            if keys[length] not in names:
                missing = f"{dotted(tuple(keys[:length]))} has no {keys[length]!r}"
                hint, add = _hint(keys[length], names), shell_command("--set", f"+{override}")
                raise GanlabError(f"--set {override}: {missing}{hint} ({add} would add it)")


def _refuse_absent(values: dict[str, Any], keys: Sequence[str], label: str) -> None:
    for length in range(len(keys)):
        inner, key = _at(values, keys[:length]), keys[length]
        if not isinstance(inner, dict) or key not in inner:
            where = dotted(tuple(keys[:length])) or "the recipe"
            raise GanlabError(f"{label}: there is nothing to drop: {where} has no {key!r}{_hint(key, inner)}")


def _refuse_inside_value(values: dict[str, Any], keys: Sequence[str], label: str) -> None:
    for length in range(1, len(keys)):
        inner = _at(values, keys[:length])
        if inner is not None and not isinstance(inner, dict):
            raise GanlabError(f"{label}: {dotted(tuple(keys[:length]))} is {inner!r}, which has no keys; set it whole")


def _at(values: dict[str, Any], keys: Sequence[str]) -> Any:
    inner: Any = values
    for key in keys:
        inner = inner.get(key) if isinstance(inner, dict) else None
    return inner


def _hint(key: str, names: Any) -> str:
    near = difflib.get_close_matches(key, names if isinstance(names, dict) else (), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _nested(keys: Sequence[str]) -> dict[str, Any]:
    """Null at an address, which drops what is there."""
    *above, last = keys
    nested: dict[str, Any] = {last: None}
    for key in reversed(above):
        nested = {key: nested}
    return nested
