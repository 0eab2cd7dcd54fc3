"""What every steering policy keeps, whatever its own order is: inherit and name the policy.

Snapshots are generated as the state machine of `health` can leave them, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from origin_router.routing.config import OriginConfig, PoolConfig
from origin_router.routing.model import Reason
from origin_router.routing.policy import POLICIES, Candidate, Pick

Drawn = TypeVar("Drawn")


class Standing(NamedTuple):
    """One way in which an origin can stand."""

    is_eligible: bool
    is_suspect: bool
    has_answered: bool
    is_answering: bool
    can_be_measured: bool


STANDINGS = {
    "unknown": Standing(True, False, False, False, False),
    "unknown, failing": Standing(True, True, False, False, False),
    "serving": Standing(True, False, True, True, True),
    "serving, failing": Standing(True, True, True, False, True),
    "serving, recovering": Standing(True, True, True, True, True),
    "ejected": Standing(False, True, True, False, True),
    "ejected, never answered": Standing(False, True, False, False, False),
    "ejected, with a straggler": Standing(False, True, False, True, True),
    "probation": Standing(False, True, True, True, True),
}


class Snapshot(NamedTuple):
    """What a policy is given."""

    pool: PoolConfig
    candidates: tuple[Candidate, ...]
    current: str | None


estimates_s = st.one_of(st.sampled_from([0.02, 0.025, 0.03, 0.0305, 0.04, 0.2]), st.floats(0.0005, 5.0))


@st.composite
def candidates_named(draw: st.DrawFn, name: str, standings: Sequence[Standing]) -> Candidate:
    """Generate what is known of one origin."""
    standing = draw(st.sampled_from(standings))
    estimate_s = draw(st.none() | estimates_s) if standing.can_be_measured else None
    return Candidate(name, draw(st.integers(1, 3)), draw(st.integers(0, 200)), *standing[:4], estimate_s)


@st.composite
def snapshots(draw: st.DrawFn, *, standings: Sequence[Standing] = tuple(STANDINGS.values())) -> Snapshot:
    """Generate pools of two to five origins in any standing."""
    names = draw(st.permutations("abcde"))[: draw(st.integers(2, 5))]
    candidates = tuple(draw(candidates_named(name, standings)) for name in names)
    pool = PoolConfig(
        band_ms=draw(st.sampled_from([0.0, 5.0, 10.0, 50.0])),
        fallback=draw(st.sampled_from(["", *names])),
        origins=tuple(OriginConfig(id=name, host=f"{name}.example.com") for name in names),
    )
    return Snapshot(pool, candidates, draw(st.none() | st.sampled_from(names)))


def for_all(strategy: st.SearchStrategy[Drawn], holds: Callable[[Drawn], None]) -> None:
    """Check a property; as a function of its own per policy, so that no failure is replayed on another."""
    settings(deadline=None)(given(strategy)(holds))()  # a busy machine is no defect


def trusted(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that have not failed, or have recovered since."""
    return [each for each in candidates if each.is_eligible and not each.is_suspect]


def known(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those of which something is known."""
    return [each for each in candidates if each.has_answered or each.estimate_s is not None]


class PolicyContract:
    """The shared suite."""

    name: str

    def pick(self, snapshot: Snapshot) -> Pick:
        """Ask the policy."""
        return POLICIES[self.name](*snapshot)

    def chosen(self, snapshot: Snapshot) -> Candidate:
        """Ask the policy, and return what is known of its pick."""
        name = self.pick(snapshot).origin
        return next(each for each in snapshot.candidates if each.origin == name)

    def test_it_always_picks_an_origin_of_the_pool(self) -> None:
        """In every standing of every origin there is an answer."""

        def holds(snapshot: Snapshot) -> None:
            assert self.pick(snapshot).origin in {each.id for each in snapshot.pool.origins}

        for_all(snapshots(), holds)

    def test_it_never_picks_an_ineligible_origin_outside_panic(self) -> None:
        """Panic is when none is eligible, only then, and always said."""

        def holds(snapshot: Snapshot) -> None:
            is_panic = not any(each.is_eligible for each in snapshot.candidates)
            assert is_panic == (self.pick(snapshot).reason is Reason.PANIC)
            assert is_panic or self.chosen(snapshot).is_eligible

        for_all(snapshots(), holds)

    def test_it_never_picks_a_suspect_origin_while_a_trusted_one_is_left(self) -> None:
        """Even if nothing is known of the trusted one, and even against the fallback."""

        def holds(snapshot: Snapshot) -> None:
            assert not trusted(snapshot.candidates) or not self.chosen(snapshot).is_suspect

        for_all(snapshots(), holds)

    def test_an_error_never_goes_before_an_answer(self) -> None:
        """Among equals in trust, and in panic, whoever's last word was an answer goes first."""

        def holds(snapshot: Snapshot) -> None:
            chosen = self.chosen(snapshot)
            peers = [each for each in snapshot.candidates if each.is_eligible == chosen.is_eligible]
            if not trusted(snapshot.candidates) and any(each.is_answering for each in peers):
                assert chosen.is_answering

        for_all(snapshots(), holds)

    def test_a_better_priority_that_answers_is_never_passed_over(self) -> None:
        """Once anything is measured, whoever is known to answer goes before all of worse priority, by any policy."""

        def holds(snapshot: Snapshot) -> None:
            answering = [each for each in trusted(snapshot.candidates) if each.has_answered]
            if any(each.estimate_s is not None for each in answering):
                assert self.chosen(snapshot).priority == min(each.priority for each in answering)

        for_all(snapshots(), holds)

    def test_it_is_deterministic_and_keeps_nothing(self) -> None:
        """The same snapshot gets the same pick, whatever was asked in between."""

        def holds(pair: tuple[Snapshot, Snapshot]) -> None:
            one, other = pair
            first = self.pick(one)
            self.pick(other)
            assert first == self.pick(one._replace(candidates=tuple(each._replace() for each in one.candidates)))

        for_all(st.tuples(snapshots(), snapshots()), holds)

    def test_equals_keep_the_configured_order(self) -> None:
        """Origins that differ only by name: the first in the file, in health as in panic."""

        def holds(drawn: tuple[Snapshot, Standing, float]) -> None:
            snapshot, standing, estimate_s = drawn
            alike = tuple(Candidate(each.origin, 1, 100, *standing[:4], estimate_s) for each in snapshot.candidates)
            equal = snapshot._replace(candidates=alike, current=None)
            assert self.pick(equal).origin == alike[0].origin

        measured = [each for each in STANDINGS.values() if each.has_answered and each.can_be_measured]
        for_all(st.tuples(snapshots(), st.sampled_from(measured), estimates_s), holds)

    def test_ineligible_origins_do_not_influence_the_pick(self) -> None:
        """Outside panic they might as well not exist, unless one is the fallback or the current choice."""

        def holds(snapshot: Snapshot) -> None:
            left = tuple(each for each in snapshot.candidates if each.is_eligible)
            if left:
                assert self.pick(snapshot) == self.pick(snapshot._replace(candidates=left))

        for_all(snapshots(), holds)

    def test_a_pick_confirms_itself(self) -> None:
        """Made the current choice, and nothing having changed, it is picked again: no flapping by itself."""

        def holds(snapshot: Snapshot) -> None:
            first = self.pick(snapshot)
            again = self.pick(snapshot._replace(current=first.origin))
            assert first.origin == again.origin

        for_all(snapshots(), holds)

    def test_inside_the_band_nothing_moves(self) -> None:
        """Estimates wandering by less than half the band each never move the choice between serving origins."""

        def holds(drawn: tuple[Snapshot, list[list[float]]]) -> None:
            snapshot, rounds = drawn
            band_s = snapshot.pool.band_ms / 1000
            current = self.pick(snapshot).origin
            for shares in rounds:
                wandered = tuple(
                    each._replace(priority=1, estimate_s=0.1 + share * band_s * 0.999)
                    for each, share in zip(snapshot.candidates, shares, strict=False)
                )
                moved = self.pick(snapshot._replace(candidates=wandered, current=current))
                if shares is rounds[0]:
                    current = moved.origin
                assert current == moved.origin

        shares = st.lists(st.floats(0, 1), min_size=5, max_size=5)
        serving = snapshots(standings=(STANDINGS["serving"],))
        for_all(st.tuples(serving, st.lists(shares, min_size=2, max_size=6)), holds)

    def test_the_fallback_answers_when_nothing_is_known(self) -> None:
        """If it is as trustworthy as any; else another of which nothing bad is known."""

        def holds(snapshot: Snapshot) -> None:
            fallback = next(each for each in snapshot.candidates if each.origin == snapshot.pool.fallback_id)
            pick = self.pick(snapshot)
            assert pick.reason is Reason.FALLBACK
            if not fallback.is_suspect or all(each.is_suspect for each in snapshot.candidates):
                assert pick.origin == fallback.origin
            else:
                assert not self.chosen(snapshot).is_suspect

        unknown = [each for name, each in STANDINGS.items() if name.startswith("unknown")]
        for_all(snapshots(standings=unknown), holds)
