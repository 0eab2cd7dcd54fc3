"""When a reading reaches its target, and what is written about it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bench.figure import Floor, Reading, Target
from bench.samples import summarise


@pytest.mark.parametrize(
    ("target", "value", "is_met"),
    [
        (Target(0.5), 0.5, True),
        (Target(0.5), 0.501, False),
        (Target(0.0, is_strict=True), 0.0, False),
        (Target(0.0, is_strict=True), -0.1, True),
        (Floor(2_000), 2_000, True),
        (Floor(2_000), 1_999, False),
        (None, 1e9, None),
    ],
)
def test_a_target_includes_its_limit_unless_it_says_otherwise(
    target: Target | Floor | None, value: float, is_met: bool | None
) -> None:
    assert Reading(figure="F1", what="x", value=value, unit="ms", target=target).is_met is is_met


def test_json_holds_value_target_verdict_seed_and_the_percentiles_behind_them() -> None:
    reading = Reading(
        figure="F2",
        what="race",
        value=7.5,
        unit="ms",
        target=Target(8.0),
        seed=9.0,
        series={"ours": summarise([7.0, 8.0, 7.5]), "alone": summarise([1.0, 1.0])},
    )
    written = json.loads(json.dumps(reading.as_dict()))
    assert written["target"] == {"limit": 8.0, "is_strict": False}
    assert (written["is_met"], written["seed"], written["samples"]) == (True, 9.0, 2)
    assert written["series"]["ours"]["p50"] == 7.5
    assert replace(reading, target=Floor(5)).as_dict()["target"] == {"limit": 5, "is_floor": True}
