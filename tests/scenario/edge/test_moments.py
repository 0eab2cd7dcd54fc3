"""The environment finds out which way of measuring works where it runs. Played on manual time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from origin_router.edge import function
from origin_router.edge.moments import RETRY_S, STRIKES, Moment, Moments
from tests.support.cloudfront import Context, custom_event
from tests.support.edge import config, origin, probe, ref
from tests.support.extensions_api import ExtensionsApi
from tests.support.scripted_prober import Behaviour, Stage

HELD = "arrived_at_thaw"


def moments_of(stage: Stage) -> list[tuple[str, str]]:
    """What the journal says about the ways of measuring."""
    return [(line["moment"], line["extension"]) for line in stage.events("moment")]


def two(*, withheld: str | None, wait_share_pct: float = 1.0) -> Stage:
    """Two origins in a world that withholds their latencies, or not."""
    measured = config(origin("a"), origin("b"), probe=probe(wait_share_pct=wait_share_pct))
    return Stage(measured, {ref(name): Behaviour(0.05, withheld=withheld) for name in ("a", "b")}).start()


def test_where_latencies_can_be_read_nobody_ever_waits() -> None:
    """The cheapest way works: it stays."""
    stage = two(withheld=None)
    for _ in range(2000):
        stage.request(after_s=0.5)

    assert moments_of(stage) == [("frozen", "absent")]
    assert stage.prober.waited_s == [0.05]


def test_without_an_extension_a_share_of_the_requests_waits() -> None:
    """Latencies were withheld three times in a row: from then on one request in a hundred may wait, if one is due."""
    stage = two(withheld=HELD)
    count = 4000
    for _ in range(count):
        stage.request(after_s=0.1)

    assert moments_of(stage) == [("frozen", "absent"), ("before_answer", "absent")]
    assert HELD in stage.events("moment")[1]["why"]
    waits = [waited_s for waited_s in stage.prober.waited_s[1:] if waited_s]
    assert 10 < len(waits) <= count / 100
    assert max(waits) == pytest.approx(0.05)
    assert stage.environment.router.pools["web"].origins["a"].estimate.measured_at is not None


def test_a_share_of_none_is_none() -> None:
    """Outcomes still count, latencies are no longer renewed."""
    stage = two(withheld=HELD, wait_share_pct=0)
    for _ in range(2000):
        stage.request(after_s=0.1)

    assert stage.prober.waited_s == [0.05]


def test_a_wait_has_an_end() -> None:
    """At most the budget, however long the origin takes; that it took so long waits for its confirmation."""
    stage = two(withheld=HELD)
    while len(moments_of(stage)) < 2:
        stage.request(after_s=1.0)
    stage.prober.behaviours[ref("a")] = Behaviour(never=True)
    while len(stage.prober.waited_s) < 2:
        stage.request(after_s=1.0)

    assert stage.prober.waited_s[-1] == pytest.approx(0.9)
    unconfirmed_s = stage.environment.router.pools["web"].origins["a"].estimate.unconfirmed_s
    assert unconfirmed_s is not None
    assert unconfirmed_s > 0.8


def test_the_cheapest_way_is_tried_again() -> None:
    """After ten minutes."""
    stage = two(withheld=HELD)
    while stage.clock.now < 2 * RETRY_S:
        stage.request(after_s=1.0)

    assert [moment for moment, _ in moments_of(stage)] == ["frozen", "before_answer", "frozen", "before_answer"]


def test_the_second_try_is_as_patient_as_the_first() -> None:
    """What was withheld in between, when it mattered to nobody, is forgotten."""
    moments = Moments(can_stay_awake=False, wait_share=0.0)
    for _ in range(10 * STRIKES):
        moments.note(ref("a"), HELD, 0.0)
    assert moments.retry(RETRY_S - 1.0) is None
    assert moments.retry(RETRY_S) is not None

    changes = [moments.note(ref("a"), HELD, RETRY_S) for _ in range(STRIKES)]
    assert [change is not None for change in changes] == [False] * (STRIKES - 1) + [True]


def test_it_stays_when_it_has_begun_to_work() -> None:
    """As after a change of Lambda's."""
    stage = two(withheld=HELD)
    while len(moments_of(stage)) < 2:
        stage.request(after_s=1.0)
    for each in ("a", "b"):
        stage.prober.behaviours[ref(each)] = Behaviour(0.05)
    while stage.clock.now < 3 * RETRY_S:
        stage.request(after_s=1.0)

    assert [moment for moment, _ in moments_of(stage)] == ["frozen", "before_answer", "frozen"]


@pytest.fixture
def api() -> Iterator[ExtensionsApi]:
    """An Extensions API that accepts our registration."""
    with ExtensionsApi() as running:
        yield running


def invoke(stage: Stage, api: ExtensionsApi, invocation: str, *, after_s: float = 1.0) -> None:
    """One invocation as Lambda makes it: the extension has its event, the handler runs, both end."""
    stage.clock.now += after_s
    api.invoke(invocation)
    request = {"method": "GET", "uri": "/", "headers": {}, "origin": {}}
    stage.environment.handle(request, invocation)
    stage.environment.answered(invocation)
    api.wait_until_asked()


def registered(api: ExtensionsApi, behaviours: dict[str, Behaviour]) -> Stage:
    """An environment with an extension."""
    by_ref = {ref(name): behaviour for name, behaviour in behaviours.items()}
    stage = Stage(config(*map(origin, behaviours)), by_ref, api=api.address).start()
    api.wait_until_asked()
    return stage


def test_with_an_extension_measurements_move_behind_the_answer(api: ExtensionsApi) -> None:
    """No viewer waits, nothing is measured while frozen any more, and probes are as rare as ever."""
    stage = registered(api, {"a": Behaviour(0.05, withheld=HELD), "b": Behaviour(0.05, withheld=HELD)})
    for number in range(120):
        invoke(stage, api, f"id-{number}")

    assert moments_of(stage) == [("frozen", "registered"), ("after_answer", "registered")]
    assert stage.prober.unanswered() == []
    assert [line for line in stage.events("probe") if line["moment"] == "after_answer"] == []  # no news
    waits = [waited_s for waited_s in stage.prober.waited_s[1:] if waited_s]
    assert waits == [pytest.approx(0.05)] * len(waits)
    assert len(waits) == pytest.approx((120 - STRIKES * 11) / 11, abs=2)


def test_an_extension_finishes_the_race_after_the_first_answer(api: ExtensionsApi) -> None:
    """Once: the origins that had not answered when the first one had."""
    stage = registered(api, {"a": Behaviour(0.05), "b": Behaviour(0.2)})
    invoke(stage, api, "first", after_s=0.001)
    assert [(line["origin"], line["moment"]) for line in stage.events("probe")] == [
        ("a", "race"),
        ("b", "after_answer"),
    ]
    before = len(stage.prober.waited_s)
    for number in range(60):
        invoke(stage, api, f"id-{number}")

    assert stage.prober.waited_s[before:] == []


def test_a_race_that_is_over_keeps_nobody_awake(api: ExtensionsApi) -> None:
    """Also not when the first renewal is under way later on."""
    stage = registered(api, {"a": Behaviour(0.05), "b": Behaviour(0.06)})
    for number in range(60):
        invoke(stage, api, f"id-{number}")

    assert stage.prober.waited_s == [0.05]


def test_after_the_answer_has_an_end_too(api: ExtensionsApi) -> None:
    """At most `after_answer_ms`, then the environment may be frozen; what a race left over is waited for once."""
    stage = registered(api, {"a": Behaviour(0.05), "b": Behaviour(never=True)})
    for number in range(5):
        invoke(stage, api, f"id-{number}", after_s=0.1)

    assert stage.prober.waited_s[1:] == [pytest.approx(0.25)]


def test_a_request_while_the_extension_still_measures_is_decided_from_what_is_known(api: ExtensionsApi) -> None:
    """It neither waits for the prober nor touches it."""
    stage = registered(api, {"a": Behaviour(0.05), "b": Behaviour(0.2)})
    directed_to: list[str] = []
    stage.prober.meanwhile = lambda: directed_to.append(stage.request())
    invoke(stage, api, "first", after_s=0.001)

    assert directed_to == ["a.test"]


@pytest.mark.parametrize("event", [{}, custom_event()], ids=["broken", "good"])
def test_the_extension_is_released_by_every_invocation(api: ExtensionsApi, event: dict[str, Any]) -> None:
    """Also by one whose event was not for us: it would hold the environment for half a minute otherwise."""
    stage = registered(api, {"a": Behaviour(0.05), "b": Behaviour(0.2)})
    api.invoke("one")
    function.answer(stage.environment, stage.journal, event, Context("one"))

    api.wait_until_asked()
    assert stage.prober.waited_s[1:] == [pytest.approx(0.15, abs=0.01)]


def test_a_strike_is_forgotten_with_the_next_latency() -> None:
    """Three in a row of the same origin; chance strikes of several do not add up."""
    moments = Moments(can_stay_awake=True, wait_share=0.0)
    for _ in range(10):
        assert moments.note(ref("a"), HELD, 0.0) is None
        assert moments.note(ref("b"), HELD, 0.0) is None
        assert moments.note(ref("a"), None, 0.0) is None
        assert moments.note(ref("b"), None, 0.0) is None

    assert moments.current is Moment.FROZEN


def test_no_more_than_one_wait_is_saved_up() -> None:
    """After a quiet night the morning's requests do not wait one after the other."""
    moments = Moments(can_stay_awake=False, wait_share=0.5)
    for _ in range(STRIKES):
        moments.note(ref("a"), HELD, 0.0)
    for _ in range(100):
        moments.count_request()

    assert [moments.may_wait(), moments.may_wait()] == [True, False]


def test_nobody_waits_where_another_way_works() -> None:
    """Only the last resort makes requests wait."""
    moments = Moments(can_stay_awake=True, wait_share=1.0)
    moments.count_request()

    assert not moments.may_wait()
