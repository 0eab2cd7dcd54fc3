"""Links as a running local edge has them: the function's processes, frozen machines, carriers, schedules."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import pytest

from origin_router.bundle import build
from origin_router.cli.dev_links import places_of
from origin_router.config import ConfigError, load
from origin_router.emulator import launcher
from origin_router.emulator.bus import Bus
from origin_router.emulator.dev_server import DevOptions, DevServer, EdgeAddress
from origin_router.emulator.distribution.model import Behavior, Distribution
from origin_router.emulator.faults_schedule import Scheduled, play_schedule, read_schedule
from origin_router.emulator.links import Address, CarriedLink, LinkCondition
from origin_router.emulator.links_addresses import EdgeAddresses
from origin_router.emulator.links_network import LinkPlan
from origin_router.emulator.placeholder import CustomPlaceholder
from origin_router.emulator.surroundings import Freeze
from tests.support.configs import on_loopback
from tests.support.edge_lab import Lab
from tests.support.link_lab import BODY, EDGE, PLAIN, SECURE, link_lab


class Shop:
    """A local edge that runs our own function before two origins."""

    def __init__(self, server: DevServer) -> None:
        self.server = server
        self.session = aiohttp.ClientSession()

    async def ask(self) -> tuple[int, str, str]:
        """Status, origin's name and X-Cache."""
        async with self.session.get(self.server.edges[0].url) as response:
            text = await response.text()
            return response.status, text, response.headers.get("X-Cache", "")

    async def stop(self) -> None:
        await self.session.close()
        await self.server.stop()


async def start_shop(lab: Lab, freeze: Freeze, **options: object) -> Shop:
    """Start it; each origin answers with its own name."""
    from aiohttp import web

    def named(name: str) -> object:
        async def answer(request: web.BaseRequest) -> web.Response:
            return web.Response(text=name)

        return answer

    ports = {name: (await lab.origin(named(name)))[1] for name in ("one", "two")}  # type: ignore[arg-type]
    path = lab.directory / "shop.toml"
    path.write_text(on_loopback(ports, pool="refresh_s = 1", origin="response_timeout_s = 1"))
    loaded = load(path)
    built = build(loaded.router)
    placeholder = CustomPlaceholder(domain="one.test", id="one", port=ports["one"], protocol="http")
    distribution = Distribution(behaviors=(Behavior(target=placeholder),), error_caching_s=0)
    addresses = {f"{name}.test:{port}": port for name, port in ports.items()}
    server = DevServer(Bus())
    places = places_of(loaded.router, distribution, {})
    await server.start(
        DevOptions(
            edges=(EdgeAddress(EDGE),),
            name="shop",
            zip_data=built.zip_bytes,
            handler=built.handler,
            distribution=distribution,
            links=LinkPlan(places=places),
            resolve=lambda _: {address: ("127.0.0.1", port) for address, port in addresses.items()},
            origins=tuple(addresses),
            freeze=freeze,
            **options,  # type: ignore[arg-type]
        )
    )
    return Shop(server)


async def until_answered_by(shop: Shop, *names: str) -> None:
    """Ask until only these origins answered a few times in a row."""
    in_a_row = 0
    async with asyncio.timeout(30):
        while in_a_row < 5:
            status, name, _ = await shop.ask()
            in_a_row = in_a_row + 1 if status == 200 and name in names else 0
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("freeze", list(Freeze))
@pytest.mark.parametrize("kind", ["refused", "blackhole", "status", "latency"])
async def test_the_router_leaves_a_broken_link_and_comes_back(lab: Lab, freeze: Freeze, kind: str) -> None:
    """A fault that begins while connections stand reaches function and edge, also through a frozen machine's relays."""
    shop = await start_shop(lab, freeze)
    try:
        await until_answered_by(shop, "one", "two")
        for broken, other in (("one", "two"), ("two", "one")):
            fault = await shop.server.faults.add({"kind": kind, "origin": broken})
            await until_answered_by(shop, other)
            shop.server.faults.remove(fault.id)
            await asyncio.sleep(0)
        await until_answered_by(shop, "one", "two")
    finally:
        await shop.stop()


async def test_dns_fails_for_edge_and_function(lab: Lab) -> None:
    """CloudFront looks up the configured origin before anything else; so its viewers see it, as the log says."""
    shop = await start_shop(lab, Freeze.PROCESS)
    try:
        fault = await shop.server.faults.add({"kind": "dns", "origin": "*"})
        status, _, x_cache = await shop.ask()
        shop.server.faults.remove(fault.id)
        await until_answered_by(shop, "one", "two")
    finally:
        await shop.stop()

    assert (status, x_cache) == (502, "Error from cloudfront")


async def test_a_schedule_runs(lab: Lab) -> None:
    """Faults begin in their order after the edge serves, and end in their time."""
    schedule = (
        Scheduled(0.2, {"kind": "latency", "origin": "two", "for_s": 0.1}),
        Scheduled(0.0, {"kind": "refused", "origin": "one", "for_s": 0.1}),
    )
    shop = await start_shop(lab, Freeze.PROCESS, schedule=schedule)
    told = []
    try:
        with shop.server.bus.subscribe() as events:
            async with asyncio.timeout(10):
                async for event in events:
                    if event["type"] == "fault":
                        told.append((event["fault"]["kind"], event["is_active"]))
                    if len(told) == 4:
                        break
    finally:
        await shop.stop()

    assert told == [("refused", True), ("refused", False), ("latency", True), ("latency", False)]


async def test_a_schedule_that_is_stopped_begins_nothing(tmp_path: Path) -> None:
    async with link_lab(tmp_path) as lab:
        play = play_schedule([Scheduled(60, {"kind": "refused"})], lab.board)
        await play.stop()

        assert lab.board.faults == ()


def schedule_file(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "faults.toml"
    file.write_text(textwrap.dedent(text))
    return file


def test_a_schedule_is_read(tmp_path: Path) -> None:
    file = schedule_file(
        tmp_path,
        """
        [[faults]]
        kind = "dns"
        [[faults]]
        at_s = 1.5
        for_s = 30
        kind = "latency"
        edge = "eu-west-1"
        origin = "eu"
        ms = 20
        """,
    )

    assert read_schedule(file, ["eu-west-1"], ["eu"]) == (
        Scheduled(0, {"kind": "dns"}),
        Scheduled(1.5, {"for_s": 30, "kind": "latency", "edge": "eu-west-1", "origin": "eu", "ms": 20}),
    )


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("", ["faults: is missing"]),
        ("[faults]\nkind = 'dns'", ["faults: is missing; write [[faults]]"]),
        ("[[faults", ["is not valid TOML"]),
        (
            "x = 1\n[[faults]]\nkind = 'lag'\n[[faults]]\nkind = 'dns'\nat_s = -1",
            ["x: is not", "faults[0].kind: ", "faults[1].at_s: -1"],
        ),
        ("[[faults]]\nkind = 'dns'\nuntil = 1", ["faults[0].until: a schedule counts from its beginning"]),
        ("[[faults]]\nkind = 'dns'\norigin = 'ue'", ['faults[0].origin: there is no origin "ue"']),
    ],
)  # fmt: skip
def test_mistakes_in_a_schedule(tmp_path: Path, text: str, messages: list[str]) -> None:
    """All of them at once, each with its place."""
    with pytest.raises(ConfigError) as refused:
        read_schedule(schedule_file(tmp_path, text), ["eu-west-1"], ["eu"])

    assert len(refused.value.problems) == len(messages)
    for problem, message in zip(refused.value.problems, messages, strict=True):
        assert str(problem).startswith(message)


def test_a_schedule_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_schedule(tmp_path / "missing.toml", [], [])


class RecordingCarrier:
    """Carries nothing: leads to the relay and notes what it is told."""

    def __init__(self) -> None:
        self.links: dict[tuple[str, str], CarriedLink] = {}
        self.told: list[tuple[str, str, LinkCondition]] = []
        self.is_closed = False

    async def start(self, links: Sequence[CarriedLink]) -> None:
        self.links = {(link.edge, link.origin): link for link in links}

    def address_of(self, edge: str, origin: str) -> Address:
        return self.links[edge, origin].target

    def set_condition(self, edge: str, origin: str, condition: LinkCondition) -> None:
        self.told.append((edge, origin, condition))

    async def close(self) -> None:
        self.is_closed = True


async def test_a_carrier_is_told_what_packets_meet(tmp_path: Path) -> None:
    """Delay, loss and blackhole are the carrier's; the relay behind it adds none, and does what needs TLS or HTTP."""
    carrier = RecordingCarrier()
    async with link_lab(tmp_path, round_trip_ms=60_000, make_carrier=lambda: carrier) as lab:
        assert (await lab.ask()).body == BODY
        await lab.begin("blackhole")
        await lab.begin("loss", pct=10)
        assert (await lab.ask()).body == BODY
        carrier.told.clear()
        await lab.begin("status", status=503)
        assert (await lab.ask()).status == 503
        lab.board.clear()

    assert set(carrier.links) == {(edge, key) for edge in (EDGE, "us-east-1") for key in (SECURE.key, PLAIN.key)}
    assert {link.condition for link in carrier.links.values()} == {LinkCondition(round_trip_ms=60_000)}
    assert carrier.told[0] == (
        EDGE,
        SECURE.key,
        LinkCondition(round_trip_ms=60_000, loss_pct=10, is_blackholed=True),
    )
    assert carrier.told[-1] == (EDGE, SECURE.key, LinkCondition(round_trip_ms=60_000))
    assert carrier.is_closed


def test_the_process_follows_the_file(tmp_path: Path) -> None:
    """What is said once goes before the file; the file before the system; a failing name before everything."""
    file = tmp_path / "addresses.json"
    addresses = EdgeAddresses({"fixed.test:80": ("127.0.0.1", 1), "own.test:80": ("127.0.0.1", 1)}, file)
    addresses.lead("link.test:80", ("127.0.0.1", 2))
    program = f"""
        import json, runpy, socket, sys
        runpy.run_path({launcher.__file__!r})["overlay_name_resolution"](
            json.dumps({{"own.test:80": ["127.0.0.1", 3]}}), {str(file)!r}
        )
        for line in sys.stdin:
            try:
                print(socket.getaddrinfo(line.strip(), 80)[0][4][1], flush=True)
            except socket.gaierror as error:
                print(error.errno == socket.EAI_NONAME, flush=True)
    """
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", textwrap.dedent(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def look_up(host: str) -> str:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(host + "\n")
            process.stdin.flush()
            return process.stdout.readline().strip()

        before = [look_up(host) for host in ("fixed.test", "link.test", "own.test", "127.0.0.1")]
        addresses.set_failing(["own.test", "fixed.test"])
        addresses.lead("link.test:80", ("127.0.0.1", 4))
        after = [look_up(host) for host in ("fixed.test", "link.test", "own.test", "127.0.0.1")]
        process.stdin.close()

    assert before == ["1", "2", "3", "80"]
    assert after == ["True", "4", "True", "80"]
    assert json.loads(file.read_text())["failing"] == ["fixed.test", "own.test"]
