"""Feedback, second attempts, orders, prior knowledge and answers of our own, in one environment on manual time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from origin_router.edge.control import CONTROL_REF
from origin_router.routing.config import (
    AdaptiveTimeoutConfig,
    ControlConfig,
    FeedbackConfig,
    JournalConfig,
    ResponseConfig,
    RouterConfig,
)
from origin_router.routing.model import Outcome
from tests.support.edge import config, origin, probe, ref
from tests.support.scripted_prober import EPOCH, Behaviour, Stage

HELD = "arrived_at_thaw"
ATTEMPT = "x-origin-router-attempt"


def request_of(attempt: int = 0, *, headers: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A request as CloudFront hands it over, tagged by its placeholder."""
    tag = {ATTEMPT: [{"key": ATTEMPT, "value": str(attempt)}]} if attempt else {}
    placeholder = {"custom": {"customHeaders": tag, "domainName": "placeholder.test"}}
    return {"method": "GET", "uri": "/", "querystring": "", "headers": dict(headers or {}), "origin": placeholder}


def domain_of(result: dict[str, Any]) -> str:
    """Where a request was directed to."""
    domain: str = result["origin"]["custom"]["domainName"]
    return domain.removesuffix(".test")


def stage_of(routed: RouterConfig, **latencies_s: float) -> Stage:
    """An environment after its cold start."""
    return Stage(routed, {ref(name): Behaviour(latency_s) for name, latency_s in latencies_s.items()}).start()


def settled(stage: Stage) -> Stage:
    """The race's losers have answered, too."""
    for _ in range(30):
        stage.request(after_s=1.0)
    return stage


def exchange(stage: Stage, took_s: float, *, failing: str = "", after_s: float = 1.0, number: int = 0) -> str:
    """One request through both triggers; return the origin that it went to. `failing` is the one that answers 503."""
    stage.clock.now += after_s
    request = stage.environment.handle(request_of(), f"id-{number}")
    stage.environment.answered("a")
    stage.clock.now += took_s
    status = "503" if domain_of(request) == failing else "200"
    response = {"status": status, "headers": {"via": [{"key": "Via", "value": "x"}]}}
    given = json.dumps(response)
    assert json.dumps(stage.environment.handle_response(request, response, f"id-{number}")) == given
    stage.environment.answered("b")
    return domain_of(request)


def test_a_second_attempt_takes_another_origin_and_remembers() -> None:
    """From our memory, where CloudFront hands over the original request."""
    stage = settled(stage_of(config(origin("a"), origin("b"), origin("c")), a=0.01, b=0.05, c=0.09))
    first = domain_of(stage.environment.handle(request_of(1), "one"))
    second = domain_of(stage.environment.handle(request_of(2), "one"))

    assert (first, second) == ("a", "b")
    assert domain_of(stage.environment.handle(request_of(1), "two")) == "b"


def test_a_second_attempt_reads_the_stamp_of_another_environment() -> None:
    """From the stamp, where CloudFront hands over the request as the first attempt rewrote it."""
    three = config(origin("a"), origin("b"), origin("c"))
    one, other = (settled(stage_of(three, a=0.01, b=0.05, c=0.09)) for _ in range(2))
    rewritten = one.environment.handle(request_of(1), "one")
    rewritten["origin"] = request_of(2)["origin"]

    assert domain_of(other.environment.handle(rewritten, "one")) == "b"
    assert domain_of(other.environment.handle(request_of(1), "two")) == "b"


def test_a_viewer_cannot_forge_a_stamp() -> None:
    """It names an id that is not the request's: neither a failure nor a latency is learned from it."""
    stage = settled(stage_of(config(origin("a"), origin("b")), a=0.01, b=0.05))
    forged = {"x-origin-router": [{"key": "X-Origin-Router", "value": "web/b;a=1;t=1;r=guessed"}]}

    assert domain_of(stage.environment.handle(request_of(2, headers=forged), "real")) == "b"
    assert domain_of(stage.environment.handle(request_of(), "next")) == "a"


def test_failures_of_real_traffic_move_it() -> None:
    """Probes are answered, the application is not well: its 503s are seen at the response."""
    routed = replace(config(origin("a"), origin("b")), feedback=FeedbackConfig(enabled=True))
    stage = settled(stage_of(routed, a=0.01, b=0.05))
    went_to = [exchange(stage, 0.02, failing="a", after_s=0.8, number=number) for number in range(60)]
    later = [exchange(stage, 0.02, number=number) for number in range(100, 260)]

    assert went_to[:3] == ["a", "a", "b"]
    assert went_to.count("a") <= 8, "it is tried by single requests, ever more seldom"
    assert later[-20:] == ["a"] * 20, "well again, it is found out"


def test_where_probes_yield_no_latency_traffic_does_and_nobody_waits() -> None:
    """A stopped machine without extension: the origin in use gets slow, requests move, no request ever waited."""
    measured = config(origin("a"), origin("b"), probe=probe(wait_share_pct=0))
    routed = replace(measured, feedback=FeedbackConfig(enabled=True, explore_pct=5))
    stage = Stage(routed, {ref(name): Behaviour(0.05, withheld=HELD) for name in "ab"}).start()
    waited_s = list(stage.prober.waited_s)
    speed = {"a": 0.05, "b": 0.08}
    before = [exchange(stage, speed[_peek(stage)], number=number) for number in range(400)]
    speed["a"] = 0.5
    after = [exchange(stage, speed[_peek(stage)], number=number) for number in range(1000, 1400)]

    assert before[-50:].count("a") >= 40
    assert after[-50:].count("b") >= 40
    assert before.count("b") <= 0.1 * len(before)
    assert stage.prober.waited_s == waited_s


def _peek(stage: Stage) -> str:
    """The origin that the next request will most likely go to."""
    current = stage.environment.router.pools["web"].current
    return current or "a"


def test_an_order_is_obeyed_with_the_next_reading() -> None:
    """Drained within two refresh intervals of traffic, back when it ends; a bad document changes nothing."""
    control = ControlConfig(url="https://control.test/orders.json", refresh_s=10)
    stage = settled(stage_of(replace(config(origin("a"), origin("b")), control=control), a=0.01, b=0.05))
    order = {"version": 3, "drain": [{"origin": "a", "until": EPOCH + stage.clock.now + 120}]}
    stage.prober.behaviours[CONTROL_REF] = Behaviour(0.05, body=json.dumps(order).encode())
    drained = [stage.request(after_s=1.0).removesuffix(".test") for _ in range(30)]
    stage.prober.behaviours[CONTROL_REF] = Behaviour(0.05, body=b"{")
    later = [stage.request(after_s=1.0).removesuffix(".test") for _ in range(150)]

    assert "b" in drained[:21]
    assert set(drained[21:]) == {"b"}
    assert later[20] == "b"
    assert later[-1] == "a"
    assert [(line["version"], line["problem"] is None) for line in stage.events("control")][-2:] == [
        (3, True),
        (3, False),
    ]


@pytest.mark.parametrize("gap_s", [0.1, 0.5, 1.0, 2.0])
def test_an_order_is_everywhere_within_two_refresh_intervals_of_traffic(gap_s: float) -> None:
    """Thirty environments that last read it at thirty different times, each renewing its connection just then."""
    control = ControlConfig(url="https://control.test/orders.json", refresh_s=10)
    routed = replace(config(origin("a"), origin("b")), control=control)
    for number in range(30):
        stage = settled(stage_of(routed, a=0.01, b=0.05))
        stage.request(after_s=number / 3)
        order = {"version": 3, "drain": [{"origin": "a", "until": EPOCH + stage.clock.now + 1200}]}
        renewing_s = 3.5 * gap_s  # TCP, TLS and the document are read by one request each, and asked for by a fourth
        stage.prober.behaviours[CONTROL_REF] = Behaviour(renewing_s, body=json.dumps(order).encode())
        written_at = stage.clock.now
        while stage.request(after_s=gap_s) != "b.test":
            assert stage.clock.now - written_at <= 20


MISSING = [
    # (status, what the journal says once)
    ("404", "no document is there; nothing is in force"),
    (
        "403",
        "no document is there, or it may not be read: 403, which S3 says of both without s3:ListBucket; nothing is",
    ),
]


@pytest.mark.parametrize(("status", "says"), MISSING)
def test_no_control_document_is_no_problem(status: str, says: str) -> None:
    """Told once per environment, and not as something to look into; a real problem is told as one."""
    control = ControlConfig(url="https://control.test/orders.json", refresh_s=10)
    stage = stage_of(replace(config(origin("a"), origin("b")), control=control), a=0.01, b=0.05)
    stage.prober.behaviours[CONTROL_REF] = Behaviour(outcome=Outcome.BAD_STATUS, status=int(status))
    settled(settled(stage))
    missing = stage.events("control")
    stage.prober.behaviours[CONTROL_REF] = Behaviour(outcome=Outcome.BAD_STATUS, status=500)
    settled(stage)
    stage.prober.behaviours[CONTROL_REF] = Behaviour(outcome=Outcome.BAD_STATUS, status=int(status))
    settled(stage)

    assert [line["level"] for line in missing] == ["INFO"]
    assert missing[0]["note"].startswith(says)
    assert missing[0]["problem"] is None
    assert [line["level"] for line in stage.events("control")] == ["INFO", "WARN"]


def test_a_document_that_may_no_longer_be_read_is_told_although_there_was_none_at_first() -> None:
    """Nothing there, then orders, then the role lost its permission: each is one line."""
    control = ControlConfig(url="https://control.test/orders.json", refresh_s=10)
    stage = stage_of(replace(config(origin("a"), origin("b")), control=control), a=0.01, b=0.05)
    stage.prober.behaviours[CONTROL_REF] = Behaviour(outcome=Outcome.BAD_STATUS, status=403)
    settled(stage)
    stage.prober.behaviours[CONTROL_REF] = Behaviour(body=json.dumps({"version": 5}).encode())
    settled(stage)
    stage.prober.behaviours[CONTROL_REF] = Behaviour(outcome=Outcome.BAD_STATUS, status=403)
    settled(settled(stage))

    absent, read, lost = stage.events("control")
    assert absent["note"].endswith("nothing is in force")
    assert read["version"] == 5
    assert lost["note"].endswith("what was read before is in force")


def test_draining_everything_is_ignored_and_said() -> None:
    """A mistake that viewers are not to pay for."""
    control = ControlConfig(url="https://control.test/orders.json", refresh_s=10)
    stage = settled(stage_of(replace(config(origin("a"), origin("b")), control=control), a=0.01, b=0.05))
    until = EPOCH + stage.clock.now + 1200
    order = {"version": 3, "drain": [{"origin": name, "until": until} for name in "ab"]}
    stage.prober.behaviours[CONTROL_REF] = Behaviour(0.05, body=json.dumps(order).encode())
    settled(stage)

    assert stage.request(after_s=1.0) == "a.test"
    line = stage.events("control")[-1]
    assert (line["level"], line["version"]) == ("WARN", 3)
    assert line["problem"] == "every origin of pool web is drained, so none is"


def test_prior_knowledge_spares_a_cold_start_its_wait() -> None:
    """Used until something was measured, then replaced."""
    routed = config(origin("a"), origin("b"), prior={"eu-central-1": {"a": 90.0, "b": 20.0}})
    stage = stage_of(routed, a=0.01, b=0.3)

    assert stage.prober.waited_s == [0.0]
    assert stage.request() == "b.test"
    assert [settled(stage).request() for _ in range(1)] == ["a.test"]


def test_when_everything_is_down_the_router_may_answer_itself() -> None:
    """With status, Retry-After and body of the configuration, not to be cached; and no request waits for it."""
    answer = ResponseConfig(status=503, retry_after_s=7, body="back soon", headers={"Content-Type": "text/plain"})
    routed = config(origin("a"), origin("b"), when_all_down="respond", response=answer)
    stage = Stage(routed, {ref(name): Behaviour(outcome=Outcome.REFUSED) for name in "ab"}).start()
    result = stage.environment.handle(request_of(), "id")

    assert (result["status"], result["body"]) == ("503", "back soon")
    assert {name: entries[0]["value"] for name, entries in result["headers"].items()} == {
        "cache-control": "no-store",
        "content-type": "text/plain",
        "retry-after": "7",
    }


@pytest.mark.parametrize("when_all_down", ["fallback", "respond"])
def test_one_bad_second_of_all_is_not_answered_for_them(when_all_down: str) -> None:
    """A failed probe of each: requests go on to the best guess; `respond` waits for the verdict."""
    routed = config(origin("a"), origin("b"), when_all_down=when_all_down)
    stage = settled(stage_of(routed, a=0.01, b=0.05))
    for name in "ab":
        stage.prober.behaviours[ref(name)] = Behaviour(0.01, outcome=Outcome.RESPONSE_TIMEOUT)
    results = []
    for _ in range(40):
        stage.clock.now += 1.0
        results.append(stage.environment.handle(request_of(), "id"))
        stage.environment.answered("id")
    own = ["status" in result for result in results]
    first_failures = [line for line in stage.events("probe") if line["outcome"] == "response_timeout"]
    verdicts = [line for line in stage.events("health") if line["after"] == "ejected"]

    assert len(first_failures) == 2
    assert verdicts[0]["timestamp"] > max(line["timestamp"] for line in first_failures)
    assert own == sorted(own), "never before, and then always"
    assert own[-1] == (when_all_down == "respond")
    assert {domain_of(result) for result in results if "status" not in result} <= {"a", "b"}


def test_the_response_timeout_follows_the_measured_time() -> None:
    """A multiple of the estimate, between floor and ceiling."""
    adaptive = AdaptiveTimeoutConfig(multiple=20, floor_s=2, ceiling_s=10)
    stage = settled(stage_of(config(origin("a"), adaptive_timeout=adaptive), a=0.25))
    result = stage.environment.handle(request_of(), "id")

    assert result["origin"]["custom"]["readTimeout"] == 5


def test_a_summary_counts_what_happened_and_no_request_writes_one() -> None:
    """One line per origin and interval, in CloudWatch's embedded metric format."""
    routed = replace(config(origin("a"), origin("b")), journal=JournalConfig(summary_s=60, namespace="Shop"))
    stage = stage_of(routed, a=0.01, b=0.05)
    for _ in range(125):
        stage.request(after_s=1.0)
    lines = [line for line in stage.events("summary") if line["origin"] == "a"]

    assert len(lines) == 2
    assert sum(line["Decisions"] for line in lines) == 120
    assert lines[0]["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Shop"
    assert lines[0]["region"] == "eu-central-1"


def three_apart(extension: str = "") -> Stage:
    """Three origins, measured; `a` is the fastest by far."""
    routed = replace(config(origin("a"), origin("b"), origin("c")), feedback=FeedbackConfig(enabled=True))
    behaviours = {ref("a"): Behaviour(0.01), ref("b"): Behaviour(0.05), ref("c"): Behaviour(0.09)}
    return settled(Stage(routed, behaviours).start(extension))


def answer(stage: Stage, request: dict[str, Any], request_id: str) -> None:
    """The response of a request, at whichever environment."""
    stage.environment.handle_response(request, {"status": "200", "headers": {}}, request_id)
    stage.environment.answered("r")


def test_a_second_attempt_without_a_stamp_has_our_own_choice_measured_at_once() -> None:
    """In the same moment, and not at the next refresh; the second such news makes it be left."""
    stage = three_apart()
    stage.clock.now += 2.0
    stage.prober.behaviours[ref("a")] = Behaviour(never=True)
    launched = len(stage.prober.launched)

    assert domain_of(stage.environment.handle(request_of(2), "one")) == "b"
    assert [each for _, each in stage.prober.launched[launched:]] == [ref("a")]
    assert domain_of(stage.environment.handle(request_of(1), "two")) == "a"
    stage.environment.handle(request_of(2), "three")
    assert domain_of(stage.environment.handle(request_of(1), "four")) == "b"


def test_the_response_to_a_second_attempt_tells_who_handles_it_of_the_first() -> None:
    """By the second attempt's stamp, if that knew it; once, where the second attempt ran here, too."""
    one, other = three_apart(), three_apart()
    one.environment.handle(request_of(1), "x")
    second = one.environment.handle(request_of(2), "x")
    answer(one, second, "x")
    answer(other, second, "x")

    for stage in (one, other):
        assert stage.environment.router.pools["web"].origins["a"].health.state == "serving"
        assert domain_of(stage.environment.handle(request_of(1), "y")) == "b"


def test_who_served_a_first_attempt_learns_from_the_second_one_s_response() -> None:
    """The second attempt ran elsewhere and knew nothing; its answer comes back here."""
    one, other = three_apart(), three_apart()
    one.environment.handle(request_of(1), "x")
    second = other.environment.handle(request_of(2), "x")
    answer(one, second, "x")

    assert domain_of(one.environment.handle(request_of(1), "y")) == "b"


def test_a_third_environment_takes_it_for_hearsay() -> None:
    """It knows that a first attempt failed and not where: twice is enough to leave, and an answer to return."""
    one, other = three_apart(), three_apart()
    for name in ("x", "z"):
        answer(one, other.environment.handle(request_of(2), name), name)
    assert domain_of(one.environment.handle(request_of(1), "y")) == "b"

    one.clock.now += 1.0
    for name in ("v", "w"):
        one.environment.handle(request_of(1), name)
        one.clock.now += 0.1
    assert domain_of(one.environment.handle(request_of(1), "u")) == "a"


def test_while_an_origin_is_said_to_be_slow_an_environment_stays_awake_for_its_answer() -> None:
    """Asked after the answer, waited for only as long as it takes to know that another one is better."""
    stage = three_apart("registered")
    for number in range(5):
        exchange(stage, 0.02, number=number)
    stage.prober.behaviours[ref("a")] = Behaviour(0.41, withheld="several_freezes")
    measuring, prober = stage.environment.measuring, stage.prober
    assert not measuring.has_work()
    launched, waits = len(prober.launched), len(prober.waited_s)
    for number in range(2):
        exchange(stage, 0.42, number=10 + number)
    assert measuring.has_work()
    assert prober.launched[launched:] == [], "a freeze before the answer would hide how long it takes"

    measuring.work()
    assert [each for _, each in prober.launched[launched:]] == [ref("a")]
    assert prober.waited_s[waits:] == [pytest.approx(0.085)]
    assert domain_of(stage.environment.handle(request_of(1), "next")) == "b"
    assert not measuring.has_work()


def test_without_an_extension_what_is_said_to_be_slow_is_asked_at_once() -> None:
    """There is no later."""
    stage = three_apart()
    for number in range(5):
        exchange(stage, 0.02, number=number)
    launched = len(stage.prober.launched)
    for number in range(2):
        exchange(stage, 0.42, number=10 + number)

    assert [each for _, each in stage.prober.launched[launched:]] == [ref("a")]
