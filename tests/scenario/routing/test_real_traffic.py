"""What real exchanges tell: weighed less than probes, kept apart from them, never a trial."""

from __future__ import annotations

from origin_router.routing.config import HealthConfig, PoolConfig
from origin_router.routing.model import Outcome, Reason, Source, State
from tests.scenario.routing.player import (
    ANY,
    START_AT,
    Behaviour,
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

POOL = PoolConfig(origins=(origin("eu"), origin("us")))
BOTH_ANSWER: list[Heard] = [(0, "eu", 20), (0, "us", 80)]
FAILED = Real(Outcome.BAD_STATUS)


def test_one_bad_answer_of_real_traffic_moves_nothing() -> None:
    """It may be one bad URL; the second in a row is a reason to prefer another."""
    played = play(POOL, heard=[*BOTH_ANSWER, (10, "eu", FAILED), (11, "eu", FAILED)], asked=[10, 11])

    assert [each.origin for each in played.decided] == ["eu", "us"]


def test_good_answers_of_real_traffic_bring_trust_back() -> None:
    """Two in a row, from whichever source."""
    heard: list[Heard] = [*BOTH_ANSWER, (10, "eu", Outcome.BAD_STATUS), (11, "eu", Real(30.0)), (12, "eu", Real(30.0))]
    played = play(POOL, heard=heard, asked=[10, 11, 12])

    assert [each.origin for each in played.decided] == ["us", "us", "eu"]


def test_a_probe_page_that_fails_does_not_eject_a_site_that_works() -> None:
    """Every probe fails, each between two good real answers: it is preferred less, but stays in service."""
    heard: list[Heard] = [*BOTH_ANSWER]
    for n in range(20):
        heard += [(10.0 + n, "eu", Outcome.BAD_STATUS), (10.3 + n, "eu", Real(30.0)), (10.6 + n, "eu", Real(30.0))]
    played = play(POOL, heard=heard, asked=[])

    assert played.changes_of("eu") == [(0, State.SERVING)]


def test_a_straggler_of_real_traffic_is_no_trial() -> None:
    """A response to a request from before the ejection, which is over by now: only a probe tries an origin."""
    down: list[Heard] = [(10, "eu", Outcome.REFUSED), (11, "eu", Outcome.REFUSED)]
    heard = [*BOTH_ANSWER, *down, (12, "eu", Real(20.0)), (30, "eu", Real(20.0)), (31, "eu", FAILED), (40, "eu", 20.0)]
    played = play(POOL, heard=heard, asked=[])

    assert played.changes_of("eu") == [(0, State.SERVING), (11, State.EJECTED), (40, State.PROBATION)]


def test_on_probation_real_answers_count() -> None:
    """They come from an environment that is still using it, or from panic: they are as good as probes there."""
    down: list[Heard] = [(10, "eu", Outcome.REFUSED), (11, "eu", Outcome.REFUSED), (16, "eu", 20.0)]
    rises = play(POOL, heard=[*BOTH_ANSWER, *down, (17, "eu", Real(20.0))], asked=[])
    falls = play(POOL, heard=[*BOTH_ANSWER, *down, (17, "eu", FAILED)], asked=[])

    assert State.SERVING is rises.changes_of("eu")[-1][1]
    assert State.EJECTED is falls.changes_of("eu")[-1][1]


def test_times_of_real_requests_and_of_probes_are_kept_apart() -> None:
    """A real answer contains more than a probe's: compared by one kind, the other has no say."""
    router = a_router(POOL, heard=[*BOTH_ANSWER, (1, "eu", Real(300.0)), (1, "us", Real(90.0))])
    by_probes = router.decide(ANY, START_AT + 1)
    router.basis = Source.TRAFFIC
    by_traffic = router.decide(ANY, START_AT + 3)
    record = router.pools["web"].origins["eu"]

    assert (by_probes.origin.origin, by_traffic.origin.origin) == ("eu", "us")
    assert (record.latency_s(Source.PROBE), record.latency_s(Source.TRAFFIC)) == (0.02, 0.3)


def test_where_traffic_has_not_measured_an_origin_its_probe_is_an_optimistic_start() -> None:
    """Better than nothing: it is tried, and then known."""
    router = a_router(POOL, heard=[*BOTH_ANSWER, (1, "us", Real(90.0))])
    router.basis = Source.TRAFFIC

    assert router.decide(ANY, START_AT + 1).origin == ref_of("eu")
    tell(router, "eu", Real(300.0), START_AT + 2)
    tell(router, "eu", Real(300.0), START_AT + 3)
    assert router.decide(ANY, START_AT + 3).origin == ref_of("us")


def test_one_slow_real_answer_moves_nothing_and_two_do() -> None:
    """Spikes are confirmed on either basis."""
    router = a_router(POOL, heard=[*BOTH_ANSWER, (1, "eu", Real(30.0)), (1, "us", Real(90.0))])
    router.basis = Source.TRAFFIC
    tell(router, "eu", Real(900.0), START_AT + 2)
    once = router.decide(ANY, START_AT + 2)
    tell(router, "eu", Real(900.0), START_AT + 2.1)
    twice = router.decide(ANY, START_AT + 2.1)

    assert (once.origin.origin, twice.origin.origin) == ("eu", "us")


def test_real_traffic_finds_a_failure_long_before_the_next_probe() -> None:
    """A minute between probes, ten requests a second: the fifth 5xx is half a second after the first."""
    pool = PoolConfig(origins=POOL.origins, refresh_s=60, health=HealthConfig(failure_pct=0))
    behaviour: Behaviour = {"eu": [(0, 20.0), (15, Outcome.BAD_STATUS)], "us": [(0, 80.0)]}
    with_feedback = Traffic(pool, behaviour, jitter=lambda: 0.0, has_feedback=True).play(every(0.1, until=100))
    without = Traffic(pool, behaviour, jitter=lambda: 0.0).play(every(0.1, until=100))

    assert 15 < with_feedback.moves[-1].at <= 15.31, "two 5xx make it suspect"
    assert without.moves[-1].at > 60
    assert with_feedback.moves[-1][1:] == ("us", Reason.FASTEST)
