"""The JSON Schema (draft 2020-12) of recipe files, for editors: completion, documentation and checks while typing.

A recipe file may be a fragment, so nothing is required; null drops a key, so it fits anywhere.
"""

from __future__ import annotations

from typing import Any

from ganlab_core.interface.kinds import KINDS, PLACES, Holds, PartKind
from ganlab_core.plugins import Plugins
from ganlab_core.plugins.registry import Entry
from ganlab_core.recipe.load import COMPLETE
from ganlab_core.recipe.settings import NAME_PATTERN, NetworkParts, Recipe, part_model
from ganlab_core.recipe.sources import EXTENDS

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_UNNAMED = {"type": "object", "properties": {"use": False}, "title": "arguments of the component that is there already"}
_VALUES = ("default", "const", "enum")  # keywords that hold a value, not a schema


def json_schema(plugins: Plugins) -> dict[str, Any]:
    """The schema of what `load_recipe` reads, with every component that the plugins give."""
    schema = Recipe.model_json_schema()
    definitions = schema["$defs"]
    properties = schema["properties"]
    for kind in KINDS.values():
        for role in kind.roles:
            entries = [entry for entry in plugins.registries[kind.name] if entry.component.role == role]
            components = [_component(entry, kind, definitions) for entry in entries]
            definitions[role or kind.name] = {"oneOf": [*components, _UNNAMED]}
        if kind.holds is not Holds.PLACES:
            properties[kind.section] = _section(kind)
    definitions[NetworkParts.__name__]["properties"] = {place: _reference(role) for place, role in PLACES.items()}
    properties[COMPLETE] = {"const": True, "description": "Take this file in place of the default recipe."}
    properties[EXTENDS] = {
        "type": "array",
        "items": {"type": "string"},
        "description": "Recipes (files relative to this one, or names) that this one is merged over.",
    }
    for model in {part_model(kind.section) for kind in KINDS.values()}:
        del definitions[model.__name__]
    return {"$schema": _DIALECT, **_relaxed(schema)}


def _section(kind: PartKind) -> dict[str, Any]:
    """The schema of a section that holds one part, or parts by name."""
    if kind.holds is Holds.ONE:
        return _reference(kind.name)
    return {
        "type": "object",
        "propertyNames": {"pattern": NAME_PATTERN},
        "additionalProperties": {"anyOf": [_reference(kind.name), {"type": "null"}]},
    }


def _reference(definition: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{definition}"}


def _component(entry: Entry, kind: PartKind, definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of a part that uses this component; types that its arguments need go to `definitions`."""
    prefix = f"{entry} ".replace(" ", ".")
    arguments = entry.model.model_json_schema(ref_template=f"#/$defs/{prefix}{{model}}")
    for name, definition in arguments.get("$defs", {}).items():
        definitions[prefix + name] = definition
    settings = part_model(kind.section).model_json_schema()["properties"]
    return {
        "type": "object",
        "title": str(entry),
        "description": entry.summary,
        "properties": {
            **{key: settings[key] for key in entry.settings},
            "use": {"const": entry.name},
            **arguments["properties"],
        },
        "required": ["use"],
        "additionalProperties": False,
    }


def _relaxed(schema: Any) -> Any:
    """The schema with nothing required but `use`, and null allowed for every property."""
    if isinstance(schema, list):
        return [_relaxed(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    relaxed = {
        key: value if key in _VALUES else _relaxed(value)
        for key, value in schema.items()
        if key not in ("properties", "required")
    }
    if "properties" in schema:
        relaxed["properties"] = {name: _optional(name, inner) for name, inner in schema["properties"].items()}
    if schema.get("required") == ["use"]:
        relaxed["required"] = ["use"]
    return relaxed


def _optional(name: str, schema: Any) -> Any:
    return _relaxed(schema) if name == "use" else {"anyOf": [_relaxed(schema), {"type": "null"}]}
