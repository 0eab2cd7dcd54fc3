"""The order of F3's requests: what each of them must find when it comes."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bench.timetable import LANE_S, OFFSETS_S, REFRESH_S, SLOWEST_S, Kind, cycle_length_s, timetable
from origin_router.edge.wakefulness import MIN_QUIET_S
from origin_router.routing.schedule import JITTER

ENVIRONMENTS = 5


def test_all_measurements_are_due_when_a_cycle_begins_and_none_before() -> None:
    """Else a request that is counted as plain would refresh, or one that is counted as refreshing would not."""
    latest_due_s = REFRESH_S * (1 + JITTER)
    assert cycle_length_s(ENVIRONMENTS) > latest_due_s
    assert max(OFFSETS_S.values()) < REFRESH_S


def test_every_answer_has_been_there_long_enough_when_it_is_collected() -> None:
    """Else its latency would be withheld and the environment would change its way of measuring."""
    slept_s = OFFSETS_S[Kind.COLLECT]
    assert slept_s - SLOWEST_S > max(MIN_QUIET_S, slept_s / 2)


@pytest.mark.parametrize("cycles", [1, 3])
def test_every_environment_gets_every_kind_once_per_cycle_in_order(cycles: int) -> None:
    turns = timetable(ENVIRONMENTS, cycles)
    assert len(turns) == ENVIRONMENTS * cycles * len(Kind)
    for environment in range(ENVIRONMENTS):
        kinds = [turn.kind for turn in turns if turn.environment == environment]
        assert kinds == list(OFFSETS_S) * cycles


def test_no_request_is_timed_while_another_environment_probes() -> None:
    turns = timetable(ENVIRONMENTS, 3)
    launches = [turn for turn in turns if turn.kind is Kind.LAUNCH]
    for launch in launches:
        during = [
            turn
            for turn in turns
            if turn.environment != launch.environment and launch.at_s < turn.at_s < launch.at_s + SLOWEST_S
        ]
        assert during == []
    assert launches[1].at_s - launches[0].at_s == pytest.approx(LANE_S)


def test_requests_leave_each_other_time_to_be_answered() -> None:
    assert min(later.at_s - earlier.at_s for earlier, later in pairwise(timetable(ENVIRONMENTS, 3))) > 0.004
