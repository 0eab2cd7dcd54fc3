"""The way from the edge to the origin: what is sent, what comes back, and how it fails."""

from __future__ import annotations

import asyncio
import gzip
import io
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from origin_router.emulator.certificates import Authority
from origin_router.emulator.origin_client import OriginClient, OriginFailure
from origin_router.emulator.outcome import ForwardRequest, Target
from origin_router.emulator.placeholder import Connection, CustomPlaceholder
from tests.support.edge_lab import HOST, UNCHANGED, Lab, hello, resetting, server_context, silent

TLS = CustomPlaceholder(domain=HOST, read_timeout_s=1)


async def test_the_certificate_is_verified(lab: Lab) -> None:
    """With the authority that is trusted it works, with another it is CloudFront's 502."""
    authority = Authority(lab.directory)
    await lab.origin(hello, port=443, tls=server_context(authority.issue(HOST)))
    trusting = await lab.edge(placeholder=TLS, ca_file=authority.ca_file)
    (lab.directory / "other").mkdir()
    other = await lab.edge(placeholder=TLS, ca_file=Authority(lab.directory / "other").ca_file)

    assert (await trusting.get()).text == "hello GET /"
    answer = await other.get()
    assert answer.status == 502
    assert answer.headers["X-Cache"] == "Error from cloudfront"
    assert "CERTIFICATE_VERIFY_FAILED" in answer.text
    assert other.log()[0]["x-edge-detailed-result-type"] == "OriginConnectError"


async def test_the_certificate_may_be_for_the_host_header_or_for_the_domain(lab: Lab) -> None:
    """Either name is enough, neither is an error (CloudFront guide)."""
    authority = Authority(lab.directory)
    for host in ("shop.test", HOST, "third.test"):
        await lab.origin(hello, host=f"for-{host}", port=443, tls=server_context(authority.issue(host)))
    with_host = """
def handler(event, context):
    request = event["Records"][0]["cf"]["request"]
    request["headers"]["host"] = [{"key": "Host", "value": "shop.test"}]
    return request
"""
    statuses = []
    for domain, served in ((HOST, "for-shop.test"), (HOST, f"for-{HOST}"), (HOST, "for-third.test")):
        lab.resolve[f"{domain}:443"] = lab.resolve[f"{served}:443"]
        edge = await lab.edge(with_host, placeholder=TLS, ca_file=authority.ca_file)
        statuses.append((await edge.get()).status)
        await edge.edge.stop()

    assert statuses == [200, 200, 502]


async def test_the_request_is_passed_on_as_it_came(lab: Lab) -> None:
    """Encoded path and query untouched, headers forwarded, CloudFront's own added, those of one connection not."""
    seen: list[web.BaseRequest] = []

    async def origin(request: web.BaseRequest) -> web.Response:
        seen.append(request)
        return web.Response()

    await lab.origin(origin)
    edge = await lab.edge()
    path = "/a%20b//%2F..%2fc/../d;x?q=%41&q=b+c&e="
    reader, writer = await asyncio.open_connection(*edge.edge.url.removeprefix("http://").split(":"))
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: viewer.test\r\nX-Own: 1\r\nX-Own: 2\r\nTE: trailers\r\nX-Real-IP: 6.6.6.6\r\n"
        "Accept-Encoding: gzip, deflate, br\r\nX-Forwarded-For: 1.1.1.1\r\nConnection: close\r\n\r\n".encode()
    )
    await reader.read()
    writer.close()
    await writer.wait_closed()

    (request,) = seen
    headers = request.headers
    assert request.raw_path == path
    assert headers.getall("X-Own") == ["1", "2"]
    assert headers["Host"] == HOST
    assert headers["Accept-Encoding"] == "br,gzip"
    assert headers["X-Forwarded-For"] == "1.1.1.1, 127.0.0.1"
    assert headers["User-Agent"] == "Amazon CloudFront"
    assert headers["Via"].endswith(".cloudfront.net (CloudFront)")
    assert len(headers["X-Amz-Cf-Id"]) == 56
    assert not headers.keys() & {"TE", "X-Real-IP", "Accept", "Content-Type"}


async def test_a_chosen_origin_gets_path_host_and_custom_headers(lab: Lab) -> None:
    """What the function says about the origin is what happens."""
    seen: list[web.BaseRequest] = []

    async def origin(request: web.BaseRequest) -> web.Response:
        seen.append(request)
        return web.Response()

    await lab.origin(hello)
    await lab.origin(origin, host="chosen.test", port=8443)
    edge = await lab.edge("""
def handler(event, context):
    request = event["Records"][0]["cf"]["request"]
    request["origin"] = {"custom": {
        "domainName": "chosen.test", "port": 8443, "protocol": "http", "path": "/prefix", "sslProtocols": ["TLSv1.2"],
        "readTimeout": 5, "keepaliveTimeout": 5, "customHeaders": {"x-key": [{"key": "X-Key", "value": "k"}]}}}
    request["headers"]["host"] = [{"key": "Host", "value": "chosen.test"}]
    request["uri"] = "/new"
    return request
""")

    await edge.get("/old?q=1")

    (request,) = seen
    assert request.raw_path == "/prefix/new?q=1"
    assert (request.headers["Host"], request.headers["X-Key"]) == ("chosen.test", "k")
    assert edge.log()[0]["r-host"] == "chosen.test"


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_body_reaches_the_origin(lab: Lab, is_chunked: bool) -> None:
    """POST bodies are streamed, with or without a known length, and larger than any buffer."""

    async def origin(request: web.BaseRequest) -> web.Response:
        size = 0
        async for chunk in request.content.iter_any():
            size += len(chunk)
        return web.Response(text=f"{request.method} {size} {request.headers.get('Content-Length')}")

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield b"x" * 100_000

    await lab.origin(origin)
    edge = await lab.edge()

    answer = await edge.ask("POST", data=chunks() if is_chunked else io.BytesIO(b"x" * 5_000_000))
    assert answer.text == f"POST 5000000 {None if is_chunked else 5_000_000}"


async def test_a_viewer_that_waits_for_permission_to_send_its_body(lab: Lab) -> None:
    """`Expect: 100-continue`, as curl sends it with large bodies."""
    await lab.origin(_echo)
    edge = await lab.edge()

    assert (await edge.ask("PUT", data=b"body", expect100=True)).body == b"body"


async def test_a_replaced_body_is_sent_instead(lab: Lab) -> None:
    """With a length of its own."""
    await lab.origin(_echo)
    edge = await lab.edge("""
def handler(event, context):
    request = event["Records"][0]["cf"]["request"]
    return dict(request, body={"action": "replace", "encoding": "base64", "data": "bmV3ZXI="})
""")

    assert (await edge.ask("POST", data=b"old")).body == b"newer"


async def _echo(request: web.BaseRequest) -> web.Response:
    return web.Response(body=await request.read())


async def test_a_response_is_streamed(lab: Lab) -> None:
    """The viewer has the first part before the origin sends the second."""
    second = asyncio.Event()

    async def origin(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"first")
        await second.wait()
        await response.write(b"second")
        await response.write_eof()
        return response

    await lab.origin(origin)
    edge = await lab.edge()

    async with edge.session.get(edge.edge.url) as response:
        assert await response.content.readexactly(5) == b"first"
        second.set()
        assert await response.read() == b"second"
    await edge.event("request")
    assert edge.log()[0]["sc-bytes"] == 11


async def test_the_response_is_passed_on_as_it_came(lab: Lab) -> None:
    """Compressed stays compressed, repeated headers stay, those of one connection go, Via grows."""
    packed = gzip.compress(b"text")

    async def origin(request: web.BaseRequest) -> web.Response:
        response = web.Response(body=packed, status=302, reason="Elsewhere")
        response.headers.extend(
            [("Content-Encoding", "gzip"), ("Location", "/x"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"),
             ("Via", "1.1 inner"), ("X-Cache", "of the origin"), ("Keep-Alive", "timeout=5"), ("X-Hop", "1"),
             ("Connection", "keep-alive, x-hop"), ("Server", "own")]
        )  # fmt: skip
        return response

    await lab.origin(origin)
    edge = await lab.edge()

    answer = await edge.get()

    assert (answer.status, answer.body) == (302, packed)
    headers = answer.headers
    assert headers.getall("Set-Cookie") == ["a=1", "b=2"]  # type: ignore[attr-defined]
    assert (headers["Location"], headers["Server"], headers["Content-Encoding"]) == ("/x", "own", "gzip")
    assert headers["Via"].startswith("1.1 inner, 1.1 ")
    assert headers["X-Cache"] == "Miss from cloudfront"
    assert not headers.keys() & {"Keep-Alive", "X-Hop"}


async def test_an_error_of_the_origin_is_passed_on(lab: Lab) -> None:
    """Its page and status; CloudFront calls it an error."""

    async def origin(request: web.BaseRequest) -> web.Response:
        return web.Response(status=404, text="not here")

    await lab.origin(origin)
    edge = await lab.edge()

    answer = await edge.get()

    assert (answer.status, answer.text) == (404, "not here")
    assert answer.headers["X-Cache"] == "Error from cloudfront"
    assert edge.log()[0]["x-edge-result-type"] == "Error"


async def _garbage(request: web.BaseRequest) -> web.Response:
    assert request.transport is not None
    request.transport.write(b"SSH-2.0-not-http\r\n\r\n")
    request.transport.close()
    return web.Response()


async def _big_header(request: web.BaseRequest) -> web.Response:
    return web.Response(headers={"X-Big": "x" * 40_000})


@pytest.mark.parametrize(
    ("origin", "status", "word"),
    [
        (None, 502, "OriginConnectError"),
        (silent, 504, "OriginCommError"),
        (resetting, 502, "OriginReadError"),
        (_garbage, 502, "OriginInvalidResponseError"),
        (_big_header, 502, "OriginHeaderTooBigError"),
    ],
)
async def test_an_origin_that_fails(lab: Lab, origin: object, status: int, word: str) -> None:
    """Refused, silent for its readTimeout, closing, not HTTP, too much of it: CloudFront's status and word."""
    if origin is not None:
        await lab.origin(origin)  # type: ignore[arg-type]
    edge = await lab.edge()

    answer = await edge.get()

    assert answer.status == status
    assert answer.headers["X-Cache"] == "Error from cloudfront"
    (entry,) = edge.log()
    assert (entry["x-edge-result-type"], entry["x-edge-detailed-result-type"]) == ("Error", word)
    assert entry["r-host"] == HOST


async def test_a_chosen_origin_that_does_not_resolve(lab: Lab) -> None:
    """502, named as a DNS error."""
    await lab.origin(hello)
    edge = await lab.edge(UNCHANGED.replace(
        "return", "event['Records'][0]['cf']['request']['origin']['custom']['domainName'] = 'no.invalid'\n    return"
    ))  # fmt: skip

    answer = await edge.get()

    assert answer.status == 502
    assert edge.log()[0]["x-edge-detailed-result-type"] == "OriginDnsError"


@pytest.mark.parametrize("is_stalling", [False, True])
async def test_a_body_that_stops_half_way_is_not_taken_for_complete(lab: Lab, is_stalling: bool) -> None:
    """Closed by the origin or silent for readTimeout: the viewer's connection breaks, and nothing is cached."""

    async def origin(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100", "Cache-Control": "max-age=60"})
        await response.prepare(request)
        await response.write(b"half")
        await asyncio.sleep(30 if is_stalling else 0.01)
        assert request.transport is not None
        request.transport.close()
        return response

    await lab.origin(origin)
    edge = await lab.edge()

    for _ in range(2):
        async with edge.session.get(edge.edge.url) as response:
            assert response.headers["X-Cache"] == "Miss from cloudfront"
            with pytest.raises(Exception, match=r"payload|closed"):
                await response.read()
    words = {entry["x-edge-detailed-result-type"] for entry in edge.log()}
    assert words == {"OriginCommError" if is_stalling else "OriginReadError"}


async def test_connections_to_the_origin_are_kept_and_renewed(lab: Lab) -> None:
    """Requests share a connection; one that the origin has closed meanwhile costs no error, not even for POST."""
    peers = []

    async def origin(request: web.BaseRequest) -> web.Response:
        assert request.transport is not None
        peers.append(request.transport.get_extra_info("peername"))
        if request.path == "/last":
            asyncio.get_running_loop().call_later(0.01, request.transport.close)
        return web.Response()

    await lab.origin(origin)
    edge = await lab.edge()

    for _ in range(3):
        await edge.get()
    await edge.get("/last")
    assert len(set(peers)) == 1
    await asyncio.sleep(0.02)
    assert [(await edge.ask(method)).status for method in ("GET", "POST", "GET")] == [200, 200, 200]


async def test_a_connect_that_is_not_answered_is_504() -> None:
    """A full backlog swallows connects as a firewall does: the connect timeout counts, and each attempt."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    address = listener.getsockname()
    fillers = [asyncio.create_task(asyncio.open_connection(*address)) for _ in range(4)]
    await asyncio.sleep(0.05)
    client = OriginClient({"full.test:80": address})
    target = Target(domain="full.test", port=80, protocol="http", connection=Connection(timeout_s=0.1, attempts=2))
    request = ForwardRequest(method="GET", uri="/", querystring="", headers=[], target=target)
    began = asyncio.get_running_loop().time()

    with pytest.raises(OriginFailure) as caught:
        await client.fetch(request, None, "id")

    assert (caught.value.status, caught.value.detailed_result) == (504, "OriginCommError")
    assert 0.2 <= asyncio.get_running_loop().time() - began < 1
    await client.close()
    for filler in fillers:
        filler.cancel()
    for opened in await asyncio.gather(*fillers, return_exceptions=True):
        if isinstance(opened, tuple):
            opened[1].close()
    listener.close()
