"""`origin-router dev` as a process of its own: one line of JSON, one Ctrl-C, nothing left behind."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.configs import on_loopback
from tests.support.dev_process import start_dev, told_by
from tests.support.edge_lab import Lab, hello


@dataclass
class Running:
    """A started command."""

    process: asyncio.subprocess.Process
    told: dict[str, Any]

    async def get(self, path: str = "/") -> tuple[int, str]:
        """Ask the first edge."""
        async with aiohttp.ClientSession() as session, session.get(self.told["edges"][0]["url"] + path) as response:
            return response.status, await response.text()

    def children(self) -> list[int]:
        """Process ids of the environments."""
        return [
            int(pid) for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        ]


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """The directory for temporary files of the commands."""
    directory = tmp_path / "temporary"
    directory.mkdir()
    return directory


@asynccontextmanager
async def running(temporary: Path, *arguments: str | Path) -> AsyncIterator[Running]:
    """Run the command until its line of JSON, and see that it is gone afterwards."""
    process = await start_dev(temporary, "--json", *arguments)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        yield Running(process, await told_by(process))
    finally:
        if process.returncode is None:
            process.kill()
        assert await process.stdout.read() == b""
        await process.stderr.read()
        await process.wait()


async def config(lab: Lab) -> Path:
    """A configuration with one origin, which serves."""
    _, port = await lab.origin(hello)
    path = lab.directory / "shop.toml"
    path.write_text(on_loopback({"one": port}))
    return path


async def gone(pids: list[int]) -> None:
    """Wait until none of these processes exists."""
    async with asyncio.timeout(5):
        while any(Path(f"/proc/{pid}").exists() for pid in pids):
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_serves_until_it_is_interrupted_once(
    lab: Lab, temporary: Path, number: signal.Signals, unused_tcp_port: int
) -> None:
    """One signal ends it with exit code 0: frozen environments, sockets and temporary files included."""
    log = lab.directory / "access.jsonl"
    arguments = ("--config", await config(lab), "--edge", f"eu-west-2:{unused_tcp_port}", "--access-log", log)
    async with running(temporary, *arguments) as command:
        url = f"http://127.0.0.1:{unused_tcp_port}"
        assert command.told["edges"] == [{"region": "eu-west-2", "url": url}]
        assert await command.get("/x") == (200, "hello GET /x")
        environments = command.children()
        assert environments
        command.process.send_signal(number)
        async with asyncio.timeout(5):
            assert await command.process.wait() == 0

    await gone(environments)
    assert list(temporary.iterdir()) == []
    assert json.loads(log.read_text())["r-host"] == "one.test"


async def test_even_when_it_is_killed_no_frozen_process_stays(lab: Lab, temporary: Path) -> None:
    """The kernel ends orphaned process groups that are stopped."""
    async with running(temporary, "--config", await config(lab)) as command:
        await command.get()
        environments = command.children()
        command.process.kill()
        await command.process.wait()

    await gone(environments)


@pytest.mark.parametrize("freeze", ["process", "vm"])
@pytest.mark.parametrize("extensions", ["on", "off"])
async def test_our_own_function_in_all_surroundings(lab: Lab, temporary: Path, freeze: str, extensions: str) -> None:
    """The built zip answers, whatever is frozen and whether or not extensions are served."""
    arguments = ("--config", await config(lab), "--freeze", freeze, "--extensions", extensions)
    async with running(temporary, *arguments) as command:
        for _ in range(3):
            assert await command.get() == (200, "hello GET /")
        command.process.send_signal(signal.SIGINT)
        assert await command.process.wait() == 0


async def test_the_demo_starts_and_ends(temporary: Path) -> None:
    """Without a configuration: two edges, origins of its own over verified TLS, and no trace afterwards."""
    async with running(temporary) as command:
        assert [edge["region"] for edge in command.told["edges"]] == ["eu-central-1", "us-east-1"]
        status, text = await command.get()
        assert status == 200
        assert text.startswith("Hello from")
        command.process.send_signal(signal.SIGINT)
        assert await command.process.wait() == 0

    assert list(temporary.iterdir()) == []


async def test_a_port_in_use_is_one_line(lab: Lab, temporary: Path) -> None:
    """It says which port and what to do; exit code 1."""
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    process = await start_dev(temporary, "--config", await config(lab), "--edge", f"us-east-1:{port}")
    out, error = await process.communicate()
    taken.close()

    assert process.returncode == 1
    assert out == b""
    (line,) = error.decode().splitlines()
    assert f"port {port} " in line
    assert "is in use" in line


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--edge", "us-middle-1"), 2, "choose from ap-northeast-1"),
        (("--edge", "us-east-1:port"), 2, "is not a Region, optionally followed by"),
        (("--edge", "us-east-1:70000"), 2, "port 70000 is not one of"),
        (("--edge", "us-east-1", "--edge", "us-east-1:8081"), 2, "each --edge needs a Region of its own"),
        (("--demo", "--config", "x.toml"), 2, "exclude each other"),
        (("--config", "missing.toml"), 2, "missing.toml"),
        (("--demo", "--links", "wires"), 2, "'wires' is not one of 'direct'"),
        (("--demo", "--round-trips", "missing.csv"), 2, "missing.csv: cannot be read"),
        (("--demo", "--faults", "missing.toml"), 2, "missing.toml: cannot be read"),
        (("--access-log", "missing/access.jsonl"), 1, "missing/access.jsonl"),
    ],
)
async def test_mistakes_are_one_line(temporary: Path, arguments: tuple[str, ...], code: int, message: str) -> None:
    """What is wrong and what to do, without a traceback."""
    process = await start_dev(temporary, *arguments)
    out, error = await process.communicate()

    assert (process.returncode, out) == (code, b"")
    assert message in error.decode().replace("\n", " ")
    assert "Traceback" not in error.decode()
    assert list(temporary.iterdir()) == []
