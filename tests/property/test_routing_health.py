"""Health: every history leads back to serving, ejections are bounded, and counting has no end."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from origin_router.routing.config import HealthConfig
from origin_router.routing.health import EJECTION_BASE_S, EJECTION_MAX_S, Health
from origin_router.routing.model import Outcome, State

UNHURRIED = settings(deadline=None)
"""A busy machine is no defect."""

configs = st.builds(HealthConfig, fall=st.integers(1, 6), rise=st.integers(1, 6))
jitters = st.floats(0, 1, exclude_max=True)
steps = st.tuples(st.sampled_from([0.0, 0.5, 1, 5, 6, 30, 301, 5000]), st.sampled_from(Outcome), jitters)
histories = st.lists(steps, max_size=60)

START_AT = 1_800_000_000.0

ALLOWED = {
    (State.UNKNOWN, State.SERVING),
    (State.UNKNOWN, State.EJECTED),
    (State.SERVING, State.EJECTED),
    (State.EJECTED, State.PROBATION),
    (State.EJECTED, State.SERVING),  # with a rise of 1 the trial is the whole probation
    (State.PROBATION, State.SERVING),
    (State.PROBATION, State.EJECTED),
}


def fed(config: HealthConfig, history: list[tuple[float, Outcome, float]]) -> tuple[Health, float]:
    """Return the health after a history of (pause, outcome, jitter), and the time it has become."""
    health, now = Health(config), START_AT
    for pause_s, outcome, jitter in history:
        now += pause_s
        before = health.state
        change = health.observe(outcome, now, jitter)
        assert change == (None if health.state is before else (before, health.state))
        assert change is None or change in ALLOWED
    return health, now


@UNHURRIED
@given(configs, histories)
def test_enough_successes_lead_back_to_serving(
    config: HealthConfig, history: list[tuple[float, Outcome, float]]
) -> None:
    """From wherever a history has led: after the ejection, `rise` successes and all is well."""
    health, now = fed(config, history)
    now = max(now, health.ejected_until_at)
    for _ in range(config.rise):
        health.observe(Outcome.OK, now, 0.0)
        now += 1

    assert State.SERVING is health.state
    assert health.is_eligible
    assert not health.is_suspect


@UNHURRIED
@given(configs, histories)
def test_enough_failures_eject(config: HealthConfig, history: list[tuple[float, Outcome, float]]) -> None:
    """From wherever a history has led, `fall` failures end in an ejection."""
    health, now = fed(config, history)
    now = max(now, health.ejected_until_at)
    for _ in range(config.fall):
        health.observe(Outcome.REFUSED, now, 0.0)

    assert State.EJECTED is health.state
    assert not health.is_eligible


@UNHURRIED
@given(configs, histories)
def test_ejections_last_five_seconds_to_five_minutes(
    config: HealthConfig, history: list[tuple[float, Outcome, float]]
) -> None:
    """With up to a fifth of jitter; and no observation during an ejection moves its end."""
    health, now = Health(config), START_AT
    for pause_s, outcome, jitter in history:
        now += pause_s
        was_until = health.ejected_until_at
        was_running = health.state is State.EJECTED and now < was_until
        health.observe(outcome, now, jitter)
        if was_running:
            assert health.ejected_until_at == was_until
        elif health.ejected_until_at != was_until:
            length_s = health.ejected_until_at - now
            assert length_s + 1e-6 >= EJECTION_BASE_S
            assert length_s <= EJECTION_MAX_S * 1.2 + 1e-6


@UNHURRIED
@given(configs, histories)
def test_what_the_words_mean(config: HealthConfig, history: list[tuple[float, Outcome, float]]) -> None:
    """A failure makes suspect; who is not suspect and not unknown has answered; who is ejected is suspect."""
    health, _ = fed(config, history)

    assert health.is_eligible == (health.state in (State.UNKNOWN, State.SERVING))
    assert health.is_eligible or health.is_suspect
    assert health.has_answered or health.state in (State.UNKNOWN, State.EJECTED)
    assert health.state is not State.UNKNOWN or not health.has_answered
    if history and history[-1][1] is not Outcome.OK:
        assert health.is_suspect


@UNHURRIED
@given(st.integers(1, 3))
@example(1)
def test_an_origin_may_stay_dead_for_ever(fall: int) -> None:
    """Ten thousand failed trials: the length stays at its ceiling and no number grows out of its range."""
    health, now = Health(HealthConfig(fall=fall)), START_AT
    for _ in range(10_000):
        health.observe(Outcome.REFUSED, now, 0.5)
        now = max(now, health.ejected_until_at)

    health.observe(Outcome.REFUSED, now, 0.5)

    assert health.ejected_until_at - now == EJECTION_MAX_S * 1.1
