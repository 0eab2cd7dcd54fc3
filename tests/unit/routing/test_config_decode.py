"""The configuration's types: bounds that validation understands, and what the edge reads back."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from origin_router.routing.bounds import Range
from origin_router.routing.compiled import decode
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
from tests.support.configs import as_tables

CONFIG = RouterConfig(
    name="shop",
    pool="web",
    pools={"web": PoolConfig(origins=(OriginConfig(id="eu", host="eu.example.com"),))},
    rules=(RuleConfig(pool="web", methods=("POST",)),),
)

BOUNDS: list[tuple[Any, float, bool]] = [
    (Annotated[int, Range(1, 5)], 1, True),
    (Annotated[int, Range(1, 5)], 5, True),
    (Annotated[int, Range(1, 5)], 0, False),
    (Annotated[int, Range(1, 5)], 6, False),
    (Annotated[int, Range(1, None)], 10**9, True),
    (Annotated[int, Range(1, None)], 0, False),
]


@pytest.mark.parametrize(("kind", "value", "is_allowed"), BOUNDS)
def test_bounds_are_included_and_may_be_open(kind: Any, value: float, is_allowed: bool) -> None:
    """The marker says to pydantic what its docstring says to a reader."""
    adapter = TypeAdapter(kind)

    if is_allowed:
        assert adapter.validate_python(value) == value
    else:
        with pytest.raises(ValidationError):
            adapter.validate_python(value)


def test_what_was_compiled_is_decoded() -> None:
    """Every kind of value that JSON knows less of: nested types, tuples, tables."""
    origins = tuple(OriginConfig(id=name, host=f"{name}.example.com", weight=7) for name in ("eu", "us"))
    pool = PoolConfig(
        policy="weighted",
        key="cookie:id",
        prior={"eu-west-1": {"eu": 20.0}},
        probe=ProbeConfig(method="GET", expect=("204",)),
        health=HealthConfig(fall=5, slow_start_s=30),
        adaptive_timeout=AdaptiveTimeoutConfig(multiple=3),
        response=ResponseConfig(status=503, headers={"Content-Type": "text/plain"}, body="gone"),
        origins=origins,
    )
    config = RouterConfig(
        name="shop",
        pool="web",
        pools={"web": pool, "primary": CONFIG.pools["web"]},
        rules=(RuleConfig(pool="primary", methods=("POST",), hosts=("a", "b"), headers={"x": "*"}, regions=("r",)),),
        feedback=FeedbackConfig(enabled=True),
        control=ControlConfig(bucket="orders"),
        journal=JournalConfig(summary_s=0),
    )

    assert asdict(config) == as_tables(decode(json.loads(json.dumps(asdict(config)))))


@pytest.mark.parametrize("missing", ["name", "pool", "pools", "rules"])
def test_a_document_without_a_part_is_refused(missing: str) -> None:
    """The edge then leaves requests unchanged, instead of routing them by half a configuration."""
    document = asdict(CONFIG)
    del document[missing]

    with pytest.raises((KeyError, TypeError), match=missing):
        decode(document)


@pytest.mark.parametrize("fallback", ["", "us"])
def test_the_fallback_is_the_first_origin_unless_named(fallback: str) -> None:
    """So that a pool without a word about it has one; the edge says the same."""
    origins = tuple(OriginConfig(id=name, host=f"{name}.example.com") for name in ("eu", "us"))
    config = replace(CONFIG, pools={"web": PoolConfig(origins=origins, fallback=fallback)})

    for each in (config, decode(asdict(config))):
        assert each.pools["web"].fallback_id == (fallback or "eu")
