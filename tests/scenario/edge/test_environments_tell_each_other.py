"""Environments that share an edge's traffic: what one has found out, the others need not suffer themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from origin_router.routing.config import FeedbackConfig
from origin_router.routing.model import Outcome
from tests.scenario.edge.test_steering_at_the_edge import domain_of, request_of, settled
from tests.support.edge import config, origin, ref
from tests.support.scripted_prober import EPOCH, Behaviour, Stage
from tests.support.shared_traffic import SharedTraffic

A = ref("a")
FEEDBACK = replace(config(origin("a"), origin("b")), feedback=FeedbackConfig(enabled=True))
SEEDS = (1, 2)
SETTLING_S, FAULT_S, HEALING_S = 30.0, 20.0, 60.0
BROKEN_AT, HEALED_AT = SETTLING_S, SETTLING_S + FAULT_S
SILENT, SLOW_S = "silent", 0.4
RATE_PER_S = 60.0
"""About twelve environments at once, with responses: each takes ten invocations a second."""


@cache
def course(fault: str, seed: int, without: str = "", *, has_extensions: bool = True) -> SharedTraffic:
    """`a` is the better one, breaks, and heals."""
    traffic = SharedTraffic(
        FEEDBACK,
        {A: 0.02, ref("b"): 0.05},
        rate_per_s=RATE_PER_S,
        seed=seed,
        has_extensions=has_extensions,
        without=without,
    )
    traffic.play(SETTLING_S)
    if fault == SILENT:
        traffic.change(A, None, Behaviour(0.8, outcome=Outcome.RESPONSE_TIMEOUT))
    else:
        traffic.change(A, SLOW_S)
    traffic.play(FAULT_S)
    traffic.change(A, 0.02)
    traffic.play(HEALING_S)
    return traffic


@pytest.fixture(scope="module", autouse=True)
def _forget() -> Iterator[None]:
    """Courses are shared by the tests of this file."""
    yield
    course.cache_clear()


def in_vain(fault: str, since_s: float, until_s: float, without: str = "", *, has_extensions: bool = True) -> int:
    """Requests to the broken origin in a time of the fault, in all courses together."""
    courses = [course(fault, seed, without, has_extensions=has_extensions) for seed in SEEDS]
    return sum(len(each.requests_to("a", BROKEN_AT + since_s, BROKEN_AT + until_s)) for each in courses)


def test_the_traffic_is_shared_and_goes_to_the_better_origin() -> None:
    """What the courses are to show could not be seen otherwise."""
    for seed in SEEDS:
        healthy = course(SILENT, seed)
        assert healthy.requests_to("b", BROKEN_AT - 10, BROKEN_AT) == []
        assert len(healthy.requests_to("a", BROKEN_AT - 10, BROKEN_AT)) == pytest.approx(10 * RATE_PER_S, rel=0.2)
        assert len(healthy.users_of("a", BROKEN_AT - 10, BROKEN_AT)) >= 8


@pytest.mark.parametrize("fault", [SILENT, "slow"])
def test_fewer_requests_are_in_vain_where_environments_tell_each_other(fault: str) -> None:
    """Within the first second it takes the first of them to find out; after it hardly any are left."""
    told, untold = in_vain(fault, 0, 1), in_vain(fault, 0, 1, "du")
    assert told < 0.8 * untold

    told, untold = in_vain(fault, 1, FAULT_S), in_vain(fault, 1, FAULT_S, "du")
    assert told < (0.25 if fault == SILENT else 0.6) * untold


def test_without_extensions_word_is_later_and_still_spares_most() -> None:
    """The first to know are those whose probe has failed, after its 0.8 s."""
    told = in_vain(SILENT, 0, FAULT_S, has_extensions=False)

    assert told < 0.8 * in_vain(SILENT, 0, FAULT_S, "du", has_extensions=False)


@pytest.mark.parametrize("has_extensions", [True, False])
@pytest.mark.parametrize("fault", [SILENT, "slow"])
def test_who_has_heard_sends_no_further_request_there(fault: str, has_extensions: bool) -> None:
    """From the moment on, until it has healed. Of a slow one answers still come in: one may be believed."""
    for seed in SEEDS:
        traffic = course(fault, seed, has_extensions=has_extensions)
        late = [
            (each.number, at - each.heard_at["d", "web/a"])
            for each in traffic.members
            for at, name in each.went_to
            if name == "a" and each.heard_at.get(("d", "web/a"), HEALED_AT) < at < HEALED_AT
        ]
        if fault == SILENT:
            assert late == []
        assert len({number for number, _ in late}) == len(late) <= 2
        assert all(after_s < 0.2 for _, after_s in late)


@pytest.mark.parametrize("fault", [SILENT, "slow"])
def test_nobody_uses_it_once_the_last_one_has_heard(fault: str) -> None:
    """Those who hear last have been idle all the while; they have had their first requests then."""
    for seed in SEEDS:
        traffic = course(fault, seed)
        last_at = max(at for at in traffic.first_words("d", A) if at < HEALED_AT)

        assert len([at for at in traffic.first_words("d", A) if at < HEALED_AT]) >= 8
        assert traffic.requests_to("a", last_at + 1.0, HEALED_AT) == []


def test_it_comes_back_everywhere_and_sooner_with_good_word() -> None:
    """An ejection need not last to its end where another environment has seen the origin well again."""
    elsewhere = dict.fromkeys(("", "u"), 0)
    for seed in SEEDS:
        for without in elsewhere:
            traffic = course(SILENT, seed, without)
            elsewhere[without] += len(traffic.requests_to("b", HEALED_AT, HEALED_AT + 10))
            end = HEALED_AT + HEALING_S
            for each in traffic.members:
                late = [name for at, name in each.went_to if at > end - 20]
                assert late.count("b") <= 0.1 * len(late), f"{each.number} is not back"
        assert course(SILENT, seed).first_words("u", A) != []
        assert course(SILENT, seed, "u").first_words("u", A) == []

    assert elsewhere[""] < 0.9 * elsewhere["u"]


def test_that_was_slow_comes_back_too() -> None:
    """By its own measurements in each environment: there is no word for that."""
    for seed in SEEDS:
        traffic = course("slow", seed)
        end = HEALED_AT + HEALING_S
        back, away = (len(traffic.requests_to(name, end - 20, end)) for name in "ab")
        assert away <= 0.1 * (back + away)


def test_one_ill_environment_hardly_troubles_the_others() -> None:
    """It alone fails to reach `a`, and says so. A healthy one asks for itself, and is back with its next request."""
    ill, healthy = (
        settled(Stage(FEEDBACK, {A: Behaviour(0.01), ref("b"): Behaviour(0.05)}).start(extension))
        for extension in ("absent", "registered")
    )
    ill.prober.behaviours[A] = Behaviour(0.01, outcome=Outcome.CONNECT_TIMEOUT)
    record = healthy.environment.router.pools["web"].origins["a"]
    measuring = healthy.environment.measuring
    went_to, since_answer, blamed = list[str](), 0, 0
    for number in range(600):
        ill.clock.now = healthy.clock.now = max(ill.clock.now, healthy.clock.now) + 0.1
        request_id = f"id-{number}"
        stamped = ill.environment.handle(request_of(), request_id)
        ill.environment.answered("i")
        healthy.environment.handle_response(stamped, {"status": "200", "headers": {}}, request_id)
        blamed += record.is_blamed
        since_answer = 0 if record.is_blamed else since_answer + 1
        has_work = measuring.has_work()
        went_to.append(domain_of(healthy.environment.handle(request_of(), f"own-{number}")))
        healthy.environment.answered("h")
        if has_work:
            measuring.work()
        if since_answer > 2:
            assert went_to[-1] == "a"

    assert 3 <= blamed <= 60, "it was heard, and refuted"
    assert went_to.count("a") >= 0.9 * len(went_to)
    assert record.health.state == "serving"
    assert domain_of(ill.environment.handle(request_of(), "last")) == "b"


def test_ill_word_is_not_passed_on_by_those_who_are_well() -> None:
    """A healthy environment's own stamps say nothing of it."""
    ill, healthy = (settled(Stage(FEEDBACK, {A: Behaviour(0.01), ref("b"): Behaviour(0.05)}).start()) for _ in "12")
    ill.prober.behaviours[A] = Behaviour(0.01, outcome=Outcome.CONNECT_TIMEOUT)
    stamps = []
    for number in range(300):
        ill.clock.now = healthy.clock.now = max(ill.clock.now, healthy.clock.now) + 0.1
        stamped = ill.environment.handle(request_of(), f"id-{number}")
        ill.environment.answered("i")
        healthy.environment.handle_response(stamped, {"status": "200", "headers": {}}, f"id-{number}")
        own = healthy.environment.handle(request_of(), f"own-{number}")
        stamps.append(
            (stamped["headers"]["x-origin-router"][0]["value"], own["headers"]["x-origin-router"][0]["value"])
        )

    assert any(";d=web/a" in told for told, _ in stamps)
    assert not any(";d=" in own or ";u=" in own for _, own in stamps)


def test_a_second_attempt_goes_past_what_word_came_of() -> None:
    """Whose first attempt that was nobody knows: of two origins ours is kept, of three the third is taken."""
    for names, expected in (("ab", "a"), ("abc", "c")):
        routed = replace(config(*map(origin, names)), feedback=FeedbackConfig(enabled=True))
        latencies_s = zip(names, (0.01, 0.05, 0.09), strict=False)
        stage = settled(Stage(routed, {ref(name): Behaviour(latency_s) for name, latency_s in latencies_s}).start())
        stage.prober.behaviours[ref("b")] = Behaviour(never=True)
        assert domain_of(stage.environment.handle(request_of(2), "before")) == "b"
        value = f"web/a;a=0;t={int((EPOCH + stage.clock.now) * 1000)};r=told;d=web/b;s=0"
        told = {"headers": {"x-origin-router": [{"key": "X-Origin-Router", "value": value}]}}
        stage.environment.handle_response(told, {"status": "200", "headers": {}}, "told")

        assert domain_of(stage.environment.handle(request_of(2), "after")) == expected
        assert domain_of(stage.environment.handle(request_of(1), "first")) == "a"
