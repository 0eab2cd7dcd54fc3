"""Environments sleep for hours and their clocks jump: windows, warmth, trials and budgets age by arithmetic."""

from __future__ import annotations

import pytest

from origin_router.routing.config import HealthConfig, PoolConfig
from origin_router.routing.model import Outcome, Reason, Source, State
from tests.scenario.routing.player import (
    ANY,
    START_AT,
    Heard,
    Real,
    Traffic,
    a_router,
    every,
    origin,
    play,
    ref_of,
    tell,
)

HOUR_S = 3600.0
POOL = PoolConfig(origins=(origin("eu"), origin("us")))
BOTH_ANSWER: list[Heard] = [(0, "eu", 20), (0, "us", 80)]
FAILED = Real(Outcome.BAD_STATUS)


@pytest.mark.parametrize("pause_s", [60.0, 5 * HOUR_S])
def test_failures_of_yesterday_are_no_share_of_today(pause_s: float) -> None:
    """The window is over; failures in a row are still in a row."""
    pool = PoolConfig(origins=POOL.origins, health=HealthConfig(fall=100, min_samples=10))
    heard: list[Heard] = [(10, "eu", FAILED)] * 9 + [(10 + pause_s, "eu", FAILED)]

    assert not play(pool, heard=heard, asked=[]).changed
    assert State.EJECTED is play(POOL, heard=heard, asked=[]).changed[-1].after


def test_a_slow_start_goes_on_through_the_night() -> None:
    """Whoever recovered in the evening is warm in the morning."""
    pool = PoolConfig(origins=POOL.origins, health=HealthConfig(slow_start_s=600))
    heard: list[Heard] = [*BOTH_ANSWER, *[(10, "eu", Outcome.REFUSED)] * 2, *[(17, "eu", 20.0)] * 2]
    router = a_router(pool, heard=heard, jitter=0.99)

    assert ref_of("us") == router.decide(ANY, START_AT + 18).origin
    assert ref_of("eu") == router.decide(ANY, START_AT + 8 * HOUR_S).origin


def test_a_spike_of_last_night_is_confirmed_by_nothing_but_another_one() -> None:
    """The lower one of the two counts: an ordinary time in the morning clears the spike."""
    pool = PoolConfig(origins=POOL.origins)
    spike: list[Heard] = [*BOTH_ANSWER, (10, "eu", 500.0)]
    cleared = play(pool, heard=[*spike, (5 * HOUR_S, "eu", 20.0)], asked=[5 * HOUR_S])
    confirmed = play(pool, heard=[*spike, (5 * HOUR_S, "eu", 500.0)], asked=[5 * HOUR_S])

    assert (cleared.decided[0].origin, confirmed.decided[0].origin) == ("eu", "us")


def test_after_a_night_without_requests_a_trial_is_one_request_not_a_burst() -> None:
    """All estimates of real traffic have aged by hours; the bound on exploring holds for all that."""
    pool = PoolConfig(origins=(*POOL.origins, origin("ap")))
    behaviour = {"eu": [(0.0, 20.0)], "us": [(0.0, 80.0)], "ap": [(0.0, 90.0)]}
    traffic = Traffic(pool, behaviour, jitter=lambda: 0.5, has_feedback=True, has_probe_latencies=False)
    traffic.play(every(0.1, until=60))
    morning = traffic.play(every(0.1, since=9 * HOUR_S, until=9 * HOUR_S + 30))

    assert sum(each.reason is Reason.EXPLORING for each in morning.decided) <= 4


@pytest.mark.parametrize("step_s", [-5 * HOUR_S, 5 * HOUR_S])
def test_a_clock_step_in_panic_delays_no_recovery(step_s: float) -> None:
    """All dead, the clock jumps, one returns: the next probes come within a refresh time of requests."""
    pool = PoolConfig(origins=POOL.origins, refresh_s=10, health=HealthConfig(max_ejected_pct=100))
    router = a_router(pool, heard=[*BOTH_ANSWER, *((10, name, Outcome.REFUSED) for name in ("eu", "us") for _ in "12")])
    router.steady(START_AT + 10)
    found_at = None
    for at in every(1, since=11, until=60):
        now = router.steady(START_AT + at + (step_s if at >= 20 else 0))
        for ref in router.due(now):
            router.launched(ref, now)
            is_back = ref.origin == "us" and at >= 25
            tell(router, ref.origin, 80.0 if is_back else Outcome.REFUSED, now)
        if found_at is None and at >= 25 and router.decide(ANY, now).origin == ref_of("us"):
            found_at = at

    assert found_at is not None
    assert found_at <= 25 + 12


def test_a_probe_sent_before_the_freeze_and_read_after_it_is_news_of_now() -> None:
    """Its outcome counts when it is heard: an ejection begins then, not hours ago."""
    heard: list[Heard] = [*BOTH_ANSWER, (10, "eu", Outcome.REFUSED), (5 * HOUR_S, "eu", Outcome.REFUSED)]
    router = a_router(POOL, heard=heard)

    assert router.pools["web"].origins["eu"].health.ejected_until_at == START_AT + 5 * HOUR_S + 5


def test_real_answers_of_another_time_never_go_backwards() -> None:
    """Two environments' clocks disagree: an older time than the last one is as good as the same moment."""
    router = a_router(POOL, heard=BOTH_ANSWER)
    router.basis = Source.TRAFFIC
    tell(router, "eu", Real(100.0), START_AT + 100)
    tell(router, "eu", Real(20.0), START_AT + 50)

    assert router.pools["web"].origins["eu"].traffic.value_s == 0.1
