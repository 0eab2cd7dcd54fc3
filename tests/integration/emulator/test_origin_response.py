"""The origin-response trigger: when the function is asked, what it is told, what it may change."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import web

from tests.support.edge_lab import GENERATED, HOST, Answer, Lab, hello

BOTH = """
import json
def handler(event, context):
    cf = event["Records"][0]["cf"]
    if "response" not in cf:
        cf["request"]["headers"]["x-stamp"] = [{"key": "X-Stamp", "value": "from the request side"}]
        return cf["request"]
    response = cf["response"]
    response["headers"]["x-event"] = [{"key": "X-Event", "value": json.dumps(cf)}]
    {}
    return response
"""
"""One function for both triggers, which tells the viewer what event it got."""


def source(change: str = "pass") -> str:
    return BOTH.replace("{}", change)


def event(answer: Answer) -> dict[str, Any]:
    """The `cf` object of the origin-response event."""
    told: dict[str, Any] = json.loads(answer.headers["X-Event"])
    return told


async def test_the_event_has_the_request_as_it_was_sent_and_the_response(lab: Lab) -> None:
    """With what the request side wrote, the origin, and the origin's headers without hidden ones."""

    async def origin(request: web.BaseRequest) -> web.Response:
        return web.Response(status=404, reason="Nowhere", text="gone", headers={"X-Own": "1", "X-Edge-Secret": "2"})

    await lab.origin(origin)
    edge = await lab.edge(source(), on_origin_response=True)

    answer = await edge.get("/a?b=c")

    cf = event(answer)
    assert cf["config"]["eventType"] == "origin-response"
    assert cf["config"]["requestId"] == answer.headers["X-Amz-Cf-Id"]
    request, response = cf["request"], cf["response"]
    assert (request["uri"], request["querystring"], request["clientIp"]) == ("/a", "b=c", "127.0.0.1")
    assert request["headers"]["x-stamp"][0]["value"] == "from the request side"
    assert request["origin"]["custom"]["domainName"] == HOST
    assert (response["status"], response["statusDescription"]) == ("404", "Nowhere")
    assert response["headers"]["x-own"] == [{"key": "X-Own", "value": "1"}]
    assert "x-edge-secret" not in response["headers"]
    assert "body" not in response
    assert (answer.status, answer.text, answer.headers["X-Edge-Secret"]) == (404, "gone", "2")
    assert len(edge.log()[0]["lambda-ms"]) == 2


@pytest.mark.parametrize("status", [200, 302, 404, 500, 503])
async def test_it_runs_for_every_status_of_the_origin(lab: Lab, status: int) -> None:
    """Errors included."""

    async def origin(request: web.BaseRequest) -> web.Response:
        return web.Response(status=status)

    await lab.origin(origin)
    edge = await lab.edge(source(), on_origin_response=True)

    assert event(await edge.get())["response"]["status"] == str(status)


async def test_it_does_not_run_on_hits(lab: Lab) -> None:
    """What it changed is in the cache."""

    async def origin(request: web.BaseRequest) -> web.Response:
        return web.Response(text="kept", headers={"Cache-Control": "max-age=60"})

    await lab.origin(origin)
    edge = await lab.edge(source(), on_origin_response=True)

    first, second = await edge.get(), await edge.get()

    assert event(first) == event(second)
    assert [len(entry["lambda-ms"]) for entry in edge.log()] == [2, 0]
    assert edge.only.invocations == 2


async def test_it_does_not_run_for_generated_responses(lab: Lab) -> None:
    """One invocation: the one that generated."""
    edge = await lab.edge(f"{GENERATED}\ndef handler(event, context):\n    return answer(1)\n", on_origin_response=True)

    assert await edge.value() == 1
    assert len(edge.log()[0]["lambda-ms"]) == 1


async def test_it_does_not_run_when_the_origin_cannot_be_reached(lab: Lab) -> None:
    """There is no response that it could see."""
    edge = await lab.edge(source(), on_origin_response=True)

    assert (await edge.get()).status == 502
    assert len(edge.log()[0]["lambda-ms"]) == 1


@pytest.mark.parametrize("size", [4, 1_000_000])
@pytest.mark.parametrize(
    ("change", "status", "body"),
    [
        ("pass", 200, None),
        ("response['status'] = '203'", 203, None),
        ("response['body'] = 'new'", 200, b"new"),
        ("response['body'] = ''", 200, b""),
        ("del response['headers']['content-length']", 200, None),
        ("response['headers']['content-length'] = [{'value': '7'}]", 200, None),
    ],
)
async def test_what_it_may_change(lab: Lab, change: str, status: int, body: bytes | None, size: int) -> None:
    """Status and body; the length is always that of the body, short or streamed."""

    async def origin(request: web.BaseRequest) -> web.Response:
        return web.Response(body=b"x" * size)

    await lab.origin(origin)
    edge = await lab.edge(source(change), on_origin_response=True)

    answer = await edge.get()

    assert (answer.status, answer.body) == (status, b"x" * size if body is None else body)
    assert (await edge.get()).status == status


async def test_a_read_only_header_that_is_removed_is_502(lab: Lab) -> None:
    """With CloudFront's text, and the header's name in the log."""

    async def origin(request: web.BaseRequest) -> web.Response:
        return web.Response(text="x", headers={"Via": "1.1 proxy"})

    await lab.origin(origin)
    edge = await lab.edge(source("del response['headers']['via']"), on_origin_response=True)

    answer = await edge.get()

    assert answer.status == 502
    assert answer.headers["X-Cache"] == "LambdaValidationError from CloudFront"
    assert "change a read-only header" in answer.text
    assert "delete read-only header, headerName : via" in (await edge.event("log"))["text"]


async def test_a_chunked_response_can_be_handed_back(lab: Lab) -> None:
    """Transfer-Encoding is in the event and must stay."""

    async def origin(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(b"part")
        await response.write_eof()
        return response

    await lab.origin(origin)
    edge = await lab.edge(source(), on_origin_response=True)

    answer = await edge.get()

    assert answer.body == b"part"
    assert event(answer)["response"]["headers"]["transfer-encoding"][0]["value"] == "chunked"


async def test_an_exception_is_503(lab: Lab) -> None:
    """The origin's response is lost, as at the edge."""
    await lab.origin(hello)
    edge = await lab.edge(source("raise ValueError('no')"), on_origin_response=True)

    answer = await edge.get()

    assert (answer.status, answer.headers["X-Cache"]) == (503, "LambdaExecutionError from CloudFront")
    assert edge.log()[0]["r-host"] == HOST
