"""What is logged."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from origin_router.emulator.distribution.model import Behavior, OriginGroup
from tests.conformance.program import PROGRAM, code
from tests.conformance.statements import states
from tests.support.edge_lab import PLACEHOLDER, Lab, hello


@states("log", "CFDG standard-logs-reference, real-time-logs")
async def test_fields(lab: Lab) -> None:
    """The access log has CloudFront's field names."""
    await lab.origin(hello)
    edge = await lab.edge()
    await edge.get("/a?b")
    (entry,) = edge.log()

    assert entry.keys() >= {
        *("x-edge-location", "x-edge-result-type", "x-edge-detailed-result-type", "x-edge-request-id", "sc-status"),
        *("sc-bytes", "c-ip", "cs-method", "cs-uri-stem", "cs-uri-query", "time-taken", "time-to-first-byte"),
        *("origin-fbl", "r-host", "sr-reason"),
    }


@states("log", "CFDG standard-logs-reference")
async def test_generated(lab: Lab) -> None:
    """A generated response is MissGeneratedResponse."""
    edge = await lab.edge(PROGRAM)
    await edge.get(headers=code("result = {'status': '200'}"))

    assert edge.log()[0]["x-edge-detailed-result-type"] == "MissGeneratedResponse"


@states("log", "CFDG standard-logs-reference")
async def test_origin_errors(lab: Lab) -> None:
    """An origin that cannot be reached is OriginConnectError, OriginDnsError or OriginCommError."""
    edge = await lab.edge()
    await edge.get()

    assert edge.log()[0]["x-edge-detailed-result-type"] == "OriginConnectError"


@states("log", "CFDG real-time-logs")
async def test_r_host(lab: Lab) -> None:
    """r-host is the origin that was used, the last one tried."""

    async def failing(request: web.BaseRequest) -> web.Response:
        return web.Response(status=503)

    await lab.origin(failing)
    await lab.origin(hello, host="second.test")
    group = OriginGroup(primary=PLACEHOLDER, secondary=replace(PLACEHOLDER, domain="second.test"))
    edge = await lab.edge(behavior=Behavior(target=group))
    await edge.get()

    assert edge.log()[0]["r-host"] == "second.test"


@states("log", "CFDG real-time-logs")
async def test_sr_reason(lab: Lab) -> None:
    """sr-reason is Failover and the status that caused it."""
    await lab.origin(hello, host="second.test")
    group = OriginGroup(primary=PLACEHOLDER, secondary=replace(PLACEHOLDER, domain="second.test"))
    edge = await lab.edge(behavior=Behavior(target=group))
    await edge.get()

    assert edge.log()[0]["sr-reason"] == "Failover:503"


@states("log", "CFDG functions-tutorial")
async def test_response_headers(lab: Lab) -> None:
    """A viewer's response names the edge, the request and what CloudFront made of it: X-Amz-Cf-Pop, X-Amz-Cf-Id,
    X-Cache, Via.
    """
    await lab.origin(hello)
    edge = await lab.edge()
    answer = await edge.get()

    assert answer.headers["X-Amz-Cf-Pop"] == edge.log()[0]["x-edge-location"]
    assert answer.headers["X-Cache"] == "Miss from cloudfront"
    assert answer.headers["Via"].endswith(".cloudfront.net (CloudFront)")
