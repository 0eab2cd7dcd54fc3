"""Health: every history leads back to serving, ejections are bounded, and counting has no end."""

from __future__ import annotations

from math import inf, isclose
from typing import NamedTuple

from hypothesis import example, given, settings
from hypothesis import strategies as st

from origin_router.routing.config import HealthConfig
from origin_router.routing.doubt import MEMORY_S
from origin_router.routing.health import HARD_FAILURE, Health, weight_of
from origin_router.routing.model import Outcome, Source, State
from origin_router.routing.window import Window

UNHURRIED = settings(deadline=None)
"""A busy machine is no defect."""

START_AT = 1_800_000_000.0

configs = st.builds(
    HealthConfig,
    fall=st.integers(1, 6),
    rise=st.integers(1, 6),
    failure_pct=st.sampled_from([0.0, 30.0, 50.0, 100.0]),
    min_samples=st.integers(1, 12),
    window_s=st.sampled_from([1, 30, 600]),
    ejection_s=st.sampled_from([1.0, 5.0, 60.0]),
    ejection_max_s=st.sampled_from([5.0, 300.0, 86_400.0]),
    slow_start_s=st.sampled_from([0.0, 30.0]),
)


class Step(NamedTuple):
    """One thing heard."""

    pause_s: float
    outcome: Outcome
    jitter: float
    source: Source = Source.PROBE
    may_eject: bool = True
    is_panic: bool = False

    def tell(self, health: Health, now: float) -> tuple[State, State] | None:
        """Let a health hear it."""
        return health.observe(
            self.outcome,
            now,
            self.jitter,
            source=self.source,
            may_eject=self.may_eject,
            is_panic=self.is_panic,
        )


steps = st.builds(
    Step,
    st.sampled_from([0.0, 0.5, 1, 5, 6, 30, 301, 5000]),
    st.one_of(st.sampled_from(Outcome), st.just(Outcome.OK)),
    st.floats(0, 1, exclude_max=True),
    st.sampled_from(Source),
    st.booleans(),
    st.booleans(),
)
histories = st.lists(steps, max_size=60)

ALLOWED = {
    (State.UNKNOWN, State.SERVING),
    (State.UNKNOWN, State.EJECTED),
    (State.SERVING, State.EJECTED),
    (State.EJECTED, State.PROBATION),
    (State.EJECTED, State.SERVING),  # with a rise of 1 the trial is the whole probation
    (State.PROBATION, State.SERVING),
    (State.PROBATION, State.EJECTED),
}


def fed(config: HealthConfig, history: list[Step]) -> tuple[Health, float]:
    """Return the health after a history, and the time it has become."""
    health, now = Health(config), START_AT
    for step in history:
        now += step.pause_s
        before = health.state
        change = step.tell(health, now)
        assert change == (None if health.state is before else (before, health.state))
        assert change is None or change in ALLOWED
        assert step.may_eject or change is None or before is State.PROBATION or change[1] is not State.EJECTED
        assert change is None or (step.outcome is Outcome.OK) == (change[1] is not State.EJECTED)
    return health, now


@UNHURRIED
@given(configs, histories)
def test_enough_successes_lead_back_to_serving(config: HealthConfig, history: list[Step]) -> None:
    """From wherever a history has led: after the ejection an answered probe, `rise` good requests, and all is well."""
    health, now = fed(config, history)
    now = max(now, health.ejected_until_at)
    health.observe(Outcome.OK, now, 0.0)
    for _ in range(config.rise):
        health.observe(Outcome.OK, now, 0.0, source=Source.TRAFFIC)
        now += 1

    assert State.SERVING is health.state
    assert health.is_eligible
    assert not health.is_suspect
    assert not health.is_undecided


@UNHURRIED
@given(configs, histories, st.integers(0, 40))
def test_no_number_of_answered_probes_outweighs_real_traffic(
    config: HealthConfig, history: list[Step], probes: int
) -> None:
    """While traffic's doubt is open, probes bring neither trust nor service; it fades after minutes without traffic."""
    health, now = fed(config, history)
    is_heard = health.state is not State.EJECTED  # a failure while it is out proves nothing
    health.observe(Outcome.BAD_STATUS, now, 0.0, source=Source.TRAFFIC)
    health.observe(Outcome.BAD_STATUS, now, 0.0, source=Source.TRAFFIC)
    is_doubted = health.doubt.is_open
    for number in range(probes):
        health.observe(Outcome.OK, now + number, 0.0)

    assert is_doubted or not is_heard
    assert health.is_suspect or not is_heard
    now = max(now + probes, health.ejected_until_at) + MEMORY_S
    for _ in range(config.rise + 1):
        health.observe(Outcome.OK, now, 0.0)
    assert health.is_eligible
    assert not health.is_suspect


@UNHURRIED
@given(st.lists(st.booleans(), max_size=30), st.integers(1, 20), st.integers(10, 90))
def test_probes_do_not_dilute_the_share_of_real_traffic(
    found: list[bool], probes_between: int, failure_pct: int
) -> None:
    """However many probes are answered in between: ejected no later than by real traffic alone."""
    config = HealthConfig(fall=100, failure_pct=failure_pct, min_samples=4)
    alone, probed = (_ejected_after(Health(config), found, probes) for probes in (0, probes_between))

    assert probed <= alone


def _ejected_after(health: Health, found: list[bool], probes_between: int) -> float:
    for index, is_ok in enumerate(found):
        at = START_AT + index / 10
        health.observe(Outcome.OK if is_ok else Outcome.BAD_STATUS, at, 0.0, source=Source.TRAFFIC)
        if health.state is State.EJECTED:
            return index
        for _ in range(probes_between):
            health.observe(Outcome.OK, at, 0.0)
    return inf


@UNHURRIED
@given(configs, histories)
def test_enough_failures_eject(config: HealthConfig, history: list[Step]) -> None:
    """From wherever a history has led, failures of the weight of `fall` end in an ejection."""
    health, now = fed(config, history)
    now = max(now, health.ejected_until_at)
    for _ in range(config.fall):
        health.observe(Outcome.BAD_STATUS, now, 0.0)

    assert State.EJECTED is health.state
    assert not health.is_eligible


@UNHURRIED
@given(configs, histories)
def test_ejections_keep_their_bounds(config: HealthConfig, history: list[Step]) -> None:
    """From `ejection_s` to `ejection_max_s`, with up to a fifth of jitter; nothing moves the end of one that runs."""
    health, now = Health(config), START_AT
    shortest_s = min(config.ejection_s, config.ejection_max_s)
    for step in history:
        now += step.pause_s
        was_until = health.ejected_until_at
        was_running = health.state is State.EJECTED and now < was_until
        step.tell(health, now)
        if was_running:
            assert health.ejected_until_at == was_until
        elif health.ejected_until_at != was_until:
            assert shortest_s - 1e-6 <= health.ejected_until_at - now <= config.ejection_max_s * 1.2 + 1e-6


@UNHURRIED
@given(configs, histories)
def test_what_the_words_mean(config: HealthConfig, history: list[Step]) -> None:
    """Who is not suspect and not unknown has answered; who is ejected is suspect; who is suspect has failed."""
    health, _ = fed(config, history)

    assert health.is_eligible == (health.state in (State.UNKNOWN, State.SERVING))
    assert health.is_eligible or health.is_suspect
    assert health.has_answered or health.state in (State.UNKNOWN, State.EJECTED)
    assert health.state is not State.UNKNOWN or not health.has_answered
    assert health.is_suspect or not health.is_undecided
    if not any(step.outcome is not Outcome.OK for step in history):
        assert not health.is_suspect
    last = history[-1] if history else None
    if last and last.outcome is not Outcome.OK and weight_of(last.outcome, last.source) >= 1:
        assert health.is_suspect


@UNHURRIED
@given(configs, histories, st.floats(0, 100_000))
def test_the_warm_share_grows_to_one_and_never_shrinks(
    config: HealthConfig, history: list[Step], pause_s: float
) -> None:
    """From a tenth on, by time alone."""
    health, now = fed(config, history)
    early, later = health.warm_share(now), health.warm_share(now + pause_s)

    assert 0.1 <= early <= later <= 1
    assert health.warm_share(now + config.slow_start_s) == 1
    assert health.serving_since_at is not None or early == 1


@UNHURRIED
@given(st.integers(1, 3), st.sampled_from([300.0, 86_400.0]))
@example(1, 86_400.0)
def test_an_origin_may_stay_dead_for_ever(fall: int, ejection_max_s: float) -> None:
    """Two thousand failed trials: the length stays at its ceiling and no number grows out of its range."""
    health, now = Health(HealthConfig(fall=fall, ejection_max_s=ejection_max_s)), START_AT
    for _ in range(2_000):
        health.observe(Outcome.REFUSED, now, 0.5)
        now = max(now, health.ejected_until_at)

    health.observe(Outcome.REFUSED, now, 0.5)

    assert isclose(health.ejected_until_at - now, ejection_max_s * 1.1)


@UNHURRIED
@given(st.sampled_from([each for each in Outcome if each is not Outcome.OK]), st.sampled_from(Source))
def test_no_failure_weighs_more_than_no_connection(outcome: Outcome, source: Source) -> None:
    """And none outside of the scale."""
    assert 0 <= weight_of(outcome, source) <= HARD_FAILURE


@UNHURRIED
@given(
    st.sampled_from([1.0, 30.0, 600.0]),
    st.lists(st.tuples(st.one_of(st.floats(0, 5), st.floats(0, 2000)), st.booleans()), min_size=1, max_size=60),
    st.floats(0, 700),
)
def test_the_window_counts_what_a_list_would_count(
    length_s: float, outcomes: list[tuple[float, bool]], pause_s: float
) -> None:
    """All of the last nine tenths of its length, none that is older than all of it."""
    window, now, seen = Window(length_s), START_AT, []
    for gap_s, is_failure in outcomes:
        now += gap_s
        window.add(is_failure, now)
        seen.append((now, is_failure))
    now += pause_s
    count, failures = window.counts(now)
    surely = [is_failure for at, is_failure in seen if now - at <= 0.9 * length_s - 1e-6]
    perhaps = [is_failure for at, is_failure in seen if now - at < length_s + 1e-6]

    assert len(surely) <= count <= len(perhaps)
    assert sum(surely) <= failures <= sum(perhaps)


def test_the_memory_of_a_window_does_not_depend_on_the_rate() -> None:
    """A hundred thousand requests leave no more than its tenths."""
    window = Window(30)
    for n in range(100_000):
        window.add(is_failure=n % 2 == 0, now=START_AT + n / 1000)

    assert len(window._buckets) <= 10
