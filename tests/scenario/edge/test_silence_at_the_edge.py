"""Responses that stay away: who is asked, when, and how soon an origin that answers nothing more is left."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from origin_router.routing.config import FeedbackConfig
from origin_router.routing.model import Observation, OriginRef, Outcome
from tests.scenario.edge.test_steering_at_the_edge import domain_of, exchange, request_of, settled
from tests.support.edge import config, origin, ref
from tests.support.scripted_prober import Behaviour, Stage

SILENT = Behaviour(0.8, outcome=Outcome.RESPONSE_TIMEOUT)
"""What a probe sees of an origin that takes connections and answers nothing."""

UNHEARD = 3
"""Requests in vain until regular traffic's silence is unusual."""


def regular(extension: str, *, names: str = "ab", has_feedback: bool = True, **fields: Any) -> Stage:
    """An environment in which each request has been followed by its response."""
    has_order = fields.get("policy") == "priority"
    origins = [origin(name, priority=number if has_order else 1) for number, name in enumerate(names, 1)]
    routed = replace(config(*origins, **fields), feedback=FeedbackConfig(enabled=has_feedback))
    latencies_s = dict(zip(names, (0.01, 0.05, 0.09), strict=False))
    behaviours = {ref(name): Behaviour(latency_s) for name, latency_s in latencies_s.items()}
    stage = settled(Stage(routed, behaviours).start(extension))
    for number in range(40):
        exchange(stage, 0.02, number=number, after_s=0.1)
    return stage


def in_vain(stage: Stage, *, after_s: float = 0.1) -> str:
    """One request without a response, as its environment lives it; return where it went.

    The extension asks before the answer whether there will be something to do.
    """
    stage.clock.now += after_s
    measuring = stage.environment.measuring
    has_work = measuring.has_work()
    went_to = domain_of(stage.environment.handle(request_of(), "in-vain"))
    stage.environment.answered("i")
    if has_work and extension_of(stage) == "registered":
        measuring.work()
    return went_to


def extension_of(stage: Stage) -> str:
    """Its state, as the journal says."""
    state: str = stage.events("moment")[-1]["extension"]
    return state


def launched(stage: Stage, since: float) -> list[OriginRef]:
    """The origins that were probed since then."""
    return [each for at, each in stage.prober.launched if at >= since]


def test_with_an_extension_the_third_request_in_vain_is_the_last() -> None:
    """Asked right after its answer, and waited for until another origin would be clearly better."""
    stage = regular("registered")
    stage.prober.behaviours[ref("a")] = SILENT
    since, waits = stage.clock.now, len(stage.prober.waited_s)
    went_to = [in_vain(stage) for _ in range(UNHEARD + 5)]

    assert went_to == ["a"] * UNHEARD + ["b"] * 5
    assert launched(stage, since)[0] == ref("a")
    assert stage.prober.waited_s[waits] == pytest.approx(0.085)
    assert len(stage.prober.waited_s) == waits + 1, "once"


def test_the_question_comes_with_the_request_and_the_probe_after_its_answer() -> None:
    """The extension has asked before: it knows that this request may question the origin, and no other may."""
    stage = regular("registered")
    measuring, prober = stage.environment.measuring, stage.prober
    prober.behaviours[ref("a")] = SILENT
    since = stage.clock.now
    hints = []
    for _ in range(UNHEARD):
        hints.append(measuring.has_work())
        stage.environment.handle(request_of(), "in-vain")
        stage.environment.answered("i")
        assert launched(stage, since) == [], "a freeze in between would hide how long it takes"
    measuring.work()

    assert hints == [False] * (UNHEARD - 1) + [True]
    assert launched(stage, since) == [ref("a")]


def test_a_hint_that_comes_to_nothing_keeps_nobody_awake() -> None:
    """The third request's response was only late: no probe, no wait."""
    stage = regular("registered")
    measuring = stage.environment.measuring
    requests = [stage.environment.handle(request_of(), f"late-{number}") for number in range(UNHEARD - 1)]
    assert measuring.has_work()
    since, waits = stage.clock.now, len(stage.prober.waited_s)
    stage.environment.handle_response(requests[0], {"status": "200", "headers": {}}, "late-0")
    measuring.work()

    assert launched(stage, since) == []
    assert stage.prober.waited_s[waits:] == []
    assert not measuring.has_work()


def test_a_question_whose_answer_is_good_changes_nothing() -> None:
    """Responses went to another environment: the origin is kept, and asked again only when it is twice as long."""
    stage = regular("registered")
    since = stage.clock.now
    went_to = [in_vain(stage, after_s=0.01) for _ in range(2 * UNHEARD)]

    assert set(went_to) == {"a"}
    assert launched(stage, since) == [ref("a")]


def test_without_an_extension_it_is_asked_in_the_request_itself() -> None:
    """And left when that probe fails: nobody waits for it."""
    stage = regular("absent")
    stage.prober.behaviours[ref("a")] = SILENT
    since, waits = stage.clock.now, len(stage.prober.waited_s)
    went_to = [in_vain(stage) for _ in range(UNHEARD + 12)]

    assert launched(stage, since)[0] == ref("a")
    assert next(at for at, _ in stage.prober.launched if at >= since) == pytest.approx(since + UNHEARD * 0.1)
    assert went_to.index("b") == pytest.approx(UNHEARD + 8, abs=1), "after the probe's 0.8 s"
    assert "a" not in went_to[went_to.index("b") :]
    assert stage.prober.waited_s[waits:] == []


@pytest.mark.parametrize("extension", ["registered", "absent"])
@pytest.mark.parametrize("policy", ["priority", "weighted", "sticky"])
def test_where_latency_decides_nothing_it_is_asked_at_once_and_not_waited_for(policy: str, extension: str) -> None:
    """No other origin becomes better by being faster: the probe decides when it ends."""
    stage = regular(extension, policy=policy)
    used = exchange(stage, 0.02, after_s=0.1)
    stage.prober.behaviours[ref(used)] = SILENT
    since, waits = stage.clock.now, len(stage.prober.waited_s)
    went_to = [in_vain(stage) for _ in range(40)]
    (asked_at, asked), *_ = [(at, each) for at, each in stage.prober.launched if at >= since]

    assert asked == ref(used)
    assert asked_at == pytest.approx(since + UNHEARD * 0.1)
    assert stage.prober.waited_s[waits:] == []
    assert used == went_to[0]
    assert used not in went_to[20:]


def test_a_single_origin_keeps_nobody_awake() -> None:
    """There is nothing that would be better."""
    stage = regular("registered", names="a")
    stage.prober.behaviours[ref("a")] = SILENT
    waits = len(stage.prober.waited_s)
    assert {in_vain(stage) for _ in range(40)} == {"a"}

    assert sum(stage.prober.waited_s[waits:]) == 0


def test_an_origin_that_is_no_longer_used_keeps_nobody_awake() -> None:
    """Left with two responses outstanding that came elsewhere: no request of ours will ever end that silence."""
    stage = regular("registered")
    for _ in range(UNHEARD - 1):
        in_vain(stage)
    assert stage.environment.measuring.has_work()
    for _ in range(2):
        now = stage.environment.measuring.now()
        stage.environment.router.observe(Observation(ref("a"), Outcome.OK, now, 0.3))
    awake = []
    for number in range(50):
        awake.append(stage.environment.measuring.has_work())
        assert exchange(stage, 0.05, number=100 + number, after_s=0.01) == "b"

    assert awake.count(True) <= 2


def test_without_feedback_nothing_is_counted() -> None:
    """No response is ever heard, so none is missed."""
    stage = regular("registered", has_feedback=False)
    since = stage.clock.now
    for _ in range(50):
        in_vain(stage, after_s=0.01)

    assert launched(stage, since) == []
    assert not stage.environment.measuring.has_work()


def test_a_second_attempt_counts_for_the_origin_that_it_goes_to() -> None:
    """And not for the one that failed."""
    stage = regular("registered")
    silence = stage.environment.router.pools["web"].origins["a"].silence
    for number in range(UNHEARD - 1):
        stage.environment.handle(request_of(1), f"first-{number}")
    assert silence.is_at_limit
    assert domain_of(stage.environment.handle(request_of(2), "first-0")) == "b"
    stage.environment.answered("i")

    assert silence.is_at_limit
