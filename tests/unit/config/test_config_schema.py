"""The JSON Schema: complete, and true to what validation does."""

from __future__ import annotations

import dataclasses
import json
from typing import get_args, get_type_hints

import pytest

from origin_router.config import json_schema
from origin_router.config.schema import TYPES, follow, header, schema_at, tables
from origin_router.routing.config import PoolConfig
from origin_router.routing.policy import POLICIES


def test_every_field_is_in_the_schema() -> None:
    """Nothing that a type has can be missing from the editor's view."""
    in_schema = sorted(sorted(set(table["properties"]) - {"dev"}) for _, table in tables())

    assert sorted(sorted(field.name for field in dataclasses.fields(kind)) for kind in TYPES) == in_schema


def test_every_key_with_a_value_is_described() -> None:
    """The docstring under each field arrives; keys that hold tables are described by the table."""
    for place, table in tables():
        assert table["description"], place
        for key, child in table["properties"].items():
            inner = follow(child)
            holder = inner.get("items") or inner.get("additionalProperties") or {}
            is_table = "properties" in inner or "properties" in follow(holder)
            assert is_table or child.get("description"), f"{header(place)} {key}"


def test_the_schema_is_plain_json_and_refuses_unknown_keys() -> None:
    """An editor reads it from a file, and marks what `check` would refuse."""
    document = json.loads(json.dumps(json_schema()))

    assert document["additionalProperties"] is False
    assert all(kind["additionalProperties"] is False for kind in document["$defs"].values())
    assert document["required"] == ["name", "pool", "pools"]


def test_every_policy_that_the_router_has_can_be_configured() -> None:
    """And no other."""
    assert list(POLICIES) == list(get_args(get_type_hints(PoolConfig)["policy"]))
    assert list(POLICIES) == schema_at(("pools", "x", "policy"))["enum"]


@pytest.mark.parametrize(
    ("location", "text"),
    [
        ((), ""),
        (("dev",), "[dev]"),
        (("pools", "web"), "[pools.web]"),
        (("pools", "my pool", "probe"), '[pools."my pool".probe]'),
        (("pools", "web", "origins", 3), "[[pools.web.origins]]"),
    ],
)
def test_headers_are_written_as_in_the_file(location: tuple[str | int, ...], text: str) -> None:
    """What a message tells to write can be pasted."""
    assert text == header(location)


def test_a_place_that_does_not_exist_has_no_schema() -> None:
    """Whatever path a document leads down."""
    assert schema_at(("pools", "web", "origins", 0, "nothing", 3)) == {}
