"""Each policy keeps the contract of all; and what its reasons claim is true of the snapshot."""

from __future__ import annotations

from typing import get_args, get_type_hints

from origin_router.routing.config import PoolConfig
from origin_router.routing.model import Reason
from origin_router.routing.policy import POLICIES, Candidate, Situation, is_panic, trusted
from tests.unit.routing.policy_contract import PolicyContract, for_all, situations
from tests.unit.routing.policy_contract import trusted as trustworthy


def candidate_of(situation: Situation, name: str | None) -> Candidate:
    """Return what is known of an origin."""
    return next(each for each in situation.candidates if each.origin == name)


class TestFastest(PolicyContract):
    name = "fastest"

    def test_its_reason_is_true(self) -> None:
        """What it says of the pick can be checked against the snapshot, for every reason it may give."""

        def holds(situation: Situation) -> None:
            pick, chosen, pool = self.pick(situation), self.chosen(situation), situation.pool
            among = trusted(pool, situation.candidates)
            known = [each for each in among if each.has_answered or each.estimate_s is not None]
            rivals = [each for each in known if each.priority == chosen.priority]
            fastest_s = min((each.estimate_s for each in rivals if each.estimate_s is not None), default=None)
            unmeasured = [
                each
                for each in among
                if each.priority <= chosen.priority and (each.estimate_s is None or each.is_prior)
            ]
            match pick.reason:
                case Reason.FASTEST:
                    assert chosen.estimate_s == fastest_s is not None
                    assert not unmeasured
                case Reason.FIRST_ANSWER:
                    assert chosen.estimate_s == fastest_s is not None
                    assert unmeasured
                    assert not chosen.is_prior
                case Reason.PRIOR:
                    assert chosen.estimate_s == fastest_s is not None
                    assert chosen.is_prior
                case Reason.KEPT_IN_BAND:
                    assert pick.origin == situation.current
                    assert fastest_s is not None
                    assert chosen.estimate_s is not None
                    margin_s = max(pool.band_ms / 1000, pool.switch_pct / 100 * chosen.estimate_s)
                    assert fastest_s <= chosen.estimate_s <= fastest_s + margin_s
                case Reason.FALLBACK:
                    assert fastest_s is None
                case reason:
                    assert reason is Reason.PANIC

        for_all(self.situations(), holds)

    def test_the_configured_order_does_not_matter_where_all_differ(self) -> None:
        """Among measured origins only the times count."""

        def holds(situation: Situation) -> None:
            times = [each.estimate_s for each in situation.candidates]
            if None not in times and len(set(times)) == len(times):
                turned = situation._replace(candidates=situation.candidates[::-1])
                assert self.pick(situation) == self.pick(turned)

        for_all(self.situations(), holds)


class TestPriority(PolicyContract):
    name = "priority"

    def test_its_reason_is_true(self) -> None:
        """By priority means: known to answer, and none of a better one is."""

        def holds(situation: Situation) -> None:
            pick, chosen = self.pick(situation), self.chosen(situation)
            among = trusted(situation.pool, situation.candidates)
            match pick.reason:
                case Reason.PRIORITY:
                    assert chosen.has_answered
                    assert chosen.priority == min(each.priority for each in among if each.has_answered)
                case Reason.FALLBACK:
                    assert not any(each.has_answered for each in among)
                case reason:
                    assert reason is Reason.PANIC

        for_all(self.situations(), holds)

    def test_latency_plays_no_part(self) -> None:
        """Any other estimates of the same origins give the same pick."""

        def holds(situation: Situation) -> None:
            others = tuple(
                each if each.estimate_s is None else each._replace(estimate_s=1 / each.estimate_s)
                for each in situation.candidates
            )
            assert self.pick(situation) == self.pick(situation._replace(candidates=others, current=None))

        for_all(self.situations(), holds)


class TestWeighted(PolicyContract):
    name = "weighted"

    def test_it_never_picks_one_without_a_share_while_another_has_one(self) -> None:
        """Weight 0 among equals."""

        def holds(situation: Situation) -> None:
            chosen = self.chosen(situation)
            among = trusted(situation.pool, situation.candidates)
            tier = [each for each in among if each.priority == chosen.priority]
            assert chosen.weight > 0 or not any(each.weight for each in tier)

        for_all(self.situations(), holds)

    def test_latency_plays_no_part(self) -> None:
        """Nor does the current choice of others."""

        def holds(situation: Situation) -> None:
            others = [each._replace(estimate_s=None, is_prior=False) for each in situation.candidates]
            assert self.pick(situation) == self.pick(situation._replace(candidates=others, current=None))

        for_all(self.situations(), holds)


class TestSticky(PolicyContract):
    name = "sticky"

    def test_its_reason_is_true(self) -> None:
        """Sticky means its own; moved means that its own may not be chosen now, or is warming up."""

        def holds(situation: Situation) -> None:
            pick = self.pick(situation)
            own = POLICIES["sticky"](situation._replace(pool=stays)).origin
            among = trusted(situation.pool, situation.candidates)
            match pick.reason:
                case Reason.STICKY:
                    assert pick.origin == own
                case Reason.MOVED:
                    assert pick.origin != own
                    back = candidate_of(situation, own)
                    assert back not in among or back.warm_share < 1
                case reason:
                    assert reason is Reason.PANIC

        stays = PoolConfig(policy="sticky", on_failure="stay", origins=())
        for_all(self.situations(can_have_moved=True), holds)

    def test_one_that_stays_is_moved_by_nothing(self) -> None:
        """Health, estimates, warmth: whatever they are, `stay` means the same origin."""

        def holds(situation: Situation) -> None:
            fresh = [Candidate(each.origin, each.priority, each.weight) for each in situation.candidates]
            pick = self.pick(situation)
            assert Reason.STICKY is pick.reason
            assert pick.origin == self.pick(situation._replace(candidates=fresh)).origin

        for_all(self.situations(on_failure=("stay",), can_have_moved=True), holds)

    def test_where_it_has_moved_it_is_kept_while_that_one_can_be_trusted(self) -> None:
        """Moves are for good."""

        def holds(situation: Situation) -> None:
            if any(each.origin == situation.moved_to for each in trustworthy(situation.candidates)):
                assert self.pick(situation).origin == situation.moved_to

        for_all(self.situations(can_have_moved=True, panic_shares=(0,)), holds)


def test_every_policy_has_the_contract() -> None:
    """A new policy is written into POLICIES, and into this file."""
    covered = {each.name for each in PolicyContract.__subclasses__()}

    assert set(POLICIES) == covered, "inherit PolicyContract for each policy of routing.policy.POLICIES"


def test_policies_are_named_as_the_configuration_names_them() -> None:
    """Every one that can be configured is there, and no other."""
    assert set(POLICIES) == set(get_args(get_type_hints(PoolConfig)["policy"]))


def test_whom_a_policy_may_consider() -> None:
    """The trusted, warm ones first; in panic whoever answers, else all; never nobody."""

    def holds(situation: Situation) -> None:
        among = trusted(situation.pool, situation.candidates)
        assert among
        if is_panic(situation.pool, situation.candidates):
            answering = [each for each in situation.candidates if each.is_answering]
            assert list(among) == (answering or list(situation.candidates))
        else:
            fit = trustworthy(situation.candidates)
            assert list(among) == ([each for each in fit if each.is_warm] or fit)

    for_all(situations("fastest"), holds)
