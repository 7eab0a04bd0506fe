"""`Problem`: something wrong in a recipe, and how pydantic's findings become problems with an address and a way out."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ganlab_core.recipe.located import Address, Located, addresses, dotted, value_at
from ganlab_core.recipe.spelling import spelling_hint

_UNKNOWN_KEY = ("extra_forbidden", "unexpected_keyword_argument")
_NEAR = "; did you mean"
_SHORT = 4  # letters of a text that may well be part of a word of the message
_MISSING = ("missing", "missing_argument", "missing_keyword_only_argument")


@dataclass(frozen=True)
class Problem:
    """What is wrong at an address."""

    address: Address
    text: str


def lines(problems: Iterable[Problem], recipe: Located) -> list[str]:
    """One line a problem, in the order of the recipe's files."""
    found = {(recipe.place(problem.address), *_told(problem, recipe)) for problem in problems}
    return [f"{place}: {address}: {text}" if address else f"{place}: {text}" for place, address, text in sorted(found)]


def _told(problem: Problem, recipe: Located) -> tuple[str, str]:
    """Address and text; neither quotes a file that the recipe merely names, whose line says enough.

    A near miss of a key or a name that there is may be said there too: it tells nothing else.
    """
    if recipe.place(problem.address).quoting:
        return dotted(problem.address), problem.text
    text = problem.text
    if _NEAR in text:
        return dotted(problem.address[-1:]), text
    for inner in _texts(recipe.values, problem.address):
        text = text.replace(repr(inner), "what stands there")
        text = text if len(inner) < _SHORT else text.replace(inner, "...")
    return "", text


def _texts(values: Any, address: Address) -> Iterator[str]:
    """Every text at an address: its last key, and the keys and texts of what stands there."""
    for inner in addresses(value_at(values, address)):
        whole = (*address, *inner)
        yield from (key for key in whole[-1:] if isinstance(key, str))
        if isinstance(found := value_at(values, whole), str):
            yield found


def problems_of(
    error: ValidationError, model: type[BaseModel], values: Any, *, at: Address = (), also: tuple[str, ...] = ()
) -> Iterator[Problem]:
    """pydantic's findings in `values`, which lie at the address `at`; the members of a union give one problem.

    `also` names keys beside the model's own that stand there and were checked elsewhere, for "did you mean".
    """
    texts: dict[Address, list[str]] = {}
    for details in error.errors(include_url=False):
        address = _address(details, values)
        texts.setdefault(address, []).append(_text(details, model, address, also))
    for address, found in texts.items():
        yield Problem((*at, *address), "; or ".join(dict.fromkeys(found)))


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """A near miss and what there is, as the end of a message."""
    known = list(names)
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"{_NEAR} {near[0]!r}?" if near else "."
    return f"{hint} It takes {', '.join(known) or 'no key'}"


def _address(details: ErrorDetails, values: Any) -> Address:
    """The finding's address, without the names of union members that pydantic puts into it."""
    found: list[str | int] = []
    inner = values
    for part in details["loc"]:
        if isinstance(inner, dict) and part in inner:
            inner = inner[str(part)]
        elif isinstance(inner, list) and isinstance(part, int) and part < len(inner):
            inner = inner[part]
        elif details["type"] not in _MISSING or part != details["loc"][-1]:
            continue
        found.append(part)
    return tuple(found)


def _text(details: ErrorDetails, model: type[BaseModel], address: Address, also: tuple[str, ...]) -> str:
    if details["type"] in _UNKNOWN_KEY:
        names = [*_keys_at(model, address[:-1]), *(also if len(address) == 1 else ())]
        return "unknown key" + did_you_mean(str(address[-1]), names)
    if details["type"] in _MISSING and address[-1] == "use":
        return "names no component; a component is a mapping such as {use: NAME}"
    if details["type"] in _MISSING:
        return "must be given"
    if details["type"] == "too_short":
        return f"must hold {details['ctx']['min_length']} or more"
    message = details["msg"].removeprefix("Value error, ").removeprefix("Input ")
    given = details["input"]
    told = details["type"] == "value_error" or isinstance(given, (dict, list)) or len(str(given)) > 60
    hint = spelling_hint(details["type"], given)
    return f"{message}{hint}" if told else f"{message}, not {given!r}{hint}"


def _keys_at(annotation: Any, address: Address) -> list[str]:
    """The keys that a type takes at an address, through models, dataclasses, unions, lists and mappings."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        inner = {field.alias or name: field.annotation for name, field in annotation.model_fields.items()}
    elif dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
        hints = get_type_hints(annotation)
        inner = {field.name: hints[field.name] for field in dataclasses.fields(annotation)}
    else:
        keys = [_keys_at(member, address) for member in get_args(annotation)]
        keys += [_keys_at(member, address[1:]) for member in get_args(annotation) if address]
        return max(keys, key=len, default=[])
    if not address:
        return list(inner)
    return _keys_at(inner.get(str(address[0])), address[1:])
