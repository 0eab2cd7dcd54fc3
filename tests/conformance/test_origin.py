"""How origins are reached."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from aiohttp import ClientError, web

from origin_router.emulator.certificates import Authority
from origin_router.emulator.distribution.model import Behavior, Distribution
from origin_router.emulator.placeholder import Connection, CustomPlaceholder
from tests.conformance.program import PROGRAM, code
from tests.conformance.statements import states
from tests.support.edge_lab import HOST, PLACEHOLDER, Lab, RunningEdge, hello, server_context
from tests.support.ports import blackhole


def counting() -> tuple[list[str], object]:
    asked: list[str] = []

    async def silent(request: web.BaseRequest) -> web.Response:
        asked.append(request.method)
        await asyncio.sleep(5)
        return web.Response()

    return asked, silent


async def edge_of(lab: Lab, *, attempts: int = 1, timeout_s: float = 1, completion_s: int | None = None) -> RunningEdge:
    origin = replace(
        PLACEHOLDER,
        read_timeout_s=1,
        completion_timeout_s=completion_s,
        connection=Connection(timeout_s=timeout_s, attempts=attempts),
    )
    return await lab.edge(behavior=Behavior(target=origin))


async def elapsed(edge: RunningEdge, method: str = "GET") -> tuple[int, float]:
    began = asyncio.get_running_loop().time()
    status = (await edge.ask(method)).status
    return status, asyncio.get_running_loop().time() - began


@states("origin", "CFDG http-502-bad-gateway")
async def test_refused(lab: Lab) -> None:
    """A refused connection is 502."""
    assert (await (await lab.edge()).get()).status == 502


@states("origin", "CFDG http-502-bad-gateway")
async def test_untrusted(lab: Lab) -> None:
    """A certificate that is not trusted is 502."""
    authority, other = Authority(lab.directory), lab.directory / "other"
    other.mkdir()
    await lab.origin(hello, port=443, tls=server_context(authority.issue(HOST)))
    edge = await lab.edge(placeholder=CustomPlaceholder(domain=HOST), ca_file=Authority(other).ca_file)

    assert (await edge.get()).status == 502


@states("origin", "CFDG http-502-bad-gateway")
async def test_certificate_names(lab: Lab) -> None:
    """The certificate must be for the origin's domain or for the Host header."""
    authority = Authority(lab.directory)
    host = code("request['headers']['host'] = [{'value': 'www.test'}]")
    for name, status in ((HOST, 200), ("www.test", 200), ("third.test", 502)):
        await lab.origin(hello, port=443, tls=server_context(authority.issue(name)))
        edge = await lab.edge(PROGRAM, placeholder=CustomPlaceholder(domain=HOST), ca_file=authority.ca_file)
        assert (await edge.get(headers=host)).status == status


@states("origin", "CFDG DownloadDistValuesOrigin")
async def test_connecting(lab: Lab) -> None:
    """Connecting is given up after the connection timeout, as often as connection attempts say; then it is 504."""
    with blackhole() as address:
        await asyncio.sleep(0.02)
        lab.resolve[f"{HOST}:80"] = address
        for attempts in (1, 3):
            status, took = await elapsed(await edge_of(lab, attempts=attempts, timeout_s=0.2))
            assert status == 504
            assert took == pytest.approx(0.2 * attempts, abs=0.15 * attempts)


@states("origin", "practice")
async def test_inherited_connection(lab: Lab) -> None:
    """The origin that the function chooses inherits connection timeout and attempts of the configured one."""
    await lab.origin(hello)
    placeholder = replace(PLACEHOLDER, connection=Connection(timeout_s=0.2, attempts=2))
    edge = await lab.edge(PROGRAM, placeholder=placeholder)
    with blackhole() as address:
        await asyncio.sleep(0.02)
        lab.resolve["chosen.test:80"] = address
        await edge.get()
        began = asyncio.get_running_loop().time()
        await edge.get("/?1", headers=code("request['origin']['custom']['domainName'] = 'chosen.test'"))

    assert 0.3 < asyncio.get_running_loop().time() - began < 0.9


@states("origin", "CFDG http-504-gateway-timeout")
async def test_first_byte(lab: Lab) -> None:
    """No first byte within the response timeout is 504."""
    await lab.origin(counting()[1])  # type: ignore[arg-type]
    status, took = await elapsed(await edge_of(lab))

    assert (status, round(took)) == (504, 1)


@states("origin", "CFDG DownloadDistValuesOrigin")
async def test_between_packets(lab: Lab) -> None:
    """The response timeout counts between packets too: the viewer's response is cut."""

    async def stalling(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"begin")
        await asyncio.sleep(5)
        return response

    await lab.origin(stalling)
    edge = await edge_of(lab)

    with pytest.raises(ClientError):
        await edge.get()


@states("origin", "CFDG DownloadDistValuesOrigin")
async def test_asked_again(lab: Lab) -> None:
    """GET and HEAD are asked again after a response timeout, as often as connection attempts say; other methods
    are not.
    """
    asked, silent = counting()
    await lab.origin(silent)  # type: ignore[arg-type]
    edge = await edge_of(lab, attempts=2)

    await asyncio.gather(*(edge.ask(method) for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")))
    assert {method for method in asked if asked.count(method) == 2} == {"GET", "HEAD"}


@states("origin", "CFDG DownloadDistValuesOrigin")
async def test_completion(lab: Lab) -> None:
    """The response completion timeout caps everything, attempts included, with 504."""
    await lab.origin(counting()[1])  # type: ignore[arg-type]
    status, took = await elapsed(await edge_of(lab, attempts=3, completion_s=1))

    assert (status, round(took)) == (504, 1)


@states("origin", "CFDG DownloadDistValuesOrigin")
async def test_keep_alive(lab: Lab) -> None:
    """Connections are kept for the keep-alive timeout and used again."""
    peers = set()

    async def origin(request: web.BaseRequest) -> web.Response:
        assert request.transport is not None
        peers.add(request.transport.get_extra_info("peername"))
        return web.Response()

    await lab.origin(origin)
    edge = await lab.edge()
    for number in range(3):
        await edge.get(f"/?{number}")

    assert len(peers) == 1


@states("origin", "CFDG RequestAndResponseBehaviorCustomOrigin")
async def test_forwarded_for(lab: Lab) -> None:
    """The viewer's address is appended to X-Forwarded-For."""

    async def origin(request: web.BaseRequest) -> web.Response:
        return web.Response(text=request.headers["X-Forwarded-For"])

    await lab.origin(origin)
    edge = await lab.edge()

    assert (await edge.get(headers={"X-Forwarded-For": "192.0.2.4"})).text == "192.0.2.4, 127.0.0.1"


@states("origin", "CFDG RequestAndResponseBehaviorCustomOrigin")
async def test_refused_requests(lab: Lab) -> None:
    """A GET with a body is 403, and so is a method that the behavior does not allow."""
    edge = await lab.edge(behavior=Behavior(target=PLACEHOLDER, allowed_methods=frozenset({"GET", "HEAD"})))

    assert [(await edge.ask("GET", data=b"x")).status, (await edge.ask("POST")).status] == [403, 403]


@states("origin", "CFDG RequestAndResponseBehaviorCustomOrigin")
async def test_too_long(lab: Lab) -> None:
    """A URL beyond 8,192 bytes, or with the headers 32,768, is 413, and nobody is asked."""
    edge = await lab.edge()
    headers = {f"X-{number}": "x" * 8_000 for number in range(5)}

    assert [(await edge.get(f"/{'x' * 8_200}")).status, (await edge.get(headers=headers)).status] == [413, 413]
    assert [line["lambda-ms"] for line in edge.log()] == [[], []]


@states("origin", "CFDG cloudfront-limits")
async def test_big_headers(lab: Lab) -> None:
    """A response may have 32,768 bytes of headers; beyond that it is 502."""

    async def origin(request: web.BaseRequest) -> web.Response:
        return web.Response(headers={f"X-{number}": "x" * int(request.query["size"]) for number in range(5)})

    await lab.origin(origin)
    edge = await lab.edge()

    assert [(await edge.get(f"/?size={size}")).status for size in (6_000, 7_000)] == [200, 502]


@states("origin", "CFDG DownloadDistValuesCacheBehavior, DefaultRootObject")
async def test_paths(lab: Lab) -> None:
    """The first behavior whose path pattern matches takes a request, and / is the default root object."""
    await lab.origin(hello)
    await lab.origin(hello, host="images.test")
    images = Behavior(target=replace(PLACEHOLDER, domain="images.test"), path_pattern="images/*.jpg")
    behaviors = (images, Behavior(target=PLACEHOLDER))
    edge = await lab.edge(distribution=Distribution(behaviors=behaviors, default_root_object="index.html"))
    texts = [(await edge.get(path)).text for path in ("/images/a/b.jpg", "/images/a.JPG", "/")]

    assert [text.split()[-1] for text in texts] == ["/images/a/b.jpg", "/images/a.JPG", "/index.html"]
    assert [line["r-host"] for line in edge.log()] == ["images.test", HOST, HOST]
