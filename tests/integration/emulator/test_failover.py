"""Origin groups: which failures lead to the second origin, and what the function is asked then."""

from __future__ import annotations

import json

import pytest
from aiohttp import web

from origin_router.emulator.distribution.model import OriginGroup, SecondAttempt
from origin_router.emulator.placeholder import Connection, CustomPlaceholder
from tests.support.edge_lab import UNCHANGED, Handler, Lab, RunningEdge, resetting, silent
from tests.support.ports import blackhole

FIRST, SECOND = "first.test", "second.test"

TELLING = """
import json
seen = []
def handler(event, context):
    request = event["Records"][0]["cf"]["request"]
    attempt = request["origin"]["custom"]["customHeaders"].pop("x-origin-router-attempt")[0]["value"]
    seen.append([attempt, request["headers"].get("x-chosen"), request["headers"]["host"][0]["value"], request["uri"]])
    request["headers"]["x-chosen"] = [{"value": attempt}]
    request["uri"] = "/rewritten"
    request["headers"]["x-seen"] = [{"value": json.dumps(seen)}]
    return request
"""
"""Leaves the placeholders alone, and tells the origin what it was asked so far."""


def placeholder(domain: str, attempt: int) -> CustomPlaceholder:
    return CustomPlaceholder(
        domain=domain,
        port=80,
        protocol="http",
        read_timeout_s=1,
        custom_headers={"x-origin-router-attempt": str(attempt)},
        connection=Connection(timeout_s=0.2, attempts=1),
    )


def group(*criteria: int) -> OriginGroup:
    return OriginGroup(
        primary=placeholder(FIRST, 1),
        secondary=placeholder(SECOND, 2),
        criteria=frozenset(criteria or (500, 502, 503, 504)),
    )


async def second(request: web.BaseRequest) -> web.Response:
    """The second origin: says what the function told it."""
    return web.Response(text=request.headers.get("X-Seen", request.method))


def with_status(status: int) -> Handler:
    async def origin(request: web.BaseRequest) -> web.Response:
        return web.Response(status=status, text="the first")

    return origin


async def edge_with(
    lab: Lab, first: Handler | tuple[str, int] | None, *criteria: int, **options: object
) -> RunningEdge:
    """An edge whose first origin is a handler, an address, or nothing that listens."""
    if callable(first):
        await lab.origin(first, host=FIRST)
    else:
        lab.resolve[f"{FIRST}:80"] = first or ("127.0.0.1", 9)
    await lab.origin(second, host=SECOND)
    return await lab.edge(placeholder=group(*criteria), **({"source": UNCHANGED} | options))  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_status_of_the_criteria_leads_to_the_second_origin(lab: Lab, status: int) -> None:
    """The viewer sees only the second; the log says why, and names the last origin."""
    edge = await edge_with(lab, with_status(status))

    answer = await edge.get()

    assert (answer.status, answer.text) == (200, "GET")
    (entry,) = edge.log()
    assert (entry["sr-reason"], entry["r-host"]) == (f"Failover:{status}", SECOND)
    assert (entry["x-edge-result-type"], len(entry["lambda-ms"])) == ("Miss", 2)


@pytest.mark.parametrize("status", [200, 404, 429, 501])
async def test_other_statuses_are_answers(lab: Lab, status: int) -> None:
    """Not in the criteria: no second attempt."""
    edge = await edge_with(lab, with_status(status))

    assert (await edge.get()).status == status
    assert edge.log()[0]["sr-reason"] is None


async def test_a_connect_failure_counts_as_503_only(lab: Lab) -> None:
    """Refused and swallowed alike; without 503 among the criteria the viewer gets the error."""
    with blackhole() as swallowed:
        for first, status in ((None, 502), (swallowed, 504)):
            failing_over = await edge_with(lab, first, 503)
            assert (await failing_over.get()).text == "GET"
            assert failing_over.log()[0]["sr-reason"] == "Failover:503"
            strict = await edge_with(lab, first, 500, 502, 504)
            assert (await strict.get()).status == status


async def test_a_response_timeout_counts_as_504_only(lab: Lab) -> None:
    """Also with 504 in the criteria alone."""
    edge = await edge_with(lab, silent, 504)
    assert (await edge.get()).text == "GET"
    assert edge.log()[0]["sr-reason"] == "Failover:504"

    strict = await edge_with(lab, silent, 500, 502, 503)
    assert (await strict.get()).status == 504


async def test_a_reset_counts_as_502(lab: Lab) -> None:
    """The connection stood and broke: CloudFront's own 502."""
    edge = await edge_with(lab, resetting)

    assert (await edge.get()).text == "GET"
    assert edge.log()[0]["sr-reason"] == "Failover:502"


@pytest.mark.parametrize(("method", "fails_over"), [("HEAD", True), ("OPTIONS", True), ("POST", False), ("PUT", False)])
async def test_only_some_methods_fail_over(lab: Lab, method: str, fails_over: bool) -> None:
    """GET, HEAD and OPTIONS; a write is not repeated."""
    edge = await edge_with(lab, with_status(503))

    assert (await edge.ask(method)).status == (200 if fails_over else 503)


async def test_when_both_fail_the_viewer_gets_the_second_failure(lab: Lab) -> None:
    """There is no third."""
    await lab.origin(with_status(504), host=SECOND)
    lab.resolve[f"{FIRST}:80"] = ("127.0.0.1", 9)
    edge = await lab.edge(placeholder=group())

    answer = await edge.get()

    assert (answer.status, answer.text) == (504, "the first")
    assert edge.log()[0]["sr-reason"] == "Failover:503"


@pytest.mark.parametrize("second_attempt", SecondAttempt)
async def test_what_the_second_invocation_gets(lab: Lab, second_attempt: SecondAttempt) -> None:
    """The second placeholder always; the viewer's request or the one of the first attempt, as asked for."""
    edge = await edge_with(lab, with_status(503), source=TELLING, second_attempt=second_attempt)

    first_seen, second_seen = json.loads((await edge.get("/asked")).text)

    assert first_seen == ["1", None, FIRST, "/asked"]
    if second_attempt is SecondAttempt.ORIGINAL:
        assert second_seen == ["2", None, SECOND, "/asked"]
    else:
        assert second_seen == ["2", [{"key": "X-Chosen", "value": "1"}], FIRST, "/rewritten"]


async def test_origin_response_runs_for_both_attempts(lab: Lab) -> None:
    """Four invocations; what it makes of the first response does not decide about failover."""
    edge = await edge_with(
        lab,
        with_status(503),
        source="""
def handler(event, context):
    cf = event["Records"][0]["cf"]
    return {**cf["response"], "status": "200"} if "response" in cf else cf["request"]
""",
        on_origin_response=True,
    )

    assert (await edge.get()).text == "GET"
    assert len(edge.log()[0]["lambda-ms"]) == 4


async def test_the_function_ends_it_at_the_first_attempt(lab: Lab) -> None:
    """Its own 503 is its answer: origins have not failed."""
    edge = await edge_with(
        lab, None, source="def handler(event, context):\n    return {'status': '503', 'body': 'mine'}"
    )

    answer = await edge.get()

    assert (answer.status, answer.text) == (503, "mine")
    assert edge.log()[0]["sr-reason"] is None
