"""The JSON Schema for editors knows each component's arguments, and takes what `load_recipe` takes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ganlab_core.plugins import Plugins
from ganlab_core.recipe.freeze import to_yaml
from ganlab_core.recipe.load import load_recipe
from ganlab_core.recipe.reader import read_file, read_text
from ganlab_core.recipe.schema import json_schema
from ganlab_core.recipe.sources import DEFAULT

TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "null": type(None),
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}


@pytest.fixture(scope="module")
def schema(plugins: Plugins) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(json_schema(plugins)))
    return found


def fits(value: Any, schema: Any, root: dict[str, Any]) -> bool:
    """Whether a value fits, by the part of JSON Schema that recipes need."""
    if isinstance(schema, bool):
        return schema
    if "$ref" in schema:
        return fits(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root)
    checks = [
        value == schema.get("const", value),
        value in schema.get("enum", [value]),
        "type" not in schema
        or (isinstance(value, TYPES[schema["type"]]) and (schema["type"] == "boolean" or not isinstance(value, bool))),
        "anyOf" not in schema or any(fits(value, inner, root) for inner in schema["anyOf"]),
        "oneOf" not in schema or [fits(value, inner, root) for inner in schema["oneOf"]].count(True) == 1,
    ]
    if isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        names = schema.get("propertyNames", {}).get("pattern", "")
        checks += [fits(inner, known.get(key, others), root) for key, inner in value.items()]
        checks += [key in value for key in schema.get("required", ())]
        checks += [bool(re.search(names, key)) for key in value]
    if isinstance(value, list):
        heads = schema.get("prefixItems", [])
        items = [*heads, *[schema.get("items", True)] * (len(value) - len(heads))]
        checks += [fits(inner, item, root) for inner, item in zip(value, items, strict=False)]
    if isinstance(value, str):
        checks.append(bool(re.search(schema.get("pattern", ""), value)))
    if isinstance(value, (int, float)):
        checks += [value > schema.get("exclusiveMinimum", value - 1), value >= schema.get("minimum", value)]
    return all(checks)


def test_is_of_the_draft_that_editors_know_and_every_reference_leads_somewhere(schema: dict[str, Any]) -> None:
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    text = json.dumps(schema)
    references = set(re.findall(r'"\$ref": "#/\$defs/([^"]+)"', text))
    assert len(references) > 10
    assert references <= schema["$defs"].keys()


def test_offers_each_component_with_its_arguments_and_their_descriptions(schema: dict[str, Any]) -> None:
    offered = {part["properties"]["use"]["const"]: part for part in schema["$defs"]["loss"]["oneOf"][:-1]}
    assert set(offered) >= {"nonsaturating", "hinge", "r1", "agreement"}
    assert set(offered["r1"]["properties"]) == {"use", "weight", "starts", "ends", "gamma", "every"}
    assert offered["r1"]["additionalProperties"] is False
    assert offered["r1"]["properties"]["gamma"]["anyOf"][0]["description"] == "the penalty's strength."
    roles = {role: len(schema["$defs"][role]["oneOf"]) - 1 for role in ("generator", "trunk", "discriminator")}
    assert roles == {"generator": 2, "trunk": 3, "discriminator": 2}


def test_takes_the_default_recipe_and_frozen_ones(schema: dict[str, Any], plugins: Plugins) -> None:
    assert fits(read_file(Path(DEFAULT)).values, schema, schema)
    frozen = to_yaml(load_recipe(prior="stretch", plugins=plugins))
    assert fits(read_text(frozen, "frozen").values, schema, schema)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("steps: 3", True),
        ("prior: {code: {classes: 3}}", True),
        ("prior: {code: null}", True),
        ("losses: {consistency: {use: agreement, weight: 2, views: {rotation: 3}}}", True),
        ("dataset: {use: digits, imbalance: {ratio: 3}}", True),
        ("stepps: 3", False),
        ("steps: 0", False),
        ("steps: two", False),
        ("steps: 200 epochs", True),
        ("extends: [a.yaml]", True),
        ("extends: a.yaml", False),
        ("prior: {code: {use: categorical, clases: 3}}", False),
        ("prior: {code: {use: nowhere}}", False),
        ("networks: {trunk: {use: linear}}", False),
        ("losses: {consistency: {use: agreement, views: {rotatoin: 3}}}", False),
    ],
)
def test_takes_fragments_and_refuses_mistakes(schema: dict[str, Any], text: str, good: bool) -> None:
    assert fits(read_text(text, "a.yaml").values, schema, schema) is good
