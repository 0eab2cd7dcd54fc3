"""`dev --links packets` as a user runs it: the router's function measures real round trips and survives a blackhole."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from origin_router.emulator.admin_guard import PAGE_HEADER
from origin_router.emulator.distance import round_trip_ms
from origin_router.emulator.links import CALM
from tests.support.configs import on_loopback
from tests.support.dev_process import start_dev, told_by
from tests.support.edge_lab import Lab
from tests.support.packets import carrier_before, devices

EDGE = "eu-central-1"
FAR_REGION = "us-east-1"

MOST_REQUESTS = 400
"""A request takes some milliseconds, and a second where it runs into the blackhole: far more than is needed."""


class Dev:
    """The running command, and a client of it."""

    def __init__(self, told: dict[str, Any], session: aiohttp.ClientSession, logs: Path) -> None:
        self._told = told
        self._session = session
        self._logs = logs

    async def ask(self) -> str:
        """Send one viewer's request; returns which origin has answered, or the status if none has."""
        async with self._session.get(self._told["edges"][0]["url"] + "/page") as response:
            return await response.text() if response.status == 200 else str(response.status)

    async def begin_fault(self, **fault: Any) -> None:
        """Break something."""
        url, headers = f"{self._told['admin']}/api/faults", {PAGE_HEADER: "test"}
        async with self._session.post(url, json=fault, headers=headers) as response:
            assert response.status == 201, await response.text()

    def probes(self, origin: str) -> list[dict[str, Any]]:
        """What the function has written about its measurements of an origin."""
        lines = [line for file in self._logs.rglob("*.log") for line in file.read_text().splitlines()]
        entries = [json.loads(line[line.index("{") :]) for line in lines if '"event":"probe"' in line]
        return [entry for entry in entries if entry["origin"] == origin]


@asynccontextmanager
async def dev(directory: Path, *arguments: str | Path) -> AsyncIterator[Dev]:
    """Run the command, interrupt it at the end, and see that it ends well and leaves no device."""
    devices_before = devices()
    process = await start_dev(directory, "--json", "--log-directory", directory / "logs", *arguments)
    try:
        told = await told_by(process)
        assert len(devices() - devices_before) == 1
        async with aiohttp.ClientSession() as session:
            yield Dev(told, session, directory / "logs")
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(30):
            _, errors = await process.communicate()
        assert (process.returncode, errors.decode()) == (0, "")
        assert devices() <= devices_before
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


def says(name: str) -> Any:
    """An origin that answers with its name, and wants to be asked each time."""

    async def answer(request: web.BaseRequest) -> web.Response:
        return web.Response(text=name, headers={"Cache-Control": "no-store"})

    return answer


async def test_the_router_measures_connect_times_and_survives_a_blackhole(lab: Lab, tmp_path: Path) -> None:
    """Connecting to the far origin takes its round trip; with the near one cut off, viewers are answered."""
    async with carrier_before(("127.0.0.1", 9), any=CALM):
        pass  # skips where there can be none
    _, near = await lab.origin(says("near"))
    _, far = await lab.origin(says("far"))
    config = tmp_path / "shop.toml"
    config.write_text(
        on_loopback(
            {"near": near, "far": far},
            pool="refresh_s = 1",
            origin="response_timeout_s = 1",
            dev=f'regions = {{ "near.test" = "{EDGE}", "far.test" = "{FAR_REGION}" }}',
        )
    )

    async with dev(
        tmp_path, "--config", config, "--links", "packets", "--edge", EDGE, "--environment-rate", "0"
    ) as command:
        for _ in range(MOST_REQUESTS):
            assert await command.ask() in ("near", "far")
            connected = [each["connect_ms"] for each in command.probes("far") if each["connect_ms"] is not None]
            if connected and await command.ask() == "near":
                break
        else:
            pytest.fail(f"the far origin was never measured, or was preferred: {command.probes('far')}")
        await command.begin_fault(kind="blackhole", edge=EDGE, origin="near")
        during, outcomes = list[str](), list[str]()
        while "connect_timeout" not in outcomes and len(during) < MOST_REQUESTS:
            during.append(await command.ask())
            outcomes = [each["outcome"] for each in command.probes("near")]

    assert min(connected) >= round_trip_ms(EDGE, FAR_REGION) - 1
    assert set(during) == {"far"}
    assert "connect_timeout" in outcomes, outcomes
