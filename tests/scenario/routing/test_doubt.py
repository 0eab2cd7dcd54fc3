"""An application that fails while its probe's path answers: single requests find out, and ever fewer of them."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from origin_router.routing.config import HealthConfig, PoolConfig
from origin_router.routing.control import Control
from origin_router.routing.model import Outcome, Reason, State
from origin_router.routing.router import Router
from tests.scenario.routing.player import (
    ANY,
    START_AT,
    FakeRequest,
    Heard,
    Played,
    Real,
    Said,
    Traffic,
    a_router,
    every,
    origin,
    ref_of,
    tell,
)

TRIO = PoolConfig(origins=(origin("a"), origin("b"), origin("c")))
FIVE_MINUTES = 300.0
BAD = Outcome.BAD_STATUS


class Broken(Traffic):
    """`a` answers every probe; what it says to real requests is another matter."""

    def __init__(self, pool: PoolConfig, fails: tuple[float, float], *, seed: int = 1, is_heard: bool = True) -> None:
        """`fails` from when to when; where `is_heard` is False only failed attempts are heard of, and 0.5 s later."""
        probes: dict[str, list[tuple[float, Said]]] = {"a": [(0, 20.0)], "b": [(0, 60.0)], "c": [(0, 90.0)]}
        super().__init__(pool, probes, jitter=random.Random(seed).random)
        self._fails = fails
        self._is_heard = is_heard
        self.failed_at: list[float] = []
        """First attempts that a viewer would have seen failing."""

    def run(self, until: float, *, per_s: float = 10) -> Played:
        """Send so many requests a second, each answered before the next."""
        played = Played(probed={name: [] for name in "abc"})
        for at in every(1 / per_s, until=until):
            now = self.play([at])
            played.decided += now.decided
            played.changed += now.changed
            name = now.decided[-1].origin
            if name == "a" and self._fails[0] <= at < self._fails[1]:
                self.failed_at.append(at)
                said = BAD if self._is_heard else Outcome.FAILED_OVER
                played.changed += tell(self.router, name, Real(said), START_AT + at, true_s=at)
            elif self._is_heard:
                tell(self.router, name, Real(Outcome.OK), START_AT + at)
        return played


@pytest.mark.parametrize("seed", range(5))
def test_viewers_hardly_meet_an_application_that_fails_behind_a_probe_that_answers(seed: int) -> None:
    """Five failures until it is ejected, then one per ejection, each twice as long: 13 of 3,000 requests."""
    broken = Broken(TRIO, (0, FIVE_MINUTES), seed=seed)
    played = broken.run(FIVE_MINUTES)

    assert len(broken.failed_at) <= 13, broken.failed_at
    assert len([at for at in broken.failed_at if at > 30]) <= 7
    assert [state for _, state in played.changes_of("a")].count(State.SERVING) == 1, "never serving again meanwhile"
    assert {"b"} == {each.origin for each in played.decided if each.reason is Reason.FASTEST and each.at > 1}


def test_where_only_failed_attempts_are_heard_of_it_is_no_worse() -> None:
    """No response trigger: a second attempt is the news, and none is good news, once CloudFront would have given up."""
    broken = Broken(TRIO, (0, FIVE_MINUTES), is_heard=False)
    broken.run(FIVE_MINUTES)

    assert len(broken.failed_at) <= 10, broken.failed_at


@pytest.mark.parametrize("is_heard", [True, False])
def test_well_again_it_gets_its_requests_back(is_heard: bool) -> None:
    """Two good trials, or one that nobody heard failing within `response_timeout_s`, and probes as always."""
    broken = Broken(TRIO, (20, 50), is_heard=is_heard)
    played = broken.run(FIVE_MINUTES)

    assert {"a"} == played.between(200, FIVE_MINUTES)
    back_at = next(
        each.at for each in played.decided if each.at > 50 and each.reason is Reason.FASTEST and each.origin == "a"
    )
    assert back_at < 50 + 60 + (0 if is_heard else 45)


@pytest.mark.parametrize("per_s", [0.5, 2, 10])
def test_no_more_than_a_tenth_of_requests_is_a_trial(per_s: float) -> None:
    """At any rate: a quiet environment tries more seldom."""
    broken = Broken(TRIO, (0, 600), seed=3)
    played = broken.run(600, per_s=per_s)
    trials = [index for index, each in enumerate(played.decided) if each.reason is Reason.TRIAL]

    assert trials
    assert all(later - earlier >= 10 for earlier, later in pairwise(trials))


DOUBTED: list[Heard] = [(0, "a", 20.0), (0, "b", 60.0), (0, "c", 90.0), (1, "a", Real(BAD)), (1, "a", Real(BAD))]


def goes_to(router: Router, at: float, request: FakeRequest = ANY) -> tuple[str, Reason]:
    """Decide and try out once."""
    decision = router.try_out(request, router.decide(request, START_AT + at), START_AT + at)
    return decision.origin.origin, decision.reason


def test_probes_alone_do_not_lift_the_doubt() -> None:
    """A hundred answered probes, and still only a trial goes there; two good ones, and all requests do."""
    router = a_router(TRIO, heard=[*DOUBTED, *[(2.0 + n / 10, "a", 20.0) for n in range(100)]])

    assert [("a", Reason.TRIAL), ("b", Reason.FASTEST)] == [goes_to(router, 12) for _ in range(2)]
    for at in (12, 13):
        tell(router, "a", Real(30.0), START_AT + at)
    assert ("a", Reason.FASTEST) == goes_to(router, 13)


def test_an_origin_that_does_not_even_answer_probes_is_not_tried() -> None:
    """That would be a viewer's request for what is known already."""
    never = a_router(TRIO, heard=[*DOUBTED, (2, "a", Outcome.RESPONSE_TIMEOUT)])
    no_more = a_router(TRIO, heard=[*DOUBTED, (2, "a", 20.0), (3, "a", Outcome.RESPONSE_TIMEOUT)])
    again = a_router(TRIO, heard=[*DOUBTED, (2, "a", Outcome.RESPONSE_TIMEOUT), (3, "a", 20.0)])

    assert ("b", Reason.FASTEST) == goes_to(never, 10) == goes_to(no_more, 10)
    assert ("a", Reason.TRIAL) == goes_to(again, 10)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_what_cannot_fail_over_is_no_trial(method: str) -> None:
    """GET and HEAD only."""
    router = a_router(TRIO, heard=[*DOUBTED, (2, "a", 20.0)])

    assert ("b", Reason.FASTEST) == goes_to(router, 10, FakeRequest(method=method))
    assert ("a", Reason.TRIAL) == goes_to(router, 10, FakeRequest(method="HEAD"))


def test_an_origin_in_reserve_is_forgiven_after_minutes_instead() -> None:
    """No viewer is sent to a standby to find out; what was heard five minutes ago says little about now."""
    pool = PoolConfig(policy="priority", origins=(origin("a", priority=2), origin("b")))
    router = a_router(pool, heard=[*DOUBTED[:2], *DOUBTED[3:], (2, "a", 20.0)])
    health = router.pools["web"].origins["a"].health

    assert all(goes_to(router, at) == ("b", Reason.PRIORITY) for at in range(10, 300, 10))
    tell(router, "a", 20.0, START_AT + 299)
    assert health.is_suspect
    for at in (302, 303):
        tell(router, "a", 20.0, START_AT + at)
    assert not health.is_suspect


@pytest.mark.parametrize("policy", ["weighted", "sticky"])
def test_viewers_that_belong_elsewhere_are_not_sent_on_trial(policy: str) -> None:
    """Only a viewer whose own origin it is; nobody's session is broken to find out."""
    pool = PoolConfig(policy=policy, origins=TRIO.origins)  # type: ignore[arg-type]
    sound = a_router(pool, heard=DOUBTED[:3])
    homes = {
        client: sound.decide(FakeRequest(client=client), START_AT + 1).origin.origin for client in map(str, range(60))
    }
    router = a_router(pool, heard=[*DOUBTED, (2, "a", 20.0)])
    for client, home in homes.items():
        went_to, reason = goes_to(router, 10, FakeRequest(client=client))
        assert reason is not Reason.TRIAL or home == "a"
        assert home in ("a", went_to)
        if reason is Reason.TRIAL:
            break
    else:
        pytest.fail("nobody was sent on trial")


def test_a_drained_origin_is_not_tried() -> None:
    """Nor one of a pool that is pinned to another."""
    drained, pinned = (a_router(TRIO, heard=[*DOUBTED, (2, "a", 20.0)]) for _ in range(2))
    drained.apply(Control(1, drained={ref_of("a"): START_AT + 60}))
    pinned.apply(Control(1, pinned={ref_of("c"): START_AT + 60}))

    assert ("b", Reason.FASTEST) == goes_to(drained, 10)
    assert ("c", Reason.PINNED) == goes_to(pinned, 10)


def test_a_pool_whose_requests_another_has_taken_over_gets_trials() -> None:
    """Both origins of the first pool are doubted: without trials its fallback pool would keep its requests."""
    near = PoolConfig(origins=(origin("a"), origin("b")), fallback_pool="far", health=HealthConfig(max_ejected_pct=100))
    far = PoolConfig(origins=(origin("x"),))
    heard: list[Heard] = [(0, "a", 20.0), (0, "b", 60.0), (0, "far/x", 90.0)]
    heard += [(1, name, Real(BAD)) for name in "ab" for _ in range(2)]
    router = a_router(near, heard=[*heard, (2, "a", 20.0), (2, "b", 20.0)], far=far)

    assert ("a", Reason.TRIAL) == goes_to(router, 10)
    assert ("x", Reason.ONLY_ORIGIN) == goes_to(router, 10)
