"""The router under any history: it always decides, the same way again, and never from what is outdated."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.scenario.routing.player import START_AT, AnyRequest

from origin_router.routing.config import HealthConfig, OriginConfig, PoolConfig, RouterConfig, RuleConfig
from origin_router.routing.explanation import explain
from origin_router.routing.model import Decision, Observation, OriginRef, Outcome, Reason, State, Transition
from origin_router.routing.router import Router

UNHURRIED = settings(deadline=None)
"""A busy machine is no defect."""

Step = tuple[str, float, str, Outcome, float | None]
"""(what happens, by how much the wall clock moves, origin, outcome, latency)."""

steps = st.tuples(
    st.sampled_from(["observe", "observe", "decide", "at_least", "probe"]),
    st.one_of(st.sampled_from([0.0, 0.5, 1.0, 10.0, 300.0, 7200.0, -3600.0]), st.floats(-100_000, 100_000)),
    st.sampled_from("abc"),
    st.one_of(st.just(Outcome.OK), st.sampled_from(Outcome)),
    st.none() | st.floats(0, 30),
)
histories = st.lists(steps, max_size=40)
configs = st.builds(
    lambda policy, band_ms, refresh_s, fallback, fall, rise, priorities, count: PoolConfig(
        policy=policy,
        band_ms=band_ms,
        refresh_s=refresh_s,
        fallback=fallback,
        health=HealthConfig(fall=fall, rise=rise),
        origins=tuple(
            OriginConfig(id=name, host=f"{name}.example.com", priority=priority)
            for name, priority in zip("abc"[:count], priorities, strict=False)
        ),
    ),
    st.sampled_from(["fastest", "priority"]),
    st.sampled_from([0, 10, 100]),
    st.sampled_from([1, 10, 60]),
    st.sampled_from(["", "a"]),
    st.integers(1, 4),
    st.integers(1, 4),
    st.tuples(*[st.integers(1, 2)] * 3),
    st.integers(1, 3),
)

RANDOM = [0.0, 0.9, 0.3, 0.999, 0.5]


class Played:
    """A router that has gone through a history, noting what came of it."""

    def __init__(self, pool: PoolConfig, history: list[Step]) -> None:
        rules = (RuleConfig(pool="web", path="/b*"),)
        numbers: Iterator[float] = cycle(RANDOM)
        self.pool = pool
        self.router = Router(
            RouterConfig(name="shop", pool="web", pools={"web": pool}, rules=rules), lambda: next(numbers)
        )
        self.raw_at = START_AT
        self.now = self.router.steady(START_AT)
        self.decisions: list[Decision] = []
        self.transitions: list[Transition] = []
        self.launched: list[tuple[float, OriginRef]] = []
        for step in history:
            self._take(*step)

    def _take(self, what: str, moved_s: float, name: str, outcome: Outcome, latency_s: float | None) -> None:
        self.raw_at += moved_s
        self.now = self.router.steady(self.raw_at)
        ref = OriginRef("web", name)
        is_ours = name in self.router.pools["web"].origins
        if what == "decide":
            self.decisions.append(self.router.decide(AnyRequest(), self.now))
        elif what == "probe":
            for due in self.router.due(self.now):
                self.router.launched(due, self.now)
                self.launched.append((self.now, due))
        elif what == "at_least" and is_ours:
            self.router.observe_at_least(ref, latency_s or 0.0, self.now)
        elif is_ours:
            transition = self.router.observe(Observation(ref, outcome, self.now, latency_s))
            self.transitions += [] if transition is None else [transition]


@UNHURRIED
@given(configs, histories)
def test_it_always_decides(pool: PoolConfig, history: list[Step]) -> None:
    """Any observations, in any order, with any clock: an origin of the pool, with a reason that may be."""
    played = Played(pool, history)
    decision = played.router.decide(AnyRequest(), played.now)
    records = played.router.pools["web"].origins

    assert decision.origin.pool == "web"
    assert decision.origin.origin in records
    assert (decision.reason is Reason.ONLY_ORIGIN) == (len(records) == 1)
    chosen = records[decision.origin.origin].health
    if decision.reason is Reason.PANIC:
        assert not any(record.health.is_eligible for record in records.values())
    elif len(records) > 1:
        assert chosen.is_eligible
        assert not chosen.is_suspect or all(
            each.health.is_suspect or not each.health.is_eligible for each in records.values()
        )


@UNHURRIED
@given(configs, histories)
def test_replayed_it_decides_the_same(pool: PoolConfig, history: list[Step]) -> None:
    """Same configuration, same history, same random numbers: same decisions, transitions and probes."""
    first, second = Played(pool, history), Played(pool, history)

    assert first.decisions == second.decisions
    assert first.transitions == second.transitions
    assert first.launched == second.launched


@UNHURRIED
@given(configs, histories, st.sampled_from("abc"), st.sampled_from(Outcome), st.none() | st.floats(0, 3))
def test_the_cached_choice_is_never_stale(
    pool: PoolConfig, history: list[Step], name: str, outcome: Outcome, latency_s: float | None
) -> None:
    """A decision just before an observation has no influence on the one just after it, but as current choice."""
    asked = Played(pool, [*history, ("decide", 0.0, "a", Outcome.OK, None)])
    news: Step = ("observe", 0.0, name, outcome, latency_s)
    asked._take(*news)
    forgetful = Played(pool, [*history, ("decide", 0.0, "a", Outcome.OK, None), news])
    forgetful.router.pools["web"].choice = None

    assert forgetful.router.decide(AnyRequest(), asked.now) == asked.router.decide(AnyRequest(), asked.now)


@UNHURRIED
@given(configs, histories)
def test_asking_more_often_changes_nothing_that_is_learned(pool: PoolConfig, history: list[Step]) -> None:
    """Decisions are free of side effects on health, estimates and the schedule."""
    decisive: Step = ("decide", 0.0, "a", Outcome.OK, None)
    quiet = Played(pool, [step for step in history if step[0] != "decide"])
    curious = Played(pool, [each for step in history if step[0] != "decide" for each in (decisive, step, decisive)])

    assert quiet.transitions == curious.transitions
    assert quiet.launched == curious.launched
    for name, record in quiet.router.pools["web"].origins.items():
        other = curious.router.pools["web"].origins[name]
        assert record.estimate.value_s == other.estimate.value_s
        assert record.probe_due_at == other.probe_due_at


@UNHURRIED
@given(configs, histories)
def test_probes_keep_their_distance(pool: PoolConfig, history: list[Step]) -> None:
    """No origin is asked twice within a second, nor during an ejection; without failures not within `refresh_s`."""
    probes_only: list[Step] = [(what, abs(moved_s), *rest) for what, moved_s, *rest in history]  # type: ignore[misc]
    played = Played(pool, probes_only)
    healthy = Played(pool, [(*step[:3], Outcome.OK, step[4]) for step in probes_only])

    for one, least_s in ((played, 1.0), (healthy, pool.refresh_s)):
        last: dict[OriginRef, float] = {}
        for at, ref in one.launched:
            assert at - last.get(ref, float("-inf")) >= min(least_s, pool.refresh_s) - 1e-6
            last[ref] = at
    for ref in played.router.due(played.now):
        health = played.router.pools["web"].origins[ref.origin].health
        assert health.state is not State.EJECTED or health.ejected_until_at <= played.now


@UNHURRIED
@given(configs, histories)
def test_the_earliest_due_time_is_the_earliest(pool: PoolConfig, history: list[Step]) -> None:
    """The cheap question `is anything due` and the list of what is due never disagree."""
    played = Played(pool, history)
    router = played.router

    assert min(each.probe_due_at for each in router.pools["web"].origins.values()) == router.probe_due_at
    assert bool(router.due(played.now)) == (played.now >= router.probe_due_at)


@UNHURRIED
@given(configs, histories)
def test_an_explanation_agrees_with_the_decision(pool: PoolConfig, history: list[Step]) -> None:
    """In every situation each origin gets a sentence, and exactly the decided one is called chosen."""
    played = Played(pool, history)
    explanation = explain(played.router, AnyRequest(), played.now)

    chosen = [each.origin for each in explanation.candidates if each.why.startswith("chosen: ")]
    assert [explanation.decision.origin.origin] == chosen
    assert [each.id for each in pool.origins] == [each.origin for each in explanation.candidates]
    for each in explanation.candidates:
        if "faster, within the band" in each.why:
            assert Reason.KEPT_IN_BAND is explanation.decision.reason
