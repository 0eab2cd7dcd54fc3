"""The types of `routing.config` bound to pydantic, and their JSON Schema.

`routing` ships to the edge and must not know pydantic; it is bound here, from outside.
The schema is the one source for messages, the `init` template and the reference page:
keys, defaults, ranges, and the docstrings of the fields as descriptions.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import ConfigDict, TypeAdapter, with_config
from pydantic.json_schema import GenerateJsonSchema

from origin_router.config.dev import DevConfig
from origin_router.config.problems import Location, format_path
from origin_router.routing.config import (
    AdaptiveTimeoutConfig,
    ControlConfig,
    FeedbackConfig,
    HealthConfig,
    JournalConfig,
    OriginConfig,
    PoolConfig,
    ProbeConfig,
    ResponseConfig,
    RouterConfig,
    RuleConfig,
)

TYPES = (
    *(ProbeConfig, HealthConfig, AdaptiveTimeoutConfig, ResponseConfig, OriginConfig, PoolConfig, RuleConfig),
    *(FeedbackConfig, ControlConfig, JournalConfig, RouterConfig, DevConfig),
)
"""Every table of origin-router.toml."""

STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True)
"""Strict, so that "443" is not taken for 443; a whole number is still accepted where a fraction may stand."""

for _type in TYPES:
    with_config(STRICT)(_type)

ROUTER: TypeAdapter[RouterConfig] = TypeAdapter(RouterConfig)
DEV: TypeAdapter[DevConfig] = TypeAdapter(DevConfig)


class _Generator(GenerateJsonSchema):
    """Leaves out the titles that pydantic makes of the field names: they say nothing."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False


@cache
def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of origin-router.toml, for editors and for us. Do not modify it."""
    refs, shared = TypeAdapter.json_schemas(
        [("router", "validation", ROUTER), ("dev", "validation", DEV)], schema_generator=_Generator
    )
    definitions = shared["$defs"]
    root = definitions.pop(_name(refs["router", "validation"]))
    root["properties"]["dev"] = {"$ref": refs["dev", "validation"]["$ref"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "origin-router.toml",
        **{key: value for key, value in root.items() if key != "title"},
        "$defs": definitions,
    }


def follow(node: dict[str, Any]) -> dict[str, Any]:
    """Return what a schema node stands for, references resolved; of an optional value, the value."""
    if "anyOf" in node:
        node = node | next(each for each in node["anyOf"] if each.get("type") != "null")
    if "$ref" in node:
        target: dict[str, Any] = json_schema()["$defs"][_name(node)]
        return target
    return node


def schema_at(location: Location) -> dict[str, Any]:
    """Return the schema of a place in the document; empty where there is no such place."""
    node = json_schema()
    for step in location:
        if isinstance(step, int):
            node = node.get("items", {})
        else:
            node = node.get("properties", {}).get(step) or node.get("additionalProperties") or {}
        node = follow(node)
    return node


def tables(location: Location = ()) -> Iterator[tuple[Location, dict[str, Any]]]:
    """Yield every kind of table with its place, in the order of the types; `NAME` stands for the user's own key."""
    node = schema_at(location)
    yield location, node
    for key, child in node.get("properties", {}).items():
        kind = follow(child)
        if kind.get("type") == "array" and follow(kind["items"]).get("type") == "object":
            yield from tables((*location, key, 0))
        elif "properties" in kind:
            yield from tables((*location, key))
        elif "properties" in follow(kind.get("additionalProperties") or {}):
            yield from tables((*location, key, "NAME"))


def header(location: Location) -> str:
    """Write the TOML header of a table: `[pools.web.probe]`, `[[pools.web.origins]]`; empty for the top of the file."""
    if not location:
        return ""
    keys = format_path(tuple(step for step in location if isinstance(step, str)))
    return f"[[{keys}]]" if isinstance(location[-1], int) else f"[{keys}]"


def number_range(schema: dict[str, Any]) -> str:
    """Write the range of a number."""
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None or high is None:
        return "any number" if low is None else f"{low:g} or more"
    return f"{low:g} to {high:g}"


def _name(reference: dict[str, Any]) -> str:
    return str(reference["$ref"]).rpartition("/")[2]
