"""Types, required and unknown keys, ranges: pydantic judges, this module says it in our words."""

from __future__ import annotations

import json
from datetime import date, time
from typing import Any, NamedTuple, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from origin_router.config.dev import DevConfig
from origin_router.config.impossible import reason_against
from origin_router.config.problems import Finding, Location, did_you_mean, show, suggest
from origin_router.config.schema import DEV, ROUTER, follow, header, number_range, schema_at, tables
from origin_router.routing.config import RouterConfig

T = TypeVar("T")

INTEGER_LIMIT = 2**63
"""TOML promises 64-bit integers; tomllib reads larger ones all the same."""

WANTED = {
    "int_type": "an integer",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "a string",
    "path_type": "a string",
    "tuple_type": "an array",
    "dict_type": "a table",
    "dataclass_type": "a table",
}
"""By pydantic's error type: what should have been written."""

OUT_OF_RANGE = ("greater_than_equal", "less_than_equal", "finite_number")


class Structure(NamedTuple):
    """What validation made of the document. `router` and `dev` are None if there is any finding."""

    router: RouterConfig | None
    dev: DevConfig | None
    findings: tuple[Finding, ...]


def validate(document: dict[str, Any]) -> Structure:
    """Turn the document into the typed configuration, or into findings."""
    foreign: list[Finding] = []
    plain = _without_foreign(document, (), foreign)
    findings: list[Finding] = []
    router = _parse(ROUTER, {key: value for key, value in plain.items() if key != "dev"}, (), findings)
    dev = _parse(DEV, plain.get("dev", {}), ("dev",), findings)
    reported = {finding.location for finding in foreign}
    findings = foreign + [each for each in findings if each.location not in reported]
    if findings:
        return Structure(None, None, tuple(findings))
    return Structure(router, dev, ())


def _parse(adapter: TypeAdapter[T], document: Any, location: Location, findings: list[Finding]) -> T | None:
    """Validate by way of JSON: only there do strict types take arrays for tuples and tables for dataclasses."""
    try:
        return adapter.validate_json(json.dumps(document))
    except ValidationError as error:
        findings += [_finding(each, location) for each in error.errors(include_url=False)]
        return None


def _without_foreign(value: Any, location: Location, foreign: list[Finding]) -> Any:
    """Copy the document without what TOML can say and no key of ours takes; note each such value."""
    if isinstance(value, dict):
        return {key: _without_foreign(each, (*location, key), foreign) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_foreign(each, (*location, index), foreign) for index, each in enumerate(value)]
    stand_in: str | int
    if isinstance(value, date | time):
        message, stand_in = f"{value} is a date or time; a string needs quotes", ""
    elif isinstance(value, int) and not -INTEGER_LIMIT <= value < INTEGER_LIMIT:
        message, stand_in = "is an integer of more than 64 bits", 0
    else:
        return value
    if schema_at(location):  # under an unknown key, the key is the mistake
        foreign.append(Finding(location, message))
    return stand_in


def _finding(error: ErrorDetails, base: Location) -> Finding:
    location = (*base, *error["loc"])
    return Finding(location, _message(error, location))


def _message(error: ErrorDetails, location: Location) -> str:
    kind, value = error["type"], error["input"]
    if kind in ("literal_error", "unexpected_keyword_argument") and location[-3:-2] == ("origins",):
        reason = reason_against(str(location[-1]), value)
        if reason:
            return reason
    if kind == "missing":
        return _missing(location)
    if kind == "unexpected_keyword_argument":
        return _unknown_key(location)
    if kind == "literal_error":
        return f"{show(value)} is not allowed{did_you_mean(str(value), schema_at(location)['enum'])}"
    if kind in OUT_OF_RANGE:
        return f"{show(value)} is out of range; allowed: {number_range(schema_at(location))}"
    if kind in WANTED:
        return _wrong_type(WANTED[kind], value, location)
    return f"{show(value)}: {error['msg']}"


def _missing(location: Location) -> str:
    schema = schema_at(location)
    if schema.get("type") == "array":
        return f"is missing; write {header((*location, 0))}"
    if schema.get("type") == "object":
        return f"is missing; write {header((*location, 'web'))} and its origins"
    return f"is missing; it is required: {schema['description']}"


def _unknown_key(location: Location) -> str:
    """Say which spelling is likely, and where the key belongs if it is one of another table."""
    parent, key = location[:-1], str(location[-1])
    siblings = list(schema_at(parent)["properties"])
    homes = " or ".join(
        header(place) or "the top of the file, before the first table"
        for place, table in tables()
        if key in table["properties"]
    )
    belongs = f"; it belongs to {homes}" if homes else ""
    allowed = "" if homes and not suggest(key, siblings) else did_you_mean(key, siblings)
    return f"is not a key of this table{belongs}{allowed}"


def _wrong_type(wanted: str, value: Any, location: Location) -> str:
    text = f"{show(value)} is {_kind(value)}" if not isinstance(value, dict | list) else f"is {_kind(value)}"
    return f"{text}; {wanted} is expected{_advice(wanted, value, location)}"


def _kind(value: Any) -> str:
    for kind, name in ((bool, "a boolean"), (int, "an integer"), (float, "a fraction"), (str, "a string")):
        if isinstance(value, kind):
            return name
    return "an array" if isinstance(value, list) else "a table"


def _advice(wanted: str, value: Any, location: Location) -> str:
    if wanted == "a string" and isinstance(value, int | float):
        return ": write it in quotes"
    if wanted in ("an integer", "a number") and isinstance(value, str) and value.strip().isdecimal():
        return ": write it without quotes"
    if wanted == "true or false" and isinstance(value, str) and value in ("true", "false"):
        return ": write it without quotes"
    if wanted == "an array":
        holds_tables = follow(schema_at(location)["items"]).get("type") == "object"
        return f": write {header((*location, 0))}" if holds_tables else f": write [{show(value)}]"
    if wanted == "a table":
        return f": write {header(location)}"
    return ""
