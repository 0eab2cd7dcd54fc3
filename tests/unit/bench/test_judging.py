"""When a measurement counts as right, wrong, disturbed or withheld."""

from __future__ import annotations

import pytest

from bench.judging import DISTURBED_MS, disturbed_above_ms, judge
from bench.matching import Measured

TOLERANCE_MS = 6.0


def frozen(error_ms: float, held_up_ms: float = 0.0) -> Measured:
    return Measured("frozen", None, error_ms, held_up_ms)


def test_withheld_latencies_are_counted_by_reason_and_never_judged() -> None:
    withheld = Measured("frozen", "arrived_at_thaw", 0.0, 0.0)
    judged = judge([withheld, withheld, frozen(1.0)], TOLERANCE_MS)
    assert judged.withheld == {"arrived_at_thaw": 2}
    assert judged.frozen == [1.0]


def test_moments_are_judged_apart_and_the_race_not_at_all() -> None:
    measured = [frozen(1.0), Measured("after_answer", None, 0.5, 0.0), Measured("race", None, 9.0, 0.0)]
    judged = judge(measured, TOLERANCE_MS)
    assert (judged.frozen, judged.awake, judged.wrong) == ([1.0], [0.5], 0)


@pytest.mark.parametrize(
    ("error_ms", "held_up_ms", "wrong"),
    [(6.0, 0.0, 0), (-6.0, 0.0, 0), (6.1, 0.0, 1), (-6.1, 0.0, 1), (8.0, 2.5, 0), (200.0, 2.5, 1)],
)
def test_a_disturbance_excuses_an_error_of_its_own_size_and_no_more(
    error_ms: float, held_up_ms: float, wrong: int
) -> None:
    """A latency that contains a freeze must be found out, whatever else the machine had to do."""
    judged = judge([frozen(error_ms, held_up_ms), frozen(0.0), frozen(0.0)], TOLERANCE_MS)
    assert judged.wrong == wrong
    assert judged.believed == 3


@pytest.mark.parametrize(
    ("held_up_ms", "limit_ms"),
    [([0.1, 0.2, 50.0], DISTURBED_MS), ([3.0, 4.0, 50.0], 4.0), ([0.1], DISTURBED_MS)],
)
def test_on_a_busy_machine_at_least_the_quieter_half_is_judged(held_up_ms: list[float], limit_ms: float) -> None:
    assert disturbed_above_ms([frozen(0.0, each) for each in held_up_ms]) == limit_ms
