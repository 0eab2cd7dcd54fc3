"""Each policy keeps the contract of all; and what its reasons claim is true of the snapshot."""

from __future__ import annotations

from typing import get_args, get_type_hints

from tests.unit.routing.policy_contract import PolicyContract, Snapshot, for_all, known, snapshots, trusted

from origin_router.routing.config import PoolConfig
from origin_router.routing.model import Reason
from origin_router.routing.policy import POLICIES, considered


class TestFastest(PolicyContract):
    name = "fastest"

    def test_its_reason_is_true(self) -> None:
        """What it says of the pick can be checked against the snapshot, for every reason it may give."""

        def holds(snapshot: Snapshot) -> None:
            pick, chosen = self.pick(snapshot), self.chosen(snapshot)
            among, _ = considered(snapshot.candidates)
            rivals = [each for each in known(among) if each.priority == chosen.priority]
            fastest_s = min((each.estimate_s for each in rivals if each.estimate_s is not None), default=None)
            contenders = [each.estimate_s for each in among if each.priority <= chosen.priority]
            match pick.reason:
                case Reason.FASTEST:
                    assert chosen.estimate_s == fastest_s is not None
                    assert None not in contenders
                case Reason.FIRST_ANSWER:
                    assert chosen.estimate_s == fastest_s is not None
                    assert None in contenders
                case Reason.KEPT_IN_BAND:
                    assert pick.origin == snapshot.current
                    assert fastest_s is not None
                    assert chosen.estimate_s is not None
                    assert fastest_s <= chosen.estimate_s <= fastest_s + snapshot.pool.band_ms / 1000
                case Reason.FALLBACK:
                    assert fastest_s is None
                case reason:
                    assert reason is Reason.PANIC

        for_all(snapshots(), holds)

    def test_the_configured_order_does_not_matter_where_all_differ(self) -> None:
        """Among measured origins without a current choice only the times count."""

        def holds(snapshot: Snapshot) -> None:
            times = [each.estimate_s for each in snapshot.candidates]
            if None not in times and len(set(times)) == len(times):
                turned = snapshot._replace(candidates=snapshot.candidates[::-1])
                assert self.pick(snapshot) == self.pick(turned)

        for_all(snapshots(), holds)


class TestPriority(PolicyContract):
    name = "priority"

    def test_its_reason_is_true(self) -> None:
        """By priority means: known to answer, and none of a better one is."""

        def holds(snapshot: Snapshot) -> None:
            pick, chosen = self.pick(snapshot), self.chosen(snapshot)
            among, _ = considered(snapshot.candidates)
            match pick.reason:
                case Reason.PRIORITY:
                    assert chosen.has_answered
                    assert chosen.priority == min(each.priority for each in among if each.has_answered)
                case Reason.FALLBACK:
                    assert not any(each.has_answered for each in among)
                case reason:
                    assert reason is Reason.PANIC

        for_all(snapshots(), holds)

    def test_latency_plays_no_part(self) -> None:
        """Any other estimates of the same origins give the same pick."""

        def holds(snapshot: Snapshot) -> None:
            others = tuple(
                each if each.estimate_s is None else each._replace(estimate_s=1 / each.estimate_s)
                for each in snapshot.candidates
            )
            assert self.pick(snapshot) == self.pick(snapshot._replace(candidates=others, current=None))

        for_all(snapshots(), holds)


def test_every_policy_has_the_contract() -> None:
    """A new policy is written into POLICIES, and into this file."""
    covered = {each.name for each in PolicyContract.__subclasses__()}

    assert set(POLICIES) == covered, "inherit PolicyContract for each policy of routing.policy.POLICIES"


def test_policies_are_named_as_the_configuration_names_them() -> None:
    """A policy that nobody can configure is a misspelling."""
    assert set(POLICIES) <= set(get_args(get_type_hints(PoolConfig)["policy"]))


def test_whom_a_policy_may_consider() -> None:
    """The trusted if there are any; never nobody; panic when and only when none is eligible."""

    def holds(snapshot: Snapshot) -> None:
        among, is_panic = considered(snapshot.candidates)
        assert among
        assert is_panic == (not any(each.is_eligible for each in snapshot.candidates))
        assert not trusted(snapshot.candidates) or among == trusted(snapshot.candidates)

    for_all(snapshots(), holds)
