"""The admin routes for faults, and `origin-router fault` that uses them."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from click.testing import CliRunner, Result

from origin_router.cli.main import main
from origin_router.emulator.admin_faults import add_fault_routes
from origin_router.emulator.admin_guard import guard
from origin_router.emulator.running_edges import RunningEdge, directory, registered, running_edges
from tests.support.link_lab import EDGE, LinkLab, link_lab

PAGE = {"X-Origin-Router-Page": "1"}


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[LinkLab]:
    async with link_lab(tmp_path) as lab:
        yield lab


@pytest.fixture
async def url(lab: LinkLab) -> AsyncIterator[str]:
    app = web.Application(middlewares=[guard])
    add_fault_routes(app, lab.board)
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def page(url: str) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(url, headers=PAGE) as session:
        yield session


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A runtime directory of this test's own."""
    place = tmp_path / "runtime"
    place.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))
    return place


async def command(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, ["fault", *arguments])


async def test_a_page_begins_and_ends_faults(page: aiohttp.ClientSession, lab: LinkLab) -> None:
    async with page.post("/api/faults", json={"kind": "latency", "edge": EDGE, "ms": 30, "for_s": 60}) as response:
        assert response.status == 201
        begun = await response.json()
    async with page.get("/api/faults") as response:
        known = await response.json()
    async with page.delete(f"/api/faults/{begun['id']}") as response:
        assert (response.status, await response.read()) == (204, b"")
    async with page.delete(f"/api/faults/{begun['id']}") as response:
        assert response.status == 404
    await lab.begin("refused")
    async with page.delete("/api/faults") as response:
        assert response.status == 204

    assert known["faults"] == [begun]
    assert {"kind", "title", "parameters", "is_available", "why"} == set(known["kinds"][0])
    assert {"name", "title", "default", "min", "max"} == set(known["kinds"][0]["parameters"][0])
    assert lab.board.faults == ()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "body: is not JSON"),
        (b"[" * 100_000, "body: is not JSON"),
        (b"[]", "body: is no object"),
        (b"{}", "kind: is missing"),
        (b'{"kind": "refused", "origin": "x"}', 'origin: there is no origin "x"'),
        (b'{"kind": "latency", "ms": NaN}', "ms: nan is not a number"),
    ],
)
async def test_bad_input_is_400_and_says_why(
    page: aiohttp.ClientSession, lab: LinkLab, body: bytes, message: str
) -> None:
    async with page.post("/api/faults", data=body) as response:
        assert response.status == 400
        assert message in (await response.json())["error"]
    assert lab.board.faults == ()


async def test_other_sites_begin_no_faults(url: str, lab: LinkLab) -> None:
    """The guard of the admin address holds for these routes too."""
    async with aiohttp.ClientSession(url) as session:
        for method in ("POST", "DELETE"):
            async with session.request(method, "/api/faults", json={"kind": "refused"}) as response:
                assert response.status == 403
    assert lab.board.faults == ()


async def test_the_command_finds_the_running_edge(url: str, lab: LinkLab) -> None:
    """Add, list and clear, without being told where; and what a program reads."""
    with registered(url):
        added = await command("add", "status", "--origin", "plain", "--status", "502", "--pct", "20", "--for", "1m")
        as_json = json.loads((await command("add", "refused", "--edge", EDGE, "--json")).output)
        listed = await command("list")
        known = json.loads((await command("list", "--json")).output)
        cleared_one = await command("clear", "f1")
        rest = json.loads((await command("clear", "--json")).output)

    assert (added.exit_code, added.output) == (
        0,
        "f1: status (status 502, pct 20) between every edge and plain, for 1m\n",
    )
    assert as_json == {"id": "f2", "kind": "refused", "edge": EDGE, "origin": "*", "until": None}
    assert "until it is cleared" in listed.output
    assert [fault["id"] for fault in known["faults"]] == ["f1", "f2"]
    assert cleared_one.output == "f1 is cleared.\n"
    assert rest == {"faults": []}
    assert lab.board.faults == ()


async def test_nothing_is_on(url: str) -> None:
    assert (await command("list", "--admin", url)).output == "There is no fault.\n"
    assert (await command("clear", "--admin", url)).output == "All faults are cleared.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("add", "lag"), 2, "'lag' is not one of 'latency'"),
        (("add", "latency", "--ms", "0"), 2, "ms: 0 is out of range; allowed: 1 to 60000"),
        (("add", "refused", "--origin", "plane"), 2, 'did you mean "plain"?'),
        (("add", "refused", "--for", "10"), 2, "is not a duration"),
        (("clear", "f9"), 1, "there is no such fault; it may have ended"),
    ],
)
async def test_mistakes(url: str, arguments: tuple[str, ...], code: int, message: str) -> None:
    result = await command(*arguments, "--admin", url)

    assert result.exit_code == code
    assert message in " ".join(result.output.split())


async def test_nobody_to_speak_to(unused_tcp_port: int, runtime: Path) -> None:
    """None runs, one that was killed left its file, several run, nothing listens, no address: what to do is said."""
    none = await command("list")
    stale = runtime / "origin-router" / "edge-1.json"
    stale.parent.mkdir(mode=0o700)
    stale.write_text(json.dumps({"admin": "http://127.0.0.1:1", "started": "0"}))
    killed = await command("list", "--json")
    absent = await command("list", "--admin", f"http://127.0.0.1:{unused_tcp_port}")
    wrong = await command("list", "--admin", "localhost")

    assert (none.exit_code, killed.exit_code, absent.exit_code, wrong.exit_code) == (1, 1, 3, 2)
    assert "start one with `origin-router dev`" in none.output
    assert "start one" in json.loads(killed.output)["errors"][0]["message"]
    assert not stale.exists()
    assert "is not the page of a local edge that runs" in absent.output
    assert "--admin localhost: is not an address" in wrong.output


async def test_several_edges(runtime: Path) -> None:
    with registered("http://127.0.0.1:1"):
        (own,) = (runtime / "origin-router").iterdir()
        parent = own.with_name(f"edge-{os.getppid()}.json")
        ticks = Path(f"/proc/{os.getppid()}/stat").read_text().rpartition(")")[2].split()[19]
        parent.write_text(json.dumps({"admin": "http://127.0.0.1:2", "started": ticks}))
        found = await command("list")
        parent.unlink()

    assert found.exit_code == 2
    assert "several local edges run; choose one with --admin: http://127.0.0.1:1" in " ".join(found.output.split())


def test_the_file_is_there_as_long_as_the_edge_runs(runtime: Path) -> None:
    """Readable for the user alone, and gone with its directory afterwards."""
    with registered("http://127.0.0.1:1"):
        assert running_edges() == [RunningEdge(os.getpid(), "http://127.0.0.1:1")]
        assert directory().stat().st_mode & 0o777 == 0o700

    assert running_edges() == []
    assert list(runtime.iterdir()) == []


@pytest.mark.parametrize("content", ["", "[]", '{"admin": 1}', "\x00"])
def test_a_damaged_file_is_none(runtime: Path, content: str) -> None:
    place = runtime / "origin-router"
    place.mkdir(mode=0o700)
    (place / f"edge-{os.getpid()}.json").write_text(content)
    (place / "edge-x.json").write_text(content)

    assert running_edges() == []
    assert list(place.iterdir()) == []


def test_a_directory_that_others_can_write_is_not_believed(runtime: Path) -> None:
    """Someone else's file would lead commands to someone else's address."""
    (runtime / "origin-router").mkdir()
    (runtime / "origin-router").chmod(0o777)
    with registered("http://127.0.0.1:1"):
        assert running_edges() == []


def test_without_a_runtime_directory_a_temporary_one_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with registered("http://127.0.0.1:1"):
        assert [edge.admin for edge in running_edges()] == ["http://127.0.0.1:1"]
        assert directory() == tmp_path / f"origin-router-{os.getuid()}"


def kinds_in_help(text: str) -> Any:
    return text.partition("KIND is one of")[2]


async def test_help_names_every_kind() -> None:
    """The list in the text is written by hand."""
    from origin_router.emulator.faults import KINDS

    told = kinds_in_help((await command("add", "--help")).output)
    assert all(kind in told for kind in KINDS)
