"""What every steering policy keeps, whatever its own order is: inherit and name the policy.

Snapshots are generated as the state machine of `health` can leave them, and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from itertools import product
from typing import Any, Literal, NamedTuple, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from origin_router.routing.config import HealthConfig, OriginConfig, PoolConfig
from origin_router.routing.model import Reason
from origin_router.routing.policy import PER_VIEWER, POLICIES, Candidate, Pick, Situation, is_panic

Drawn = TypeVar("Drawn")


class Standing(NamedTuple):
    """One way in which an origin can stand."""

    is_eligible: bool
    is_suspect: bool
    has_answered: bool
    is_answering: bool
    can_be_measured: bool
    warm_share: float = 1.0


STANDINGS = {
    "unknown": Standing(True, False, False, False, False),
    "unknown, failing": Standing(True, True, False, False, False),
    "serving": Standing(True, False, True, True, True),
    "serving, warming up": Standing(True, False, True, True, True, 0.3),
    "serving, failing": Standing(True, True, True, False, True),
    "serving, recovering": Standing(True, True, True, True, True),
    "serving, trusted for real answers": Standing(True, False, True, False, True),
    "ejected": Standing(False, True, True, False, True),
    "ejected, never answered": Standing(False, True, False, False, False),
    "ejected, with a straggler": Standing(False, True, False, True, True),
    "probation": Standing(False, True, True, True, True),
}

TIMES_S = (0.004, 0.02, 0.025, 0.03, 0.0301, 0.0305, 0.04, 0.2, 5.0)
"""Some of them are a band or a threshold apart, or a little more."""

NAMES = [names[:count] for names in ("abcde", "ecadb", "bdaec", "daceb") for count in (2, 3, 5)]
"""Pools in different orders."""


def candidate(name: str, standing: Standing, **known: Any) -> Candidate:
    """Return what is known of an origin that stands like this."""
    fields: dict[str, Any] = {"priority": 1, "weight": 100, "is_warm": standing.warm_share == 1, **known}
    return Candidate(
        name,
        is_eligible=standing.is_eligible,
        is_suspect=standing.is_suspect,
        has_answered=standing.has_answered,
        is_answering=standing.is_answering,
        warm_share=standing.warm_share,
        **fields,
    )


@cache
def candidates(standings: tuple[Standing, ...], is_per_viewer: bool) -> list[Candidate]:
    """Return all that may be known of an origin, in any of these standings."""
    found = []
    for standing in standings:
        times: list[tuple[float | None, bool]] = [(None, False)]
        times += [(time_s, False) for time_s in TIMES_S if standing.can_be_measured]
        times += [(time_s, True) for time_s in TIMES_S if not standing.has_answered]
        warmths = [True] if is_per_viewer or standing.warm_share == 1 else [True, False]
        for priority, weight, (time_s, is_prior), is_warm in product((1, 2), (0, 1, 150), times, warmths):
            known = {"priority": priority, "weight": weight, "estimate_s": time_s, "is_prior": is_prior}
            found.append(candidate("", standing, is_warm=is_warm, **known))
    return found


@st.composite
def situations(
    draw: st.DrawFn,
    policy: Literal["fastest", "priority", "weighted", "sticky"],
    *,
    standings: Sequence[Standing] = tuple(STANDINGS.values()),
    panic_shares: Sequence[float] = (0, 0, 0, 50),
    on_failure: Sequence[Literal["return", "move", "stay"]] = ("return", "move"),
    can_have_moved: bool = False,
) -> Situation:
    """Generate pools of two to five origins in any standing, and somebody who asks."""
    names = draw(st.sampled_from(NAMES))
    is_per_viewer = policy in PER_VIEWER
    known = st.sampled_from(candidates(tuple(standings), is_per_viewer))
    pool = PoolConfig(
        policy=policy,
        on_failure=draw(st.sampled_from(on_failure)),
        band_ms=draw(st.sampled_from([0.0, 5.0, 10.0, 50.0])),
        switch_pct=draw(st.sampled_from([0.0, 10.0, 30.0])),
        fallback=draw(st.sampled_from(["", *names])),
        health=HealthConfig(panic_pct=draw(st.sampled_from(panic_shares))),
        origins=tuple(OriginConfig(id=name, host=f"{name}.example.com") for name in names),
    )
    return Situation(
        pool,
        tuple(draw(known)._replace(origin=name) for name in names),
        current=draw(st.none() | st.sampled_from(names)),
        key=draw(st.text(max_size=8)) if is_per_viewer else "",
        moved_to=draw(st.none() | st.sampled_from(names)) if can_have_moved else None,
    )


def for_all(strategy: st.SearchStrategy[Drawn], holds: Callable[[Drawn], None]) -> None:
    """Check a property; as a function of its own per policy, so that no failure is replayed on another."""
    settings(deadline=None, max_examples=30)(given(strategy)(holds))()  # a busy machine is no defect


def trusted(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that have not failed, or have recovered since."""
    return [each for each in candidates if each.is_eligible and not each.is_suspect]


class PolicyContract:
    """The shared suite."""

    name: Literal["fastest", "priority", "weighted", "sticky"]

    def situations(self, **kinds: Any) -> st.SearchStrategy[Situation]:
        """Generate situations for this policy."""
        return situations(self.name, **kinds)

    def pick(self, situation: Situation) -> Pick:
        """Ask the policy."""
        return POLICIES[self.name](situation)

    def chosen(self, situation: Situation) -> Candidate:
        """Ask the policy, and return what is known of its pick."""
        name = self.pick(situation).origin
        return next(each for each in situation.candidates if each.origin == name)

    def test_it_always_picks_one_of_the_candidates(self) -> None:
        """In every standing of every origin there is an answer."""

        def holds(situation: Situation) -> None:
            assert self.pick(situation).origin in {each.origin for each in situation.candidates}

        for_all(self.situations(on_failure=("return", "move", "stay"), can_have_moved=True), holds)

    def test_outside_panic_it_picks_only_whom_it_can_trust(self) -> None:
        """Never an ejected origin, never one that has failed and not recovered: neither choice nor fallback."""

        def holds(situation: Situation) -> None:
            chosen = self.chosen(situation)
            if not is_panic(situation.pool, situation.candidates):
                assert chosen.is_eligible
                assert not chosen.is_suspect

        for_all(self.situations(can_have_moved=True), holds)

    def test_panic_is_said(self) -> None:
        """When and only when no more than `panic_pct` can be trusted, unless nothing ever answered."""

        def holds(situation: Situation) -> None:
            left = len(trusted(situation.candidates)) / len(situation.candidates)
            has_panicked = left * 100 <= situation.pool.health.panic_pct
            reason = self.pick(situation).reason
            assert has_panicked or reason is not Reason.PANIC
            if has_panicked and any(each.has_answered for each in situation.candidates):
                assert Reason.PANIC is reason

        for_all(self.situations(can_have_moved=True), holds)

    def test_an_error_never_goes_before_an_answer(self) -> None:
        """In panic, whoever's last word was an answer goes first."""

        def holds(situation: Situation) -> None:
            if is_panic(situation.pool, situation.candidates):
                assert self.chosen(situation).is_answering or not any(
                    each.is_answering for each in situation.candidates
                )

        for_all(self.situations(can_have_moved=True), holds)

    def test_a_better_priority_that_answers_is_never_passed_over(self) -> None:
        """By any policy: an origin kept in reserve is used only when none of better priority can be trusted."""

        def holds(situation: Situation) -> None:
            pick, chosen = self.pick(situation), self.chosen(situation)
            answering = [each for each in trusted(situation.candidates) if each.has_answered and each.is_warm]
            if answering and pick.reason not in (Reason.FALLBACK, Reason.PANIC):
                assert chosen.priority <= min(each.priority for each in answering)

        for_all(self.situations(), holds)

    def test_it_is_deterministic_and_keeps_nothing(self) -> None:
        """The same situation gets the same pick, whatever was asked in between."""

        def holds(pair: tuple[Situation, Situation]) -> None:
            one, other = pair
            first = self.pick(one)
            self.pick(other)
            assert first == self.pick(one._replace(candidates=[each._replace() for each in one.candidates]))

        kinds = {"on_failure": ("return", "move", "stay"), "can_have_moved": True}
        for_all(st.tuples(self.situations(**kinds), self.situations(**kinds)), holds)

    def test_ties_are_stable(self) -> None:
        """Origins that differ only by name: the first in the file, or by name for this viewer; in panic as well."""

        def holds(drawn: tuple[Situation, Standing, float]) -> None:
            situation, standing, estimate_s = drawn
            alike = [candidate(each.origin, standing, estimate_s=estimate_s) for each in situation.candidates]
            equal = situation._replace(candidates=alike, current=None)
            if self.name in PER_VIEWER:
                assert self.pick(equal) == self.pick(equal._replace(candidates=alike[::-1]))
            else:
                assert self.pick(equal).origin == alike[0].origin

        measured = [each for each in STANDINGS.values() if each.has_answered and each.can_be_measured]
        for_all(st.tuples(self.situations(), st.sampled_from(measured), st.sampled_from(TIMES_S)), holds)

    def test_ineligible_origins_do_not_influence_the_pick(self) -> None:
        """Outside panic they might as well not exist."""

        def holds(situation: Situation) -> None:
            left = [each for each in situation.candidates if each.is_eligible]
            if not is_panic(situation.pool, situation.candidates):
                assert self.pick(situation).origin == self.pick(situation._replace(candidates=left)).origin

        for_all(self.situations(panic_shares=(0,)), holds)

    def test_a_pick_confirms_itself(self) -> None:
        """Made the current choice, and nothing having changed, it is picked again: no flapping by itself."""

        def holds(situation: Situation) -> None:
            first = self.pick(situation)
            again = self.pick(situation._replace(current=first.origin))
            assert first.origin == again.origin

        for_all(self.situations(can_have_moved=True), holds)

    def test_inside_the_band_nothing_moves(self) -> None:
        """Estimates wandering within band or threshold never move the choice between serving origins."""

        def holds(drawn: tuple[Situation, list[list[float]]]) -> None:
            situation, rounds = drawn
            pool = situation.pool
            margin_s = max(pool.band_ms / 1000, pool.switch_pct / 100 * 0.1) * 0.999
            current = None
            for shares in rounds:
                wandered = [
                    each._replace(priority=1, estimate_s=0.1 + share * margin_s)
                    for each, share in zip(situation.candidates, shares, strict=False)
                ]
                moved = self.pick(situation._replace(candidates=wandered, current=current)).origin
                current = current or moved
                assert current == moved

        shares = st.lists(st.floats(0, 1), min_size=5, max_size=5)
        serving = self.situations(standings=(STANDINGS["serving"],))
        for_all(st.tuples(serving, st.lists(shares, min_size=2, max_size=6)), holds)

    def test_shares_are_within_bounds(self) -> None:
        """Of 2,000 viewers: by weight among the best priority, or all of them where viewers are not told apart."""

        def holds(situation: Situation) -> None:
            viewers = [situation._replace(key=f"viewer {number}") for number in range(2000)]
            counts = Counter(self.pick(each).origin for each in viewers)
            best = min(each.priority for each in situation.candidates)
            tier = {each.origin: each.weight for each in situation.candidates if each.priority == best}
            if self.name not in PER_VIEWER or not any(tier.values()):
                assert len(counts) == 1
                return
            assert set(counts) <= set(tier)
            for name, weight in tier.items():
                share = weight / sum(tier.values())
                assert abs(counts[name] - 2000 * share) <= 5 * (2000 * share * (1 - share)) ** 0.5 + 1e-9

        serving = self.situations(standings=(STANDINGS["serving"],))
        settings(deadline=None, max_examples=8)(given(serving)(holds))()

    def test_the_fallback_answers_when_nothing_is_known(self) -> None:
        """If it is as trustworthy as any; else another of which nothing bad is known. Shares need no knowledge."""

        def holds(situation: Situation) -> None:
            nothing = [each._replace(estimate_s=None, is_prior=False) for each in situation.candidates]
            situation = situation._replace(candidates=nothing)
            fallback = next(each for each in nothing if each.origin == situation.pool.fallback_id)
            pick = self.pick(situation)
            if self.name in PER_VIEWER:
                assert pick.reason is not Reason.FALLBACK
                return
            assert pick.reason is Reason.FALLBACK
            if not fallback.is_suspect or not trusted(nothing):
                assert pick.origin == fallback.origin
            else:
                assert not self.chosen(situation).is_suspect

        unknown = [each for name, each in STANDINGS.items() if name.startswith("unknown")]
        for_all(self.situations(standings=unknown, panic_shares=(0,)), holds)
