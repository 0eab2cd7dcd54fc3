"""What the function may return."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from aiohttp import web

from origin_router.emulator.header_rules import CUSTOM_DENIED, DISALLOWED, READ_ONLY_IN_REQUEST
from tests.conformance.program import PROGRAM, code
from tests.conformance.statements import states
from tests.support.edge_lab import HOST, PLACEHOLDER, Answer, Lab, RunningEdge, hello

CUSTOM = "request['origin']['custom']"
INVALID_ORIGIN = "The Lambda function returned an invalid origin configuration: "


async def refused(edge: RunningEdge, *sources: str) -> list[str]:
    """The texts of the pages for results that must all be refused."""
    texts: list[str] = []
    for source in sources:
        answer = await edge.get(f"/?{len(texts)}", headers=code(source))
        assert (answer.status, answer.headers["X-Cache"]) == (502, "LambdaValidationError from CloudFront"), source
        texts.append(answer.text)
    return texts


async def accepted(edge: RunningEdge, *sources: str) -> None:
    for number, source in enumerate(sources):
        answer = await edge.get(f"/?ok={number}", headers=code(source))
        assert answer.status == 200, (source, answer.text)


async def programmable(lab: Lab) -> RunningEdge:
    await lab.origin(hello)
    return await lab.edge(PROGRAM, on_origin_response=True)


def setting(name: str, values: Iterable[object]) -> list[str]:
    return [f"{CUSTOM}['{name}'] = {value!r}" for value in values]


@states("result", "CFDG edge-function-restrictions-all")
async def test_disallowed(lab: Lab) -> None:
    """Adding a disallowed header is 502."""
    names = [*sorted(DISALLOWED), "x-amz-cf-own", "x-edge-own"]
    await refused(await programmable(lab), *(f"request['headers']['{name}'] = [{{'value': '1'}}]" for name in names))


@states("result", "CFDG edge-function-restrictions-all")
async def test_read_only_in_request(lab: Lab) -> None:
    """Read-only headers of a request (Accept-Encoding, CDN-Loop, Content-Length, If-Modified-Since, If-None-Match,
    If-Range, If-Unmodified-Since, Transfer-Encoding, Via) may not be added, changed or removed.
    """
    edge = await programmable(lab)
    texts = await refused(
        edge,
        *(f"request['headers']['{name}'] = [{{'value': 'other'}}]" for name in READ_ONLY_IN_REQUEST),
        "del request['headers']['via']",
    )

    assert all("The function tried to add, delete, or change a read-only header." in text for text in texts)


@states("result", "CFDG edge-function-restrictions-all")
async def test_host_is_writable(lab: Lab) -> None:
    """Host may be changed at origin-request."""

    async def origin(request: web.BaseRequest) -> web.Response:
        return web.Response(text=request.headers["Host"])

    await lab.origin(origin)
    edge = await lab.edge(PROGRAM)

    assert (await edge.get(headers=code("request['headers']['host'] = [{'value': 'other.test'}]"))).text == "other.test"


@states("result", "CFDG edge-function-restrictions-all")
async def test_read_only_in_response(lab: Lab) -> None:
    """Transfer-Encoding and Via of a response must be handed back as they came."""

    async def origin(request: web.BaseRequest) -> web.Response:
        return web.Response(text="x", headers={"Via": "1.1 origin"})

    await lab.origin(origin)
    edge = await lab.edge(PROGRAM, on_origin_response=True)

    answer = await edge.get(headers=code("", response="del response['headers']['via']"))
    assert (answer.status, answer.headers["X-Cache"]) == (502, "LambdaValidationError from CloudFront")


@states("result", "CFDG lambda-event-structure")
async def test_capitalized(lab: Lab) -> None:
    """A missing key is filled in, with capital letters at each part."""

    async def origin(request: web.BaseRequest) -> web.Response:
        return web.Response(text=str([name.decode() for name, _ in request.raw_headers if b"own" in name.lower()]))

    await lab.origin(origin)
    edge = await lab.edge(PROGRAM)

    assert (await edge.get(headers=code("request['headers']['x-my-own'] = [{'value': '1'}]"))).text == "['X-My-Own']"


@states("result", "CFDG add-origin-custom-headers")
async def test_denied_custom_headers(lab: Lab) -> None:
    """Names that may not be custom headers of an origin are refused there."""
    names = [*sorted(CUSTOM_DENIED), "if-match", "proxy-x", "x-amz-x", "x-edge-x"]
    texts = await refused(
        await programmable(lab), *(f"{CUSTOM}['customHeaders']['{name}'] = [{{'value': '1'}}]" for name in names)
    )

    assert all(INVALID_ORIGIN + "One or more HeaderName or HeaderValue values are invalid." in text for text in texts)


@states("result", "CFDG lambda-event-structure")
async def test_a_name_in_both(lab: Lab) -> None:
    """A name may not be both among the headers and among the custom headers."""
    source = f"request['headers']['x-a'] = [{{'value': '1'}}]; {CUSTOM}['customHeaders']['x-a'] = [{{'value': '1'}}]"
    (text,) = await refused(await programmable(lab), source)

    assert INVALID_ORIGIN in text


@states("result", "CFDG cloudfront-limits")
async def test_custom_header_limits(lab: Lab) -> None:
    """There are at most 30 custom headers, with names of 256, values of 1,783 and together 10,240 characters."""
    edge = await programmable(lab)
    custom = f"{CUSTOM}['customHeaders']"
    await refused(
        edge,
        f"{custom}.update({{f'x-{{n}}': [{{'value': '1'}}] for n in range(31)}})",
        f"{custom}['x' * 257] = [{{'value': '1'}}]",
        f"{custom}['x-a'] = [{{'value': '1' * 1784}}]",
        f"{custom}.update({{f'x-{{n}}': [{{'value': '1' * 1700}}] for n in range(7)}})",
    )
    await accepted(edge, f"{custom}['x-a'] = [{{'value': '1' * 1783}}]")


@states("result", "CFDG lambda-event-structure")
async def test_domain_name(lab: Lab) -> None:
    """domainName of a custom origin is a DNS name of at most 253 characters: no address, no colon, not empty."""
    values = ("", "192.0.2.1", "[2001:db8::1]", "a.test:80", "a_b..test", "x" * 254, None)
    texts = await refused(await programmable(lab), *setting("domainName", values))

    assert all(INVALID_ORIGIN + "The value of DomainName is invalid." in text for text in texts)


@states("result", "CFDG lambda-event-structure")
async def test_path(lab: Lab) -> None:
    """path is empty, or begins with / and does not end with one, with at most 255 characters."""
    edge = await programmable(lab)

    await refused(edge, *setting("path", ("a", "/a/", "/", "/" + "x" * 255)))
    await accepted(edge, *setting("path", ("", "/a", "/a/b")))


@states("result", "CFDG lambda-event-structure")
async def test_port(lab: Lab) -> None:
    """port is 80, 443, or one of 1024 to 65535."""
    await refused(await programmable(lab), *setting("port", (0, 22, 81, 1023, 65536, "80", None)))


@states("result", "CFDG lambda-event-structure")
async def test_protocol(lab: Lab) -> None:
    """protocol is http or https."""
    await refused(await programmable(lab), *setting("protocol", ("match-viewer", "ftp", None)))


@states("result", "CFDG lambda-event-structure")
async def test_timeouts(lab: Lab) -> None:
    """readTimeout and keepaliveTimeout are whole seconds from 1 to 120."""
    edge = await programmable(lab)
    for name in ("readTimeout", "keepaliveTimeout"):
        await refused(edge, *setting(name, (0, 121, 1.5, "30")))
        await accepted(edge, *setting(name, (1, 120)))


@states("result", "CFDG DownloadDistValuesOrigin")
async def test_configured_timeouts(lab: Lab) -> None:
    """What the distribution configures beyond these, as quotas allow, may be handed back."""
    await lab.origin(hello)
    edge = await lab.edge(PROGRAM, placeholder=replace(PLACEHOLDER, keepalive_timeout_s=300, read_timeout_s=180))

    await accepted(edge, "pass", *setting("keepaliveTimeout", (121, 300)), *setting("readTimeout", (180,)))
    await refused(edge, *setting("keepaliveTimeout", (301,)), *setting("readTimeout", (181,)))


@states("result", "CFDG lambda-event-structure")
async def test_completion_timeout(lab: Lab) -> None:
    """responseCompletionTimeout is at least readTimeout; 0 means none."""
    edge = await programmable(lab)

    await refused(edge, f"{CUSTOM}.update(readTimeout=20, responseCompletionTimeout=19)")
    await accepted(edge, *setting("responseCompletionTimeout", (0, 30)))


@states("result", "CFDG lambda-event-structure")
async def test_ssl_protocols(lab: Lab) -> None:
    """sslProtocols are some of SSLv3, TLSv1, TLSv1.1 and TLSv1.2."""
    await refused(await programmable(lab), *setting("sslProtocols", (["TLSv1.3"], [], "TLSv1.2")))


@states("result", "CFDG lambda-event-structure")
async def test_auth_method(lab: Lab) -> None:
    """An identity cannot be used where the distribution has a custom origin, and needs a region."""
    s3 = (
        "{'domainName': 'b.s3.amazonaws.com', 'path': '', 'customHeaders': {}, 'region': 'us-east-1', 'authMethod': %r}"
    )
    await refused(
        await programmable(lab),
        f"request['origin'] = {{'s3': {s3 % 'origin-access-identity'}}}",
        f"request['origin'] = {{'s3': {s3 % 'origin-access-control'}}}",
    )


@states("result", "CFDG edge-function-restrictions-all")
async def test_uri(lab: Lab) -> None:
    """uri begins with /; with the query string it stays below 8,192 bytes, without spaces and control characters."""
    edge = await programmable(lab)

    await refused(
        edge,
        "request['uri'] = 'a'",
        "request['uri'] = '/a b'",
        "request['uri'] = '/a#b'",
        "request['querystring'] = 'a b'",
        "request['uri'] = '/' + 'x' * 8191",
    )
    await accepted(edge, "request['uri'] = '/' + 'x' * 7000")


@states("result", "CFDG lambda-event-structure")
async def test_uri_keeps_the_origin(lab: Lab) -> None:
    """Changing the uri changes neither behavior nor origin."""
    edge = await programmable(lab)

    assert (await edge.get("/a", headers=code("request['uri'] = '/b'"))).text.startswith("hello GET /b")
    assert edge.log()[0]["r-host"] == HOST


@states("result", "CFDG lambda-event-structure")
async def test_read_only_fields(lab: Lab) -> None:
    """method and clientIp are read-only."""
    await refused(await programmable(lab), "request['method'] = 'POST'", "request['clientIp'] = '192.0.2.1'")


@states("result", "CFDG lambda-examples")
async def test_any_origin(lab: Lab) -> None:
    """The chosen origin need not be in the distribution."""
    edge = await programmable(lab)
    await lab.origin(hello, host="elsewhere.test", port=8080)

    answer = await edge.get(headers=code(f"{CUSTOM}.update(domainName='elsewhere.test', port=8080)"))
    assert answer.status == 200
    assert edge.log()[0]["r-host"] == "elsewhere.test"


@states("result", "CFDG lambda-event-structure")
async def test_custom_headers_are_sent(lab: Lab) -> None:
    """Custom headers that are handed back reach the origin."""

    async def origin(request: web.BaseRequest) -> web.Response:
        return web.Response(text=request.headers.get("X-Stage", "none"))

    await lab.origin(origin)
    edge = await lab.edge(PROGRAM, placeholder=replace(PLACEHOLDER, custom_headers={"X-Stage": "test"}))

    assert (await edge.get()).text == "test"
    assert (await edge.get("/?1", headers=code(f"{CUSTOM}['customHeaders'] = {{}}"))).text == "none"


@states("result", "CFDG lambda-edge-add-triggers-console, lambda-at-edge-function-restrictions")
async def test_replaced_body(lab: Lab) -> None:
    """The body can be replaced without IncludeBody, with 1 MB of text or 1.33 MB of base64 at most."""

    async def origin(request: web.BaseRequest) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    await lab.origin(origin)
    edge = await lab.edge(PROGRAM)
    source = "request['body'] = {'action': 'replace', 'encoding': 'text', 'data': 'x' * %d}"

    assert (await edge.ask("POST", data=b"old", headers=code(source % 500_000))).text == "500000"
    assert (await edge.ask("POST", data=b"old", headers=code(source % 1_048_577))).status == 502


@states("result", "CFDG lambda-generating-http-responses")
async def test_generated_status(lab: Lab) -> None:
    """A generated response needs only a status, which is a string from 200 to 599."""
    edge = await programmable(lab)

    for status in ("200", "418", "599"):
        assert (await edge.get(f"/?{status}", headers=code(f"result = {{'status': '{status}'}}"))).status == int(status)
    await refused(edge, "result = {'status': 200}", "result = {'status': '199'}", "result = {'status': '600'}")


@states("result", "CFDG cloudfront-limits")
async def test_generated_size(lab: Lab) -> None:
    """A generated response has 1 MB at most, headers included; bodyEncoding is text or base64."""
    edge = await programmable(lab)

    answer: Answer = await edge.get(
        headers=code("result = {'status': '200', 'body': 'AAEC', 'bodyEncoding': 'base64'}")
    )
    assert answer.body == b"\0\1\2"
    await refused(
        edge,
        "result = {'status': '200', 'body': 'x' * 1048577}",
        "result = {'status': '200', 'body': 'x', 'bodyEncoding': 'gzip'}",
    )


@states("result", "CFDG lambda-generating-http-responses")
async def test_response_changes(lab: Lab) -> None:
    """Origin-response may change the status from 200 to 599, and replace or blank the body."""
    edge = await programmable(lab)

    teapot = await edge.get("/?1", headers=code("", response="response['status'] = '418'; response['body'] = 'tea'"))
    blank = await edge.get("/?2", headers=code("", response="response['body'] = ''"))
    assert (teapot.status, teapot.text, blank.status, blank.text) == (418, "tea", 200, "")


@states("result", "CFDG cloudfront-limits")
async def test_request_size(lab: Lab) -> None:
    """A request without its body has 32,768 bytes at most."""
    await refused(
        await programmable(lab), "request['headers'].update({f'x-{n}': [{'value': 'x' * 1000}] for n in range(40)})"
    )
