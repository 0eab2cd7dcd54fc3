"""A recorded run sent again."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from aiohttp import web
from click.testing import CliRunner

from origin_router.cli.main import main
from origin_router.emulator.recorded import Recorded, read_log
from origin_router.emulator.replay import replay
from tests.support.edge_lab import Lab, hello


async def test_a_run_is_recorded_and_replayed(lab: Lab) -> None:
    """The same requests arrive again, with their Host and query string."""
    await lab.origin(hello)
    edge = await lab.edge()
    for path in ("/a?b=c", "/d"):
        await edge.get(path, headers={"User-Agent": "once"})
    requests, _ = read_log(edge.log_path, 10)

    result = await replay(requests, edge.edge.url, speed=0, concurrency=2)

    assert (result.sent, dict(result.statuses), dict(result.answers)) == (2, {"200": 2}, {"Miss": 2})
    again = edge.log()[2:]
    assert sorted(entry["cs-uri-stem"] for entry in again) == ["/a", "/d"]
    assert {entry["cs(User-Agent)"] for entry in again} == {"once"}


async def test_the_pace_is_kept(lab: Lab) -> None:
    """Ten times faster: half a second becomes fifty milliseconds."""
    came: list[float] = []

    async def origin(request: web.BaseRequest) -> web.Response:
        came.append(asyncio.get_running_loop().time())
        return web.Response()

    address, port = await lab.origin(origin)
    requests = [Recorded(at, "GET", f"/{at}") for at in (100.0, 100.5, 101.0)]

    await replay(requests, f"http://{address}:{port}", speed=10, concurrency=8)

    assert [round(later - came[0], 2) for later in came] == pytest.approx([0, 0.05, 0.1], abs=0.04)


async def test_it_is_bounded(lab: Lab) -> None:
    """Never more at once than agreed, and it says how far it fell behind."""
    at_once = most = 0

    async def origin(request: web.BaseRequest) -> web.Response:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.02)
        at_once -= 1
        return web.Response()

    address, port = await lab.origin(origin)
    requests = [Recorded(1.0, "GET", "/") for _ in range(10)]

    result = await replay(requests, f"http://{address}:{port}", speed=1, concurrency=3)

    assert (most, result.sent) == (3, 10)
    assert result.lag_ms >= 40


async def test_what_does_not_answer_is_counted() -> None:
    """By kind; the replay goes on."""
    result = await replay([Recorded(1, "GET", "/")] * 2, "http://127.0.0.1:9", speed=0, concurrency=1)

    assert dict(result.failures) == {"ClientConnectorError": 2}
    assert result.quantile_ms(0.5) is None


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["log", "--to", "http://127.0.0.1:9", "--speed", "0"], 3, "ClientConnectorError"),
        (["log", "--to", "https://www.example.com"], 2, "--remote allows it"),
        (["log", "--to", "127.0.0.1:80"], 2, "is not a URL"),
        (["missing", "--to", "http://localhost:9"], 2, "missing: cannot be read"),
        (["empty", "--to", "http://localhost:9"], 1, "there is nothing to send"),
        (["bad", "--to", "http://localhost:9"], 1, "bad: line 1 is neither"),
    ],
)
def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, told: str
) -> None:
    """Exit codes and messages."""
    monkeypatch.chdir(tmp_path)
    Path("log").write_text(json.dumps({"timestamp": 1, "cs-method": "GET", "cs-uri-stem": "/"}))
    Path("empty").write_text("")
    Path("bad").write_text("what is this")

    result = CliRunner().invoke(main, ["replay", *arguments])

    assert (result.exit_code, result.exception is None or isinstance(result.exception, SystemExit)) == (code, True)
    assert told in result.output
