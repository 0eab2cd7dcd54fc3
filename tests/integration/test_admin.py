"""The admin address: who may speak to it, what it serves, and that slow readers disturb nobody."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from origin_router.emulator.admin import BACKLOG_MAX, create_admin
from origin_router.emulator.bus import Bus
from origin_router.emulator.view_recording import read_recording
from origin_router.emulator.view_server import create_viewer

PAGE = {"X-Origin-Router-Page": "1"}


class RecordingDemo:
    """Controls that note what they are told, and know one origin."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    async def apply(self, origin: str, action: str) -> None:
        if origin != "tokyo":
            raise KeyError(origin)
        self.told.append((origin, action))

    def set_traffic(self, *, is_running: bool) -> None:
        self.told.append(("traffic", str(is_running)))


class Dev:
    """As much of a DevServer as the admin address needs."""

    def __init__(self) -> None:
        self.bus = Bus()
        self.demo: RecordingDemo | None = RecordingDemo()


@pytest.fixture
async def dev() -> Dev:
    return Dev()


@pytest.fixture
async def url(dev: Dev) -> AsyncIterator[str]:
    runner = web.AppRunner(create_admin(dev), shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def browser(url: str) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(url) as session:
        yield session


def edge_event(at: float = 1.0, edge: str = "eu-west-1") -> dict[str, Any]:
    return {"type": "edge", "at": at, "edge": edge, "url": "http://127.0.0.1:9", "freeze": "vm", "extensions": True}


def measured_event(index: int) -> dict[str, Any]:
    line = {"event": "probe", "pool": "web", "origin": "eu", "outcome": "ok", "moment": "race", "response_ms": index}
    return {"type": "journal", "at": float(index), "edge": "eu-west-1", "environment": "e", "line": line}


async def next_message(response: aiohttp.ClientResponse) -> tuple[str, dict[str, Any]]:
    """Read one server-sent event."""
    name = (await response.content.readline()).decode().strip().removeprefix("event: ")
    data = (await response.content.readline()).decode().removeprefix("data: ")
    assert await response.content.readline() == b"\n"
    content: dict[str, Any] = json.loads(data)
    return name, content


@pytest.mark.parametrize("path", ["/", "/api/state", "/static/page.js", "/static/plotly.min.js"])
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Host": "evil.example"}, id="another name, as with DNS rebinding"),
        pytest.param({"Host": "127.0.0.1:1"}, id="another port"),
        pytest.param({"Host": ""}, id="no name"),
        pytest.param({"Origin": "https://evil.example"}, id="another site"),
        pytest.param({"Origin": "http://127.0.0.1:1"}, id="another port's site"),
        pytest.param({"Origin": "null"}, id="a sandboxed frame"),
    ],
)
async def test_other_sites_are_refused(browser: aiohttp.ClientSession, path: str, headers: dict[str, str]) -> None:
    async with browser.get(path, headers=headers) as response:
        assert response.status == 403
        assert "error" in await response.json()


async def test_our_own_names_are_welcome(browser: aiohttp.ClientSession, url: str) -> None:
    port = url.rpartition(":")[2]
    for name in (f"127.0.0.1:{port}", f"localhost:{port}"):
        async with browser.get("/api/state", headers={"Host": name, "Origin": f"http://{name}"}) as response:
            assert response.status == 200


async def test_changing_something_needs_the_header_of_the_page(browser: aiohttp.ClientSession, dev: Dev) -> None:
    """A form on another site can post here, but not with a header of its own."""
    async with browser.post("/api/origins/tokyo/stop", data={"a": "b"}) as response:
        assert response.status == 403
    async with browser.post("/api/traffic/pause") as response:
        assert response.status == 403
    async with browser.options("/api/origins/tokyo/stop", headers=PAGE) as preflight:
        assert "Access-Control-Allow-Origin" not in preflight.headers

    assert dev.demo is not None
    assert dev.demo.told == []


async def test_the_page_works_the_demo(browser: aiohttp.ClientSession, dev: Dev) -> None:
    for path in ("/api/origins/tokyo/stop", "/api/traffic/pause", "/api/traffic/resume"):
        async with browser.post(path, headers=PAGE) as response:
            assert response.status == 204

    assert dev.demo is not None
    assert dev.demo.told == [("tokyo", "stop"), ("traffic", "False"), ("traffic", "True")]


@pytest.mark.parametrize(
    ("path", "has_demo", "status"),
    [
        ("/api/origins/paris/stop", True, 404),
        ("/api/origins/tokyo/stop", False, 409),
        ("/api/traffic/pause", False, 409),
        ("/api/traffic/explode%0A", True, 404),
        ("/static/..%2Fadmin.py", True, 404),
        ("/api/unknown", True, 404),
        ("/", True, 405),
    ],
)
async def test_what_cannot_be_done_is_said(
    browser: aiohttp.ClientSession, dev: Dev, path: str, has_demo: bool, status: int
) -> None:
    if not has_demo:
        dev.demo = None
    method = "GET" if path.startswith("/static/") else "POST"
    async with browser.request(method, path, headers=PAGE) as response:
        assert response.status == status
        assert (await response.json())["error"]


async def test_page_and_charts_are_served_from_here_under_a_strict_policy(browser: aiohttp.ClientSession) -> None:
    async with browser.get("/") as response:
        html = await response.text()
        policy = response.headers["Content-Security-Policy"]
    async with browser.get("/static/plotly.min.js") as response:
        charts = await response.read()
        cache_control = response.headers["Cache-Control"]

    assert "default-src 'none'; script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "://" not in html, "nothing comes from elsewhere"
    assert b"Plotly" in charts[:2_000]
    assert "max-age" in cache_control


async def test_what_happened_before_a_page_opens_is_in_its_snapshot(browser: aiohttp.ClientSession, dev: Dev) -> None:
    dev.bus.publish(edge_event())
    async with browser.get("/api/events") as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        name, message = await next_message(stream)
        assert (name, list(message["document"]["edges"])) == ("snapshot", ["eu-west-1"])

        dev.bus.publish(edge_event(edge="eu-west-2"))
        name, message = await next_message(stream)
        assert name == "changes"
        assert ["put", ["edges", "eu-west-2", "url"], "http://127.0.0.1:9"] in message["changes"]
    async with browser.get("/api/state") as response:
        assert list((await response.json())["document"]["edges"]) == ["eu-west-1", "eu-west-2"]


async def test_a_run_is_exported_as_one_file(browser: aiohttp.ClientSession, dev: Dev, tmp_path: Path) -> None:
    """What is exported can be read again, and says what the page shows."""
    for index in range(5):
        dev.bus.publish(edge_event())
        dev.bus.publish(measured_event(index))
    async with browser.get("/api/state") as response:
        document = (await response.json())["document"]
    async with browser.get("/api/export") as response:
        name = response.headers["Content-Disposition"]
        content = await response.read()
    (tmp_path / "run.json").write_bytes(content)

    assert re.fullmatch(r'attachment; filename="origin-router-run-\d{8}T\d{6}Z\.json"', name)
    recording = json.loads(read_recording(tmp_path / "run.json"))
    assert recording["document"] == document
    assert len(recording["history"]["frames"]) == 5
    async with browser.get("/api/recording") as response:
        assert response.status == 204, "this page is live"


async def test_a_viewer_serves_the_recording_and_nothing_that_changes_anything() -> None:
    runner = web.AppRunner(create_viewer(b'{"format": "x"}'))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as session:
        async with session.get("/api/recording") as response:
            assert await response.read() == b'{"format": "x"}'
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        async with session.get("/api/recording", headers={"Host": "evil.example"}) as response:
            assert response.status == 403
        for path in ("/api/faults", "/api/origins/tokyo/stop", "/api/traffic/pause"):
            async with session.post(path, headers=PAGE) as response:
                assert response.status == 404
    await runner.cleanup()


async def test_many_events_are_few_messages(browser: aiohttp.ClientSession, dev: Dev) -> None:
    """Of 200 measurements within a moment the page hears at most five times a second."""
    async with browser.get("/api/events") as stream:
        await next_message(stream)
        began = time.perf_counter()
        messages = appended = 0
        for index in range(200):
            dev.bus.publish(measured_event(index))
            await asyncio.sleep(0)
        while appended < 200:
            name, message = await next_message(stream)
            assert name == "changes"
            messages += 1
            appended += sum(change[0] == "append" for change in message["changes"])

    assert messages <= 2 + (time.perf_counter() - began) / 0.2


async def test_a_page_that_reads_nothing_is_sent_a_snapshot_and_delays_nobody(
    browser: aiohttp.ClientSession, dev: Dev, url: str
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]), limit=1_000)
    writer.write(b"GET /api/events HTTP/1.1\r\nHost: " + url.removeprefix("http://").encode() + b"\r\n\r\n")
    await reader.readline()  # the answer begins; from here on nothing is read
    async with browser.get("/api/events") as stream:
        await next_message(stream)
        for index in range(4 * BACKLOG_MAX):
            dev.bus.publish(measured_event(index))
            if index % 500 == 0:
                await asyncio.sleep(0)
        dev.bus.publish(edge_event())
        async with asyncio.timeout(5):
            while True:
                name, message = await next_message(stream)
                if "eu-west-1" in message.get("document", {}).get("edges", {}) or "url" in json.dumps(message):
                    break

    assert name == "snapshot", "so much at once is cheaper sent anew"
    writer.close()
    await writer.wait_closed()


async def test_a_quiet_stream_still_says_that_it_is_there(browser: aiohttp.ClientSession) -> None:
    async with browser.get("/api/events") as stream:
        await next_message(stream)
        name, message = await asyncio.wait_for(next_message(stream), 4)

    assert (name, message["changes"]) == ("changes", [])


async def test_shutting_down_does_not_wait_for_open_pages() -> None:
    runner = web.AppRunner(create_admin(Dev()), shutdown_timeout=60)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession(url) as session, session.get("/api/events") as stream:
        await next_message(stream)
        await asyncio.wait_for(runner.cleanup(), 5)
        assert await stream.content.read() == b""
