"""The router under any history: it always decides, the same way again, and never from what is outdated."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from origin_router.routing.config import PoolConfig
from origin_router.routing.explanation import explain
from origin_router.routing.model import OriginRef, Outcome, Reason, Source, State
from tests.property.router_histories import Played, Step, histories, pools
from tests.scenario.routing.player import ANY, FakeRequest

UNHURRIED = settings(deadline=None, max_examples=60)
"""A busy machine is no defect."""

SHARED = ("fastest", "priority")
"""Policies with one choice for all."""

ASK: Step = ("decide", 0.0, "a", Outcome.OK, None)


@UNHURRIED
@given(st.one_of(pools(), pools(has_fallback_pool=True)), histories)
def test_it_always_decides(pool: PoolConfig, history: list[Step]) -> None:
    """Any observations and orders, in any order, with any clock: an origin that may be chosen, and the true reason."""
    played = Played(pool, history)
    decision = played.decide()
    deciding = played.router.pools[decision.origin.pool]
    chosen = deciding.origins[decision.origin.origin].health
    candidates = [deciding.origins[each.origin] for each in played.router.candidates(deciding, played.now)]
    trusted = [each for each in candidates if each.health.is_eligible and not each.health.is_suspect]

    if decision.reason is Reason.PINNED:
        assert played.router.control.is_pinned(decision.origin, played.now)
    elif decision.reason is Reason.ONLY_ORIGIN:
        assert len(deciding.origins) == 1
    elif decision.reason is not Reason.STICKY or pool.on_failure != "stay":
        has_panicked = len(trusted) * 100 <= deciding.config.health.panic_pct * len(candidates)
        assert has_panicked or (chosen.is_eligible and not chosen.is_suspect)
        assert has_panicked or decision.reason is not Reason.PANIC
    if decision.origin.pool != "web":
        first = [each.health for each in played.router.pools["web"].undrained(played.now)]
        left = sum(each.is_eligible and not each.is_suspect for each in first)
        assert left * 100 <= pool.health.panic_pct * len(first)


@UNHURRIED
@given(st.one_of(pools(), pools(has_fallback_pool=True)), histories, st.sampled_from("abcr"))
def test_the_avoided_origin_is_never_chosen_while_another_may_be(
    pool: PoolConfig, history: list[Step], name: str
) -> None:
    """Nor a drained one."""
    played = Played(pool, history)
    avoid = played.ref_of(name)
    decision = played.router.decide(ANY, played.now, avoid=avoid)
    deciding = played.router.pools[decision.origin.pool]
    others = [each.ref for each in deciding.undrained(played.now) if each.ref != avoid]

    if others and decision.reason is not Reason.ONLY_ORIGIN:
        assert decision.origin != avoid
    if deciding.undrained(played.now) and decision.reason is not Reason.PINNED:
        assert not played.router.control.is_drained(decision.origin, played.now) or len(deciding.origins) == 1
    if pool.fallback_pool and decision.origin.pool == "web":
        assert decision.origin != avoid


@UNHURRIED
@given(st.one_of(pools(), pools(has_fallback_pool=True)), histories)
def test_replayed_it_decides_the_same(pool: PoolConfig, history: list[Step]) -> None:
    """Same configuration, same history, same random numbers: same decisions, transitions and probes."""
    first, second = Played(pool, history), Played(pool, history)

    assert first.decisions == second.decisions
    assert first.transitions == second.transitions
    assert first.launched == second.launched


@UNHURRIED
@given(
    st.one_of(pools(policies=SHARED), pools(policies=SHARED, has_fallback_pool=True)),
    histories,
    st.sampled_from(["observe", "traffic", "at_least", "drain", "pin"]),
    st.sampled_from("abcr"),
    st.sampled_from(Outcome),
    st.none() | st.floats(0, 3),
)
def test_the_cached_choice_is_never_stale(
    pool: PoolConfig, history: list[Step], what: str, name: str, outcome: Outcome, latency_s: float | None
) -> None:
    """A decision just before news has no influence on the one just after it, but as current choice."""
    asked = Played(pool, [*history, ASK])
    news: Step = (what, 0.0, name, outcome, latency_s)
    asked.take(*news)
    forgetful = Played(pool, [*history, ASK, news])
    for each in forgetful.router.pools.values():
        each.choice = None

    assert forgetful.decide() == asked.decide()


@UNHURRIED
@given(pools(), histories)
def test_asking_more_often_changes_nothing_that_is_learned(pool: PoolConfig, history: list[Step]) -> None:
    """Decisions are free of side effects on health, estimates and the schedule."""
    heard = [step for step in history if step[0] not in ("decide", "avoid", "explore")]
    quiet = Played(pool, heard)
    curious = Played(pool, [each for step in heard for each in (ASK, step, ASK)])

    assert quiet.transitions == curious.transitions
    assert quiet.launched == curious.launched
    assert quiet.router.probe_due_at == curious.router.probe_due_at
    for name, record in quiet.router.pools["web"].origins.items():
        other = curious.router.pools["web"].origins[name]
        assert record.estimate.value_s == other.estimate.value_s
        assert record.probe_due_at == other.probe_due_at


@UNHURRIED
@given(pools(), histories)
def test_probes_keep_their_distance(pool: PoolConfig, history: list[Step]) -> None:
    """No origin is asked twice within a second; without failures and spikes not within `refresh_s`."""
    forwards: list[Step] = [(what, abs(moved_s), *rest) for what, moved_s, *rest in history]  # type: ignore[misc]
    healthy: list[Step] = [(*step[:3], Outcome.OK, None) for step in forwards]
    rechecked = Played(pool, forwards)

    for played, least_s in ((rechecked, 1.0), (Played(pool, healthy), pool.refresh_s)):
        last: dict[OriginRef, float] = {}
        for at, ref in played.launched:
            assert at - last.get(ref, float("-inf")) >= min(least_s, pool.refresh_s) - 1e-6
            last[ref] = at
    for ref in rechecked.router.due(rechecked.now):
        health = rechecked.router.pools["web"].origins[ref.origin].health
        has_panicked = rechecked.router.pools["web"].is_panic(rechecked.now)
        assert health.state is not State.EJECTED or health.ejected_until_at <= rechecked.now or has_panicked


@UNHURRIED
@given(pools(), histories)
def test_probes_keep_the_budget(pool: PoolConfig, history: list[Step]) -> None:
    """Between any two probes lies no more than a full allowance and what came back in the meantime."""
    launched = [at for at, _ in Played(pool, [(what, abs(by), *rest) for what, by, *rest in history]).launched]  # type: ignore[misc]
    most = 2 * len(pool.origins)
    for first in range(len(launched)):
        for last in range(first, len(launched)):
            span_s = launched[last] - launched[first]
            assert last - first + 1 <= most + span_s * most / pool.refresh_s + 1


@UNHURRIED
@given(pools(), histories)
def test_the_earliest_due_time_is_the_earliest(pool: PoolConfig, history: list[Step]) -> None:
    """The cheap question `is anything due` and the list of what is due never disagree, but for the budget."""
    played = Played(pool, history)
    router = played.router
    earliest = router.probe_due_at

    assert earliest == min(each.probe_due_at for each in router.pools["web"].origins.values())
    assert not router.due(played.now) or played.now >= router.probe_due_at


@UNHURRIED
@given(pools(), histories)
def test_the_cap_on_ejected_origins_holds(pool: PoolConfig, history: list[Step]) -> None:
    """That share of the pool, and always one."""
    most = max(1, int(len(pool.origins) * pool.health.max_ejected_pct / 100))
    played = Played(pool, [])
    for step in history:
        played.take(*step)
        ineligible = [each for each in played.router.pools["web"].origins.values() if not each.health.is_eligible]
        assert len(ineligible) <= most


@UNHURRIED
@given(pools(), histories)
def test_exploring_keeps_to_its_rules(pool: PoolConfig, history: list[Step]) -> None:
    """Only by latency, only an origin that serves, answers, is not drained and of the same priority."""
    played = Played(pool, history)
    played.router.basis = Source.TRAFFIC
    for _ in range(8):
        decision = played.decide()
        tried = played.router.try_out(ANY, decision, played.now)
        if tried.reason is Reason.EXPLORING:
            record = played.router.pools["web"].origins[tried.origin.origin]
            assert pool.policy == "fastest"
            assert record.health.state is State.SERVING
            assert not record.health.is_suspect
            assert record.last_outcome is Outcome.OK
            assert not played.router.control.is_drained(tried.origin, played.now)
            assert record.config.priority == played.router.pools["web"].origins[decision.origin.origin].config.priority
        else:
            assert tried is decision or tried.reason is Reason.TRIAL


@UNHURRIED
@given(
    st.one_of(pools(), pools(has_fallback_pool=True)), histories, st.sampled_from(["GET", "POST"]), st.integers(0, 400)
)
def test_trials_keep_to_their_rules(pool: PoolConfig, history: list[Step], method: str, pause_s: int) -> None:
    """Only what real traffic doubts and probes reach, no more than a share of requests, none that cannot fail over."""
    played = Played(pool, history)
    request = FakeRequest(method=method, client="c")
    now, tried = played.now + pause_s, 0
    for _ in range(40):
        decision = played.router.decide(request, now)
        what = played.router.try_out(request, decision, now)
        if what.reason is not Reason.TRIAL:
            continue
        tried += 1
        record = played.router.pools[what.origin.pool].origins[what.origin.origin]
        assert method == "GET"
        assert what.origin != decision.origin
        assert record.health.is_suspect
        assert record.health.state is not State.EJECTED
        assert record.last_outcome is Outcome.OK
        assert not played.router.control.is_drained(what.origin, now)
        if what.origin.pool == decision.origin.pool:
            chosen = played.router.pools[what.origin.pool].origins[decision.origin.origin]
            assert record.config.priority <= chosen.config.priority
            assert decision.reason not in (Reason.PINNED, Reason.PANIC, Reason.ONLY_ORIGIN)

    assert tried <= 3, "one per origin at most, at one instant"


@UNHURRIED
@given(st.one_of(pools(), pools(has_fallback_pool=True)), histories)
def test_an_explanation_agrees_with_the_decision(pool: PoolConfig, history: list[Step]) -> None:
    """In every situation each origin gets a sentence, and exactly the decided one is called chosen."""
    played = Played(pool, history)
    explanation = explain(played.router, ANY, played.now)

    chosen = [each.origin for each in explanation.candidates if each.why.startswith("chosen: ")]
    assert [explanation.decision.origin.origin] == chosen
    assert [each.id for each in played.router.config.pools[explanation.pool].origins] == [
        each.origin for each in explanation.candidates
    ]
    for each in explanation.candidates:
        if "not enough to leave the current choice" in each.why:
            assert Reason.KEPT_IN_BAND is explanation.decision.reason
