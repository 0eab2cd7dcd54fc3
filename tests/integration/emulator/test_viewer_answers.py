"""What viewers get: cache hits, generated responses, refusals, and one line of the access log each."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp import web

from origin_router.emulator.distribution.model import WITHOUT_BODY, Behavior, Trigger
from tests.support.edge_lab import GENERATED, HOST, PLACEHOLDER, Lab, hello

CACHED = {"Cache-Control": "max-age=60", "ETag": '"one"'}


class Counting:
    """An origin whose answers may be cached, and that counts its requests."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        self.count += 1
        return web.Response(text=f"answer {self.count}", headers=CACHED)


async def test_a_hit_neither_asks_the_function_nor_the_origin(lab: Lab) -> None:
    """The second viewer is answered from the cache, with Age, and HEAD as well."""
    origin = Counting()
    await lab.origin(origin)
    edge = await lab.edge()

    first, second, head = await edge.get("/a"), await edge.get("/a"), await edge.ask("HEAD", "/a")

    assert (first.text, second.text, head.body) == ("answer 1", "answer 1", b"")
    assert [each.headers["X-Cache"].split()[0] for each in (first, second, head)] == ["Miss", "Hit", "Hit"]
    assert "Age" not in first.headers
    assert int(second.headers["Age"]) >= 0
    assert second.headers["X-Amz-Cf-Id"] != first.headers["X-Amz-Cf-Id"]
    assert head.headers["Content-Length"] == "8"
    assert (origin.count, edge.only.invocations) == (1, 1)
    miss, hit, _ = edge.log()
    assert (miss["x-edge-result-type"], hit["x-edge-result-type"]) == ("Miss", "Hit")
    assert (len(miss["lambda-ms"]), hit["lambda-ms"], hit["r-host"], hit["origin-fbl"]) == (1, [], None, None)


async def test_what_is_not_the_same_is_not_answered_from_the_cache(lab: Lab) -> None:
    """Query string, method, cookies and encodings each go to the origin."""
    origin = Counting()
    await lab.origin(origin)
    edge = await lab.edge()
    await edge.get("/a")

    await edge.get("/a?b")
    await edge.get("/a", headers={"Cookie": "session=1"})
    await edge.get("/a", headers={"Accept-Encoding": "identity"})
    await edge.ask("POST", "/a")

    assert origin.count == 5


async def test_streamed_responses_are_cached_too(lab: Lab) -> None:
    """Collected while it is passed on."""
    count = 0

    async def origin(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal count
        count += 1
        response = web.StreamResponse(headers={"Cache-Control": "s-maxage=9"})
        await response.prepare(request)
        for _ in range(100):
            await response.write(b"x" * 10_000)
        await response.write_eof()
        return response

    await lab.origin(origin)
    edge = await lab.edge()

    first, second = await edge.get(), await edge.get()

    assert (count, len(first.body)) == (1, 1_000_000)
    assert second.body == first.body


async def test_a_generated_response_is_sent_and_cached(lab: Lab) -> None:
    """Status, headers and body of the function; the origin is not asked; the log calls it MissGeneratedResponse."""
    edge = await lab.edge(f"""{GENERATED}
calls = []
def handler(event, context):
    calls.append(1)
    return {{"status": "404", "statusDescription": "Was Here", "body": "Z29uZQ==", "bodyEncoding": "base64",
            "headers": {{"cache-control": [{{"value": "max-age=9"}}], "x-calls": [{{"value": str(len(calls))}}]}}}}
""")

    first, second = await edge.get(), await edge.get()

    assert (first.status, first.body, first.headers["X-Calls"]) == (404, b"gone", "1")
    assert (second.body, second.headers["X-Calls"]) == (b"gone", "1")
    edge2 = await lab.edge(f"{GENERATED}\ndef handler(event, context):\n    return answer('x')\n")
    await edge2.get()
    assert edge2.log()[0]["x-edge-detailed-result-type"] == "MissGeneratedResponse"
    assert edge2.log()[0]["x-edge-result-type"] == "Miss"


async def test_the_headers_of_every_answer(lab: Lab) -> None:
    """Edge location, id and Via are there, and agree with the log and with the event."""
    edge = await lab.edge(f"{GENERATED}\ndef handler(event, context):\n    return answer(event)\n")

    answer = await edge.get("/path?q=1", headers={"X-Own": "a"})

    cf = json.loads(answer.body)["Records"][0]["cf"]
    (entry,) = edge.log()
    assert answer.headers["X-Amz-Cf-Pop"] == entry["x-edge-location"] == "FRA50-P1"
    assert answer.headers["X-Amz-Cf-Id"] == entry["x-edge-request-id"] == cf["config"]["requestId"]
    assert answer.headers["Via"].startswith("1.1 ")
    assert cf["config"]["eventType"] == "origin-request"
    request = cf["request"]
    assert (request["uri"], request["querystring"], request["method"]) == ("/path", "q=1", "GET")
    assert request["clientIp"] == entry["c-ip"] == "127.0.0.1"
    assert request["headers"]["x-own"] == [{"key": "X-Own", "value": "a"}]
    assert request["headers"]["host"] == [{"key": "Host", "value": HOST}]


async def test_the_viewers_host_is_forwarded_where_it_is_wanted(lab: Lab) -> None:
    """With the policy AllViewer, function and origin see the viewer's Host."""

    async def origin(request: web.BaseRequest) -> web.Response:
        return web.Response(text=request.headers["Host"])

    await lab.origin(origin)
    edge = await lab.edge(forward_host=True)

    assert (await edge.get(headers={"Host": "shop.example.com"})).text == "shop.example.com"


@pytest.mark.parametrize(("method", "body"), [("GET", b"body"), ("PURGE", None)])
async def test_what_cloudfront_refuses(lab: Lab, method: str, body: bytes | None) -> None:
    """A GET with a body, and methods that no distribution allows."""
    edge = await lab.edge()

    answer = await edge.ask(method, data=body)

    assert answer.status == 403
    assert answer.headers["X-Cache"] == "Error from cloudfront"


async def test_a_url_that_is_too_long_is_refused(lab: Lab) -> None:
    """Beyond 8,192 bytes; the edge goes on."""
    await lab.origin(hello)
    edge = await lab.edge()

    assert [(await edge.get("/" + "x" * size)).status for size in (8_000, 8_189, 8_191, 9_000)] == [200, 200, 413, 413]


@pytest.mark.parametrize("trigger", [WITHOUT_BODY, None])
async def test_what_only_the_viewer_is_to_blame_for(lab: Lab, trigger: Trigger | None) -> None:
    """Neither the function (502) nor the edge (500); what is too long ends the connection."""
    await lab.origin(hello)
    edge = await lab.edge(behavior=Behavior(target=PLACEHOLDER, origin_request=trigger))
    many = "".join(f"X-{number}: {'x' * 15_000}\r\n" for number in range(3))
    for line, headers, status in (
        ("GET /a#b", "", b"400"),
        ("GET /" + "x" * 8_100 + "?" + "y" * 92, "", b"413"),
        ("GET /", many, b"413"),
    ):
        sent = f"{line} HTTP/1.1\r\nHost: x\r\n{headers}"
        if status != b"413":
            sent += "Connection: close\r\n"
        assert (await talk(edge.edge.url, f"{sent}\r\n".encode())).split()[1] == status
    assert all(line["lambda-ms"] == [] for line in edge.log())


async def test_what_is_not_http_is_refused_quietly(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    """400 and the end of the connection, without a traceback for the viewer's mistake."""
    edge = await lab.edge()

    for sent in (b"nonsense\r\n\r\n", "GET /gr\u00fc\u00dfe HTTP/1.1\r\nHost: x\r\n\r\n".encode()):
        assert (await talk(edge.edge.url, sent)).split()[1] == b"400"
    assert not caplog.records


async def test_a_web_socket_is_answered_as_an_ordinary_request(lab: Lab) -> None:
    """They are not imitated: the viewer is answered, and the connection ends."""
    await lab.origin(hello)
    edge = await lab.edge()

    answer = await talk(
        edge.edge.url, b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
    )

    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b"hello GET /ws")


async def talk(url: str, sent: bytes) -> bytes:
    """Send bytes; return what comes until the connection ends."""
    async with asyncio.timeout(5):
        reader, writer = await asyncio.open_connection(*url.removeprefix("http://").split(":"))
        writer.write(sent)
        answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_a_viewer_that_leaves_is_logged_and_harms_nobody(lab: Lab) -> None:
    """Status 0 as CloudFront logs it; the environment is free again and the origin's connection is closed."""
    gone = asyncio.Event()

    async def origin(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/":
            return await hello(request)
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 100_000)
        except ConnectionError:
            gone.set()
            raise

    await lab.origin(origin)
    edge = await lab.edge()
    async with edge.session.get(edge.edge.url + "/endless") as response:
        await response.content.readany()
        response.close()
    async with asyncio.timeout(5):
        await gone.wait()

    assert (await edge.get()).status == 200
    assert edge.log()[0]["x-edge-detailed-result-type"] == "ClientCommError"
    assert len(edge.environments) == 1
