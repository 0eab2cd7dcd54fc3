"""What the function is told."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

from aiohttp import web

from origin_router.emulator.distribution.managed import REQUEST_POLICIES
from origin_router.emulator.distribution.model import Behavior, Trigger
from origin_router.emulator.distribution.policies import CachePolicy, listed
from origin_router.emulator.header_rules import DISALLOWED, DISALLOWED_PREFIXES
from origin_router.emulator.placeholder import S3Placeholder
from tests.conformance.program import PROGRAM, code, tell
from tests.conformance.statements import states
from tests.support.edge_lab import HOST, PLACEHOLDER, Lab, hello

ALL_VIEWER = REQUEST_POLICIES["216adef6-5c7f-47e4-b989-5492eafa07d3"]
RESPONSE_BODY = "import json; response['body'] = json.dumps(cf); result = response"


async def told(lab: Lab, expression: str, path: str = "/", **options: Any) -> Any:
    """A value out of the event."""
    headers = options.pop("headers", {}) | tell(expression)
    edge = await lab.edge(PROGRAM, **options)
    return json.loads((await edge.get(path, headers=headers)).body)


@states("event", "CFDG lambda-event-structure")
async def test_config(lab: Lab) -> None:
    """config has distributionDomainName, distributionId, eventType and requestId."""
    config = await told(lab, "cf['config']")

    assert config.keys() == {"distributionDomainName", "distributionId", "eventType", "requestId"}
    assert config["eventType"] == "origin-request"


@states("event", "CFDG lambda-event-structure")
async def test_request_id(lab: Lab) -> None:
    """requestId is x-edge-request-id of the access log and x-amz-cf-id of the response."""
    edge = await lab.edge(PROGRAM)
    answer = await edge.get(headers=tell("cf['config']['requestId']"))

    assert json.loads(answer.body) == answer.headers["X-Amz-Cf-Id"] == edge.log()[0]["x-edge-request-id"]


@states("event", "CFDG lambda-event-structure")
async def test_request(lab: Lab) -> None:
    """request has clientIp, headers, method, origin, querystring and uri."""
    request = await told(lab, "request", "/a%20b?c=%20")

    assert request.keys() == {"clientIp", "headers", "method", "origin", "querystring", "uri"}
    assert (request["uri"], request["querystring"], request["method"]) == ("/a%20b", "c=%20", "GET")


@states("event", "CFDG lambda-event-structure")
async def test_header_shape(lab: Lab) -> None:
    """Headers are lower-case names with lists of key and value."""
    headers = await told(lab, "request['headers']", headers={"X-oWn": "1"})

    assert headers["x-own"] == [{"key": "X-oWn", "value": "1"}]


@states("event", "CFDG lambda-event-structure")
async def test_one_origin(lab: Lab) -> None:
    """origin is exactly one of custom and s3."""
    assert list(await told(lab, "request['origin']")) == ["custom"]


@states("event", "CFDG lambda-event-structure")
async def test_custom_origin(lab: Lab) -> None:
    """A custom origin has customHeaders, domainName, keepaliveTimeout, path, port, protocol, readTimeout and
    sslProtocols, and responseCompletionTimeout where it is set.
    """
    custom = await told(lab, "request['origin']['custom']", placeholder=replace(PLACEHOLDER, completion_timeout_s=30))

    assert custom == {
        "customHeaders": {},
        "domainName": HOST,
        "keepaliveTimeout": 5,
        "path": "",
        "port": 80,
        "protocol": "http",
        "readTimeout": 1,
        "responseCompletionTimeout": 30,
        "sslProtocols": ["TLSv1.2"],
    }


@states("event", "CFDG lambda-event-structure")
async def test_s3_origin(lab: Lab) -> None:
    """An S3 origin has authMethod, customHeaders, domainName, path, readTimeout and region."""
    bucket = S3Placeholder(domain="files.s3.eu-west-1.amazonaws.com", region="eu-west-1")
    lab.resolve["files.s3.eu-west-1.amazonaws.com:443"] = ("127.0.0.1", 9)
    s3 = await told(lab, "request['origin']['s3']", placeholder=bucket)

    assert s3.keys() == {"authMethod", "customHeaders", "domainName", "path", "readTimeout", "region"}


@states("event", "CFDG lambda-event-structure")
async def test_absent_fields(lab: Lab) -> None:
    """Connection attempts and timeout, Origin Shield and access control are not in the event."""
    assert not {key for key in await told(lab, "request['origin']['custom']") if "onnection" in key or "hield" in key}


@states("event", "CFDG lambda-event-structure")
async def test_custom_headers_arrive(lab: Lab) -> None:
    """Custom headers of the configured origin arrive in customHeaders."""
    origin = replace(PLACEHOLDER, custom_headers={"X-Stage": "test"})

    assert await told(lab, "request['origin']['custom']['customHeaders']", placeholder=origin) == {
        "x-stage": [{"key": "X-Stage", "value": "test"}]
    }


@states("event", "CFDG lambda-examples")
async def test_host(lab: Lab) -> None:
    """Host is the configured origin's domain unless a policy forwards the viewer's."""
    viewers = {"Host": "www.example.com"}

    assert await told(lab, "request['headers']['host'][0]['value']", headers=viewers) == HOST
    forwarding = Behavior(target=PLACEHOLDER, request=ALL_VIEWER)
    assert (
        await told(lab, "request['headers']['host'][0]['value']", headers=viewers, behavior=forwarding)
        == viewers["Host"]
    )


@states("event", "CFDG edge-function-restrictions-all")
async def test_disallowed_are_hidden(lab: Lab) -> None:
    """Disallowed headers are hidden from the function."""
    names = [
        *(DISALLOWED - {"connection", "expect", "keep-alive", "trailer", "upgrade"}),
        *(p + "x" for p in DISALLOWED_PREFIXES),
    ]
    seen = await told(lab, "sorted(request['headers'])", headers=dict.fromkeys(names, "1"))

    assert not {name for name in seen if name in DISALLOWED or name.startswith(DISALLOWED_PREFIXES)}


@states("event", "CFDG edge-function-restrictions-all")
async def test_query_string(lab: Lab) -> None:
    """The query string is visible only where a policy forwards all of it."""
    some = Behavior(
        target=PLACEHOLDER, cache=CachePolicy(query=listed("a")), request=replace(ALL_VIEWER, query=listed())
    )

    assert await told(lab, "request['querystring']", "/?a=1") == "a=1"
    assert await told(lab, "request['querystring']", "/?a=1", behavior=some) == ""


@states("event", "CFDG lambda-how-to-choose-event")
async def test_headers_by_policy(lab: Lab) -> None:
    """Headers of the viewer reach the function only where a policy forwards them."""
    with_code = CachePolicy(headers=frozenset({"x-code"}))
    behavior = Behavior(
        target=PLACEHOLDER, cache=with_code, request=REQUEST_POLICIES["59781a5b-3903-41f3-afcb-af62929ccde1"]
    )
    seen = await told(
        lab, "sorted(request['headers'])", headers={"X-Own": "1", "Origin": "https://a.test"}, behavior=behavior
    )

    assert "x-own" not in seen
    assert "origin" in seen


@states("event", "CFDG lambda-at-edge-function-restrictions")
async def test_cloudfront_headers(lab: Lab) -> None:
    """CloudFront-* headers are there only where a policy lists them."""
    viewer = {"CloudFront-Viewer-Country": "DE"}
    unlisted = Behavior(target=PLACEHOLDER, request=ALL_VIEWER)

    assert "cloudfront-viewer-country" not in await told(lab, "request['headers']", headers=viewer, behavior=unlisted)
    listing = Behavior(target=PLACEHOLDER, request=REQUEST_POLICIES["33f36d7e-f396-46d9-90e0-52428a34d9dc"])
    assert "cloudfront-viewer-country" in await told(lab, "request['headers']", headers=viewer, behavior=listing)


@states("event", "CFDG lambda-at-edge-function-restrictions")
async def test_body(lab: Lab) -> None:
    """The body is there only with IncludeBody, always in base64."""
    including = Behavior(target=PLACEHOLDER, origin_request=Trigger(includes_body=True))
    for behavior, expected in ((Behavior(target=PLACEHOLDER), None), (including, base64.b64encode(b"body").decode())):
        edge = await lab.edge(PROGRAM, behavior=behavior)
        answer = await edge.ask("POST", data=b"body", headers=tell("request.get('body', {}).get('data')"))
        assert json.loads(answer.body) == expected


@states("event", "CFDG lambda-at-edge-function-restrictions")
async def test_body_is_cut(lab: Lab) -> None:
    """At origin-request a body is cut at 1 MB, which inputTruncated tells; the whole body goes to the origin."""

    async def origin(request: web.BaseRequest) -> web.Response:
        size = 0
        async for chunk in request.content.iter_any():
            size += len(chunk)
        return web.Response(text=f"{size} {request.headers['X-Cut']}")

    async def chunks() -> Any:
        for _ in range(20):
            yield b"x" * 100_000

    await lab.origin(origin)
    edge = await lab.edge(PROGRAM, behavior=Behavior(target=PLACEHOLDER, origin_request=Trigger(includes_body=True)))
    source = """
        shown = request["body"]
        request["headers"]["x-cut"] = [{"value": str([shown["inputTruncated"], len(shown["data"])])}]
    """

    assert (await edge.ask("POST", data=chunks(), headers=code(source))).text == "2000000 [True, 1398104]"


@states("event", "CFDG lambda-event-structure")
async def test_response_event(lab: Lab) -> None:
    """The origin-response event has the whole request, its origin included, and the response without a body."""
    await lab.origin(hello)
    edge = await lab.edge(PROGRAM, on_origin_response=True)
    cf = json.loads((await edge.get("/a", headers=code("", response=RESPONSE_BODY))).body)

    assert cf["config"]["eventType"] == "origin-response"
    assert cf["request"]["origin"]["custom"]["domainName"] == HOST
    assert cf["response"].keys() == {"status", "statusDescription", "headers"}
    assert cf["response"]["status"] == "200"


@states("event", "practice")
async def test_response_event_sees_changes(lab: Lab) -> None:
    """At origin-response the request is as origin-request changed it."""
    await lab.origin(hello)
    edge = await lab.edge(PROGRAM, on_origin_response=True)
    source = "request['uri'] = '/new'; request['headers']['x-mark'] = [{'value': '1'}]"
    cf = json.loads((await edge.get("/a", headers=code(source, response=RESPONSE_BODY))).body)

    assert cf["request"]["uri"] == "/new"
    assert cf["request"]["headers"]["x-mark"] == [{"key": "X-Mark", "value": "1"}]
