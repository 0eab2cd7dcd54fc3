"""What is logged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

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
        *("origin-fbl", "r-host", "sr-reason", "x-edge-response-result-type", "sc-content-type", "sc-content-len"),
        *("sc-range-start", "sc-range-end", "x-forwarded-for", "cs-protocol-version", "cs(Cookie)", "x-host-header"),
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


@states("log", "CFDG standard-logs-reference")
async def test_bad_origins(lab: Lab) -> None:
    """An origin that hangs up is OriginReadError, one that does not speak HTTP OriginInvalidResponseError, one with
    too large headers OriginHeaderTooBigError.
    """

    async def origin(request: web.BaseRequest) -> web.Response:
        assert request.transport is not None
        if request.path == "/garbage":
            request.transport.write(b"SSH-2.0-not-http\r\n\r\n")
        if request.path != "/big":
            request.transport.close()
        return web.Response(headers={"X-Big": "x" * 40_000})

    await lab.origin(origin)
    edge = await lab.edge()
    for path in ("/close", "/garbage", "/big"):
        await edge.get(path)

    words = [line["x-edge-detailed-result-type"] for line in edge.log()]
    assert words == ["OriginReadError", "OriginInvalidResponseError", "OriginHeaderTooBigError"]


@states("log", "CFDG edge-functions-logs")
async def test_log_group(lab: Lab, tmp_path: Path) -> None:
    """What the function writes goes to the log group /aws/lambda/us-east-1.NAME of the executing Region."""
    edge = await lab.edge(PROGRAM, log_directory=tmp_path / "logs")
    await edge.get(headers=code("print('said'); result = {'status': '200'}"))
    group = tmp_path / "logs" / "eu-central-1" / "aws" / "lambda" / "us-east-1.probe"

    assert any("said" in path.read_text() for path in group.iterdir())


@states("log", "LDG lambda-runtime-environment")
async def test_timeout(lab: Lab, tmp_path: Path) -> None:
    """A function whose time is up has "Task timed out after" in its log, with the id of the invocation."""
    edge = await lab.edge(PROGRAM, log_directory=tmp_path / "logs", timeout_s=0.3)
    await edge.get(headers=code("print(context.aws_request_id, flush=True); import time; time.sleep(9)"))
    (log,) = (tmp_path / "logs").glob("*/aws/lambda/*/*.log")
    (said, timed_out) = (line.split(" ", 1)[1] for line in log.read_text().splitlines())

    assert timed_out == f"{said} Task timed out after 0.30 seconds"


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
