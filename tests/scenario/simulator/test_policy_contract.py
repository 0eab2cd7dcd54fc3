"""What is asked of every policy that is compared, where it applies: the same worlds, the same questions.

The router's own policies have a contract on snapshots besides (tests/unit/routing). Here it is
about what viewers meet, which is all that can be asked of somebody else's rules. What a policy
does not have by its documents is not asked of it: its class says so.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from origin_router.simulator import simulate
from origin_router.simulator.measures import measures
from origin_router.simulator.policies import NAMES
from origin_router.simulator.run import Played
from tests.support.simulated import event, world

FAILS_MIN, WELL_MIN, ENDS_MIN = 10, 30, 60
EU_FAILS = (event("refused", "eu", at_min=FAILS_MIN, for_min=WELL_MIN - FAILS_MIN),)
ALL_FAIL = (event("refused", "eu", "us", at_min=FAILS_MIN, for_min=WELL_MIN - FAILS_MIN),)
TWINS = [{"id": "one", "place": "us-east-1"}, {"id": "two", "place": "us-east-1"}]


@cache
def play(policy: str, what: str) -> Played:
    """Play an hour of a world of two Regions with an origin in each."""
    worlds: dict[str, Any] = {
        "calm": world(),
        "eu fails": world(*EU_FAILS),
        "all fail": world(*ALL_FAIL),
        "twins": world(origins=TWINS),
    }
    return simulate(worlds[what], [policy], seed=11, workers=1)[0]


def minutes(played: Played, from_min: float, to_min: float) -> list[list[float]]:
    """Rows of [requests, failed, time, oracle's time, requests timed]."""
    return [row for minute, row in sorted(played.tally.series.items()) if from_min <= minute < to_min]


class Contract:
    """The shared suite: inherit, name the policy, and say what it does not have."""

    policy: str
    chooses_by_latency = True
    leaves_min: float | None = None
    """A failed origin is not used any more after this many minutes; None: it has no memory."""
    returns_min: float | None = None
    """An origin that is well again is used where it is the best after this many minutes."""
    is_steady = True
    """Between equals it does not move."""

    def test_a_calm_world_fails_no_request(self) -> None:
        """And nothing is left, or come back to."""
        row = measures(play(self.policy, "calm"))

        assert row["failed_pct"] == 0 or self.policy == "origin-group-tightest"  # whose second is shorter than a tail
        assert row["leave_s"]["count"] == row["return_s"]["count"] == 0

    def test_the_nearest_origin_is_used(self) -> None:
        """In a calm world, by whoever looks at latency: nearly the oracle's times once it is under way."""
        rows = minutes(play(self.policy, "calm"), 5, ENDS_MIN)
        added_s = sum(row[2] - row[3] for row in rows) / sum(row[4] for row in rows)

        assert added_s >= 0
        assert (added_s < 0.002) is self.chooses_by_latency

    def test_a_failed_origin_is_left(self) -> None:
        """Within its own time, and for as long as it fails."""
        if self.leaves_min is None:
            assert sum(row[1] for row in minutes(play(self.policy, "eu fails"), FAILS_MIN + 5, WELL_MIN)) > 0
            return
        rows = minutes(play(self.policy, "eu fails"), FAILS_MIN + self.leaves_min, WELL_MIN)

        assert sum(row[1] for row in rows) == 0
        assert sum(row[0] for row in rows) > 500

    def test_an_origin_that_is_well_again_is_found(self) -> None:
        """Otherwise one failure would spoil all times to come."""
        if self.returns_min is None:
            return
        rows = minutes(play(self.policy, "eu fails"), WELL_MIN + self.returns_min, ENDS_MIN)

        assert sum(row[2] - row[3] for row in rows) / sum(row[4] for row in rows) < 0.002

    def test_requests_go_on_when_every_origin_fails(self) -> None:
        """To one that may be well by then: no policy may get stuck, and all is well soon after."""
        played = play(self.policy, "all fail")
        after = minutes(played, WELL_MIN + 8, ENDS_MIN)

        assert sum(row[1] for row in minutes(played, FAILS_MIN, WELL_MIN)) == pytest.approx(2400, rel=0.15)
        assert sum(row[1] for row in after) == 0

    def test_between_equals_nothing_moves(self) -> None:
        """Noise is no reason to switch."""
        row = measures(play(self.policy, "twins"))

        assert (row["switches_per_hour"] < 0.2) is self.is_steady

    def test_chance_is_the_seeds_alone(self) -> None:
        """The same world and seed, the same figures, whatever was played in between."""
        first = measures(play(self.policy, "eu fails"))
        play("round-robin", "calm")
        again = measures(simulate(world(*EU_FAILS), [self.policy], seed=11, workers=1)[0])

        assert first == again


class TestOurs(Contract):
    policy, leaves_min, returns_min = "ours", 1, 10
    """Ejections of up to 300 s, stretched by up to a fifth, and the next probes after them."""

    def test_between_equals_nothing_moves(self) -> None:
        """With a band as wide as the noise: these servers' times differ by more than the default 10 ms."""
        played = simulate(world(origins=TWINS), ["ours:band_ms=50"], seed=11, workers=1)[0]

        assert measures(played)["switches_per_hour"] < 0.2


class TestNaive(Contract):
    policy, leaves_min, returns_min, is_steady = "naive", 1, 1, False
    chooses_by_latency = False
    """It does, but makes a request in ten wait for the race."""

    def test_an_origin_that_is_well_again_is_found(self) -> None:
        """With the next race; requests that wait for one are slower all the same."""
        played = play(self.policy, "eu fails")
        before, after = minutes(played, 1, FAILS_MIN), minutes(played, WELL_MIN + 1, ENDS_MIN)

        assert sum(row[2] for row in after) / sum(row[4] for row in after) == pytest.approx(
            sum(row[2] for row in before) / sum(row[4] for row in before), rel=0.1
        )


class TestOriginGroup(Contract):
    policy, chooses_by_latency = "origin-group", False

    def test_a_failed_origin_is_left(self) -> None:
        """It has no memory, but its primary (us) did not fail here: nothing is lost."""
        assert measures(play(self.policy, "eu fails"))["failed_pct"] == 0


class TestOriginGroupTightest(TestOriginGroup):
    policy = "origin-group-tightest"

    def test_a_failed_origin_is_left(self) -> None:
        """As above, but for tails longer than its one second."""
        assert measures(play(self.policy, "eu fails"))["failed_pct"] < 0.05

    def test_requests_go_on_when_every_origin_fails(self) -> None:
        """As above."""
        after = minutes(play(self.policy, "all fail"), WELL_MIN + 1, ENDS_MIN)

        assert sum(row[1] for row in after) <= 1


class TestRoute53(Contract):
    policy, leaves_min, returns_min = "route53", 4, 4
    """Three checks at 30 s, most of the checkers, and the TTL."""


class TestRoute53Group(TestRoute53):
    policy = "route53-group"


class TestFrontDoor(Contract):
    policy, leaves_min, returns_min = "front-door", 2, 4


class TestCloudflare(Contract):
    policy, leaves_min, returns_min, is_steady = "cloudflare", 2, 3, False


class TestRoundRobin(Contract):
    policy, chooses_by_latency = "round-robin", False


class TestOracle(Contract):
    policy, leaves_min, returns_min = "oracle", 0, 0


def test_no_policy_is_left_out() -> None:
    """Whoever is compared is asked."""
    asked = {each.policy for each in (*Contract.__subclasses__(), *TestRoute53.__subclasses__(),
                                      *TestOriginGroup.__subclasses__())}  # fmt: skip

    assert asked == set(NAMES)
