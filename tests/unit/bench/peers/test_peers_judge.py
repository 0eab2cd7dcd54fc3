"""What counts as failed, late, left and returned: cells with a course that is written down."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from bench.peers.faults import VIEWER_TIMEOUT_S, Fault
from bench.peers.judge import Observation, had_left, judge, return_s
from bench.peers.load import PEAK, PEAK_SHARE, RAMP_SHARE, Sample, due_s
from bench.peers.timeline import timeline_of
from bench.peers.trio import SeenTraffic

RATE_PER_S = 20
FAULT_AT, HEALED_AT, END_AT = 5.0, 15.0, 25.0
NEAR_S, MIDDLE_S = 0.01, 0.04

Course = Callable[[float], Sample]


def answered(at: float, origin: str = "near", took_s: float = NEAR_S) -> Sample:
    return Sample(at, at, at + took_s, 200, origin)


def failed(at: float) -> Sample:
    return Sample(at, at, at + 1.0, 504, "", "504")


def observation(course: Course, *, arrives_at_near: bool = False, probes: int = 0) -> Observation:
    """A cell whose requests go as `course` says; near for all outside of the fault until it says otherwise."""
    samples = [course(number / RATE_PER_S) for number in range(int(END_AT * RATE_PER_S))]
    arrived = [each.intended_at for each in samples if each.origin == "near" or arrives_at_near]
    quiet = SeenTraffic([], [])
    near = SeenTraffic(arrived, [FAULT_AT + number / 100 for number in range(probes)])
    return Observation(
        samples=samples,
        before_at=1.0,
        fault_at=FAULT_AT,
        healed_at=HEALED_AT,
        end_at=END_AT,
        seen={"near": near, "middle": quiet, "far": quiet},
    )


def leaves_after(leave_s: float, hurt: Callable[[float], Sample], returns_at: float = HEALED_AT + 3) -> Course:
    def course(at: float) -> Sample:
        if at < FAULT_AT or at >= returns_at:
            return answered(at)
        return hurt(at) if at < FAULT_AT + leave_s else answered(at, "middle", MIDDLE_S)

    return course


def test_one_that_leaves_and_returns() -> None:
    """A second of failures, then the next origin, and back three seconds after the healing."""
    verdict = judge("x", Fault.SILENT, 1, observation(leaves_after(1.0, failed), probes=72))
    assert (verdict.failed, verdict.hurt) == (20, 20)
    assert verdict.leave_s == pytest.approx(1.0)
    assert verdict.return_s == pytest.approx(3.0, abs=0.2)  # when nine of ten requests are near's again
    assert verdict.added_p50_ms == pytest.approx(30)
    assert verdict.added_p99_ms == pytest.approx(VIEWER_TIMEOUT_S * 1000 - 10)
    assert verdict.probes_per_s == pytest.approx(1.0)
    assert verdict.problems == {"504": 20}


def test_a_late_answer_hurts_but_the_way_to_the_next_origin_does_not() -> None:
    late = judge("x", Fault.SLOW, 1, observation(leaves_after(2.0, lambda at: answered(at, "near", 0.41))))
    assert (late.failed, late.hurt) == (0, 40)
    assert late.leave_s == pytest.approx(2.0)
    at_once = judge("x", Fault.REFUSED, 1, observation(leaves_after(0.0, failed)))
    assert (at_once.hurt, at_once.leave_s) == (0, 0.0)


@pytest.mark.parametrize("last_hurt_at", [HEALED_AT - 0.05, HEALED_AT - 1.5])
def test_who_is_hurt_until_shortly_before_the_end_has_not_left(last_hurt_at: float) -> None:
    """One request in vain now and then is not having left: there must be two calm seconds."""

    def course(at: float) -> Sample:
        if FAULT_AT <= at < HEALED_AT:
            return failed(at) if abs(at - last_hurt_at) < 0.01 else answered(at, "middle", MIDDLE_S)
        return answered(at)

    verdict = judge("x", Fault.SILENT, 1, observation(course))
    assert (verdict.hurt, verdict.leave_s) == (1, None)
    assert verdict.had_left, "it asked another origin all the same"


def test_who_asks_the_broken_origin_to_the_end_cannot_return() -> None:
    """CloudFront's origin group: each request waits for the first origin in vain, whether or not it hears of it."""

    def course(at: float) -> Sample:
        is_broken = FAULT_AT <= at < HEALED_AT
        return answered(at, "middle", 1.04) if is_broken else answered(at)

    for arrives in (True, False):
        seen = observation(course, arrives_at_near=arrives)
        assert not had_left(seen)
        assert return_s(seen) is None


def test_failures_after_the_healing_count_too() -> None:
    def course(at: float) -> Sample:
        return failed(at) if HEALED_AT <= at < HEALED_AT + 1 else answered(at)

    verdict = judge("x", Fault.REFUSED, 1, observation(course))
    assert (verdict.failed, verdict.hurt) == (20, 0)


def test_without_a_healthy_time_nothing_is_judged() -> None:
    with pytest.raises(ValueError, match="before the fault"):
        judge("x", Fault.SLOW, 1, observation(failed))


def test_the_course_in_steps() -> None:
    timeline = timeline_of(observation(leaves_after(1.0, failed)))
    assert timeline.fault_s == HEALED_AT - FAULT_AT
    assert sum(step.failed for step in timeline.steps) == 20
    in_fault = [step for step in timeline.steps if 2 < step.at_s < 9]
    assert {round(step.p50_ms) for step in in_fault} == {40}


def test_an_answer_that_no_origin_gave_is_a_failure() -> None:
    """An error page of 200, or a response without an origin's name."""
    assert Sample(0, 0, 0.01, 200, "").has_failed
    assert Sample(0, 0, 0.01, 200, "").latency_s == VIEWER_TIMEOUT_S


def test_the_rate_grows_evenly_to_its_peak_then_stays() -> None:
    """Half the peak's requests in the ramp, all of them in the peak; no gap and no bunch where one ends."""
    rate_per_s, warm_up_s = 20, 10
    ramp_s, peak_end_s = RAMP_SHARE * warm_up_s, (RAMP_SHARE + PEAK_SHARE) * warm_up_s
    due = [due_s(number, rate_per_s, warm_up_s) for number in range(400)]
    gaps = [then - before for before, then in pairwise(due)]

    def between(since_s: float, until_s: float) -> list[float]:
        return [gap for at, gap in zip(due, gaps, strict=False) if since_s <= at < until_s]

    assert due == sorted(due)
    assert len(between(0, ramp_s)) == pytest.approx(PEAK * rate_per_s * ramp_s / 2, abs=1)
    assert max(between(ramp_s / 2, ramp_s)) < 2 / (PEAK * rate_per_s)
    in_peak, later = between(ramp_s, peak_end_s - 0.1), between(peak_end_s, warm_up_s + 5)[1:]
    assert in_peak == pytest.approx([1 / (PEAK * rate_per_s)] * len(in_peak))
    assert len(in_peak) > 50
    assert later == pytest.approx([1 / rate_per_s] * len(later))
    assert len(later) > 100
