"""Everything that `dev` starts, started and stopped as a whole."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from origin_router.emulator.bus import Bus
from origin_router.emulator.dev_server import DevOptions, DevServer, EdgeAddress
from origin_router.emulator.distribution.model import Behavior, Distribution
from origin_router.emulator.placeholder import CustomPlaceholder
from origin_router.emulator.ports import PortUnavailable
from tests.support.edge_lab import GENERATED


def zipped(source: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("package/__init__.py", "")
        archive.writestr("package/app.py", source)
    return packed.getvalue()


def options(*edges: EdgeAddress, admin_port: int | None = None, access_log: Path | None = None) -> DevOptions:
    return DevOptions(
        edges=edges,
        name="probe",
        zip_data=zipped(
            f"{GENERATED}\nimport os\ndef handler(event, context):\n    return answer(os.environ['AWS_REGION'])"
        ),
        handler="package.app.handler",
        distribution=Distribution(behaviors=(Behavior(target=CustomPlaceholder(domain="origin.test")),)),
        resolve=lambda _: {"origin.test:443": ("127.0.0.1", 9)},
        admin_port=admin_port,
        access_log=access_log,
    )


async def get(url: str) -> str:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return await response.text()


async def test_two_edges_and_the_admin_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unused_tcp_port_factory: Callable[[], int]
) -> None:
    """Each edge runs the function in its Region; all write one log; the page knows both; nothing is left afterwards."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    files = set(Path("/proc/self/fd").iterdir())
    server = DevServer(Bus())
    log = tmp_path / "access.jsonl"
    ports = [unused_tcp_port_factory() for _ in range(3)]
    edges = EdgeAddress("eu-west-1", ports[0]), EdgeAddress("sa-east-1", ports[1])

    await server.start(options(*edges, admin_port=ports[2], access_log=log))
    answers = [await get(edge.url) for edge in server.edges]
    state = await get(f"{server.admin_url}/api/state")
    await server.stop()

    assert [edge.url for edge in server.edges] == [f"http://127.0.0.1:{port}" for port in ports[:2]]
    assert answers == ['"eu-west-1"', '"sa-east-1"']
    assert len(log.read_text().splitlines()) == 2
    assert "eu-west-1" in state
    assert "sa-east-1" in state
    assert list(tmp_path.iterdir()) == [log]
    await asyncio.sleep(0)
    assert set(Path("/proc/self/fd").iterdir()) <= files


async def test_a_start_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    """A port in use, an unknown Region, a log that cannot be written: refused, and everything closed."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    files = set(Path("/proc/self/fd").iterdir())
    first = DevServer(Bus())
    await first.start(options(EdgeAddress("eu-west-1", unused_tcp_port)))

    for expected, wrong in (
        (PortUnavailable, options(EdgeAddress("us-east-1"), EdgeAddress("eu-west-1", unused_tcp_port))),
        (PortUnavailable, options(EdgeAddress("us-east-1"), admin_port=unused_tcp_port)),
        (ValueError, options(EdgeAddress("us-east-1"), EdgeAddress("us-middle-1"))),
        (OSError, options(EdgeAddress("us-east-1"), access_log=tmp_path / "missing" / "log")),
    ):
        with pytest.raises(expected):
            await DevServer(Bus()).start(wrong)
    await first.stop()

    assert list(tmp_path.iterdir()) == []
    await asyncio.sleep(0)
    assert set(Path("/proc/self/fd").iterdir()) <= files
