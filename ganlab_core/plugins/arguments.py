"""A factory's arguments as a recipe sees them: read from its signature and docstring, and the model that checks them.

The one positional parameter that a factory may have is the specification that the core supplies; every keyword-only
parameter is an argument of the recipe, and its type hint says what the recipe may write.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.errors import PydanticUserError
from pydantic_core import to_jsonable_python

from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins.type_text import type_text

Factory = Callable[..., Any]
_PREFIX = "argument_"  # of the model's fields, so that no argument's name meets one of pydantic's own
_ENTRY = re.compile(r"(\w+)(?: \([^)]*\))?: (.*)")


@dataclass(frozen=True)
class Argument:
    """One argument of a component, in words; `default` is None where the recipe must give a value."""

    name: str
    type: str
    default: str | None
    description: str

    @property
    def required(self) -> bool:
        """Whether a recipe must give it."""
        return self.default is None


def takes_specification(factory: Factory) -> bool:
    """Whether the factory has a positional parameter, which is the specification that the core supplies.

    Raises:
        GanlabError: for a signature that a recipe could not fill.
    """
    positional = 0
    for parameter in _signature(factory).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            name = str(parameter).partition(":")[0]
            raise GanlabError(f"its factory takes {name}, which no recipe can be checked against: name each argument")
        positional += parameter.kind is not parameter.KEYWORD_ONLY
    if positional > 1:
        raise GanlabError(
            f"its factory has {positional} positional parameters; it may have one, the specification: "
            "put a * before the arguments that come from the recipe"
        )
    return positional == 1


def read_arguments(factory: Factory) -> tuple[Argument, ...]:
    """The factory's keyword-only arguments, in order."""
    hints, descriptions = _hints(factory), argument_descriptions(factory)
    return tuple(
        Argument(
            name=parameter.name,
            type=type_text(hints[parameter.name]),
            default=_default_text(parameter),
            description=descriptions.get(parameter.name, ""),
        )
        for parameter in _keyword_only(factory)
    )


def arguments_model(factory: Factory, *, name: str) -> type[BaseModel]:
    """The model that checks a recipe's arguments for this factory: strict, no unknown keys; aliases are their names.

    Raises:
        GanlabError: an argument without a type hint, or of a type that pydantic can't check, or with a default that
            its own type refuses.
    """
    hints, descriptions = _hints(factory), argument_descriptions(factory)
    fields: dict[str, Any] = {}
    for parameter in _keyword_only(factory):
        if parameter.name not in hints:
            raise GanlabError(f"its argument {parameter.name!r} has no type hint")
        default = ... if parameter.default is parameter.empty else parameter.default
        description = descriptions.get(parameter.name)
        fields[_PREFIX + parameter.name] = (
            hints[parameter.name],
            Field(default, alias=parameter.name, description=description),
        )
    config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)
    try:
        model: type[BaseModel] = create_model(name, __config__=config, **fields)
    except PydanticUserError as error:
        raise GanlabError(f"its arguments can't be checked: {str(error).splitlines()[0]}") from error
    _check_defaults(model)
    return model


def argument_descriptions(factory: Factory) -> dict[str, str]:
    """The `Args:` of the factory's docstring, by name."""
    found: dict[str, str] = {}
    name, indent = "", -1
    for line in _args_lines(factory):
        depth, entry = len(line) - len(line.lstrip()), _ENTRY.fullmatch(line.strip())
        indent = depth if indent < 0 else indent
        if entry and depth == indent:
            name = entry[1]
            found[name] = entry[2].strip()
        elif name:
            found[name] += " " + line.strip()
    return found


def plain_values(arguments: BaseModel, *, context: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Checked arguments as what YAML can hold: numbers, text, lists, mappings, null; defaults included.

    Args:
        context: what types may ask for, such as that shares be `AS_WRITTEN`.
    """
    return arguments.model_dump(mode="json", by_alias=True, context=context)


def call_values(arguments: BaseModel) -> dict[str, Any]:
    """Checked arguments as what the factory gets: nested dataclasses, tuples and paths are instances."""
    return {name.removeprefix(_PREFIX): value for name, value in arguments}


def _default_text(parameter: inspect.Parameter) -> str | None:
    """The default as a recipe would write it."""
    if parameter.default is parameter.empty:
        return None
    value = to_jsonable_python(parameter.default)
    return value if isinstance(value, str) else json.dumps(value)


def _args_lines(factory: Factory) -> Iterator[str]:
    """The lines of the docstring's `Args:` section; of the class, or of its `__init__` if that is where it is."""
    inside = False
    for text in (inspect.getdoc(factory), inspect.getdoc(getattr(factory, "__init__", None))):
        for line in (text or "").splitlines():
            if line.strip() and not line.startswith(" "):
                inside = line.strip() == "Args:"
            elif inside and line.strip():
                yield line
        inside = False


def _signature(factory: Factory) -> inspect.Signature:
    try:
        return inspect.signature(factory)
    except (TypeError, ValueError) as error:
        raise GanlabError(f"its factory has no readable signature: {error}") from error


def _keyword_only(factory: Factory) -> list[inspect.Parameter]:
    parameters = _signature(factory).parameters.values()
    return [parameter for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]


def _hints(factory: Factory) -> Mapping[str, Any]:
    described = factory.__init__ if isinstance(factory, type) else factory  # type: ignore[misc]
    if not inspect.isroutine(described):
        described = type(factory).__call__
    function = inspect.unwrap(described)
    # Those alone: what a factory returns may be imported for type checkers only, so that naming it loads no torch.
    wanted = {parameter.name for parameter in _keyword_only(factory)}
    annotations = getattr(function, "__annotations__", {})
    arguments = SimpleNamespace(__annotations__={name: hint for name, hint in annotations.items() if name in wanted})
    try:
        return get_type_hints(arguments, globalns=getattr(function, "__globals__", {}), include_extras=True)
    except Exception as error:
        raise GanlabError(f"the type hints of its factory can't be read: {error}") from error


def _check_defaults(model: type[BaseModel]) -> None:
    """A frozen recipe writes defaults out, so each must survive being written and read."""
    try:
        written = model.model_construct().model_dump_json(by_alias=True, warnings=False)
        model.model_validate_json(written, strict=True)
    except ValidationError as error:
        wrong = [detail for detail in error.errors() if detail["type"] != "missing"]
        if wrong:
            name, reason = wrong[0]["loc"][0], wrong[0]["msg"]
            raise GanlabError(f"its argument {name!r} has a default that its own type refuses: {reason}") from error
    except Exception as error:
        raise GanlabError(f"its defaults can't be written to a recipe: {error}") from error
