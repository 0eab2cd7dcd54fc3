"""The demo on real sockets: distances, every fault as a client meets it, traffic, and nothing left behind."""

from __future__ import annotations

import asyncio
import ssl
import stat
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import NamedTuple

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from origin_router.cli.dev_links import places_of
from origin_router.config import load
from origin_router.emulator.bus import Bus, Subscription
from origin_router.emulator.demo import ACTIONS, REGIONS, SITES, Demo, start_demo
from origin_router.emulator.demo_origin import SLOW_S
from origin_router.emulator.demo_traffic import MAX_OPEN
from origin_router.emulator.distance import round_trip_ms
from origin_router.emulator.distribution.model import Distribution
from origin_router.emulator.links_network import LinkNetwork, LinkPlan
from origin_router.emulator.links_trust import make_trust
from origin_router.emulator.round_trips import RoundTrips

EDGE = "eu-central-1"


class Answer(NamedTuple):
    status: int
    text: str
    took_s: float
    cache_control: str


class Overlay(AbstractResolver):
    """Resolves demo hosts to where an edge finds them, as the local edge does."""

    def __init__(self, where: Mapping[str, tuple[str, int]]) -> None:
        self._where = where

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        address, real_port = self._where[f"{host}:443"]
        return [ResolveResult(hostname=host, host=address, port=real_port, family=2, proto=0, flags=0)]

    async def close(self) -> None:
        pass


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
async def bus() -> Bus:
    return Bus()


@pytest.fixture
async def events(bus: Bus) -> AsyncIterator[Subscription]:
    with bus.subscribe() as subscription:
        yield subscription


@pytest.fixture
async def links(bus: Bus) -> AsyncIterator[LinkNetwork]:
    network = LinkNetwork(bus)
    yield network
    await network.close()


@pytest.fixture
async def demo(bus: Bus, events: Subscription, links: LinkNetwork, tmp_path: Path) -> AsyncIterator[Demo]:
    """The demo, and its links from two edges, as the configuration that it wrote describes them."""
    demo = await start_demo(bus, links)
    loaded = load(demo.config_path)
    plan = LinkPlan(
        edges=REGIONS,
        places=places_of(loaded.router, Distribution(behaviors=()), loaded.dev.regions),
        round_trip_ms=RoundTrips().round_trip_ms,
    )
    fixed = {f"{site.host}:443": target for site in SITES if (target := loaded.dev.target(site.host, 443))}
    await links.start(plan, lambda _: fixed, tmp_path, make_trust(tmp_path, loaded.dev.ca_file))
    yield demo
    await demo.stop()


@pytest.fixture
async def edge(demo: Demo, links: LinkNetwork) -> AsyncIterator[aiohttp.ClientSession]:
    """A client that reaches the origins as the edge in Frankfurt does, and verifies their certificates."""
    tls = ssl.create_default_context(cafile=load(demo.config_path).dev.ca_file)
    connector = aiohttp.TCPConnector(resolver=Overlay(links.addresses(EDGE)), ssl=tls, use_dns_cache=False)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


async def ask(
    edge: aiohttp.ClientSession, origin: str, *, method: str = "GET", path: str = "/", timeout_s: float = 3
) -> Answer:
    began = time.perf_counter()
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    async with edge.request(method, f"https://{origin}.demo.test{path}", timeout=timeout) as response:
        text = await response.text()
        took_s = time.perf_counter() - began
        return Answer(response.status, text, took_s, response.headers["Cache-Control"])


async def test_every_origin_answers_over_verified_tls_from_its_distance(
    demo: Demo, edge: aiohttp.ClientSession
) -> None:
    """On a standing connection an answer takes the round trip and the server's own time, not less."""
    took_s = {}
    for site in SITES:
        await ask(edge, site.name)
        answer = await ask(edge, site.name)
        took_s[site.name] = answer.took_s

        assert (answer.status, answer.cache_control) == (200, "no-store")
        assert site.name in answer.text
        assert answer.took_s >= round_trip_ms(EDGE, site.region) / 1000 + site.server_time_s
    assert sorted(took_s, key=took_s.__getitem__) == ["frankfurt", "virginia", "tokyo"]


async def test_head_is_answered_and_static_files_may_be_cached(edge: aiohttp.ClientSession) -> None:
    head = await ask(edge, "frankfurt", method="HEAD")
    static = await ask(edge, "frankfurt", path="/static/site.css")

    assert (head.status, head.text) == (200, "")
    assert static.cache_control == "public, max-age=5"


async def test_edges_see_different_distances(demo: Demo, links: LinkNetwork, events: Subscription) -> None:
    """Each edge has addresses of its own for the same hosts, and says how far they are."""
    here, there = (links.addresses(region) for region in REGIONS)
    events.close()
    told = {
        (event["edge"], event["origin"]): event["round_trip_ms"] async for event in events if event["type"] == "link"
    }

    assert {f"{site.host}:443" for site in SITES} == set(here) == set(there)
    assert told["eu-central-1", "frankfurt"] == told["us-east-1", "virginia"] == 1
    assert told["eu-central-1", "virginia"] == told["us-east-1", "frankfurt"] == pytest.approx(92.4, abs=1)
    assert set(here.values()).isdisjoint(there.values())


async def test_slow_and_error_and_revive(demo: Demo, edge: aiohttp.ClientSession) -> None:
    await demo.apply("frankfurt", "slow")
    slow = await ask(edge, "frankfurt")
    await demo.apply("frankfurt", "error")
    broken = await ask(edge, "frankfurt")
    await demo.apply("frankfurt", "revive")
    revived = await ask(edge, "frankfurt")

    assert slow.status == 200
    assert slow.took_s >= SLOW_S
    assert broken.status == 500
    assert revived.status == 200
    assert revived.took_s < SLOW_S


async def test_a_stopped_origin_refuses_connections_and_resets_open_ones(
    demo: Demo, links: LinkNetwork, edge: aiohttp.ClientSession
) -> None:
    address = links.addresses(EDGE)["frankfurt.demo.test:443"]
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"\x16\x03\x01")  # a TLS record begins: the origin waits for the rest
    await asyncio.sleep(0)

    await demo.apply("frankfurt", "stop")

    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(reader.read(), 2)
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*address)
    await demo.apply("frankfurt", "revive")
    assert (await ask(edge, "frankfurt")).status == 200


async def test_a_silent_origin_accepts_and_does_not_answer_until_it_is_revived(
    demo: Demo, edge: aiohttp.ClientSession
) -> None:
    await ask(edge, "frankfurt")
    await demo.apply("frankfurt", "silent")

    with pytest.raises(TimeoutError):
        await ask(edge, "frankfurt", timeout_s=0.3)
    await demo.apply("frankfurt", "revive")
    assert (await ask(edge, "frankfurt")).status == 200


@pytest.mark.parametrize("first", ACTIONS)
@pytest.mark.parametrize("second", ACTIONS)
async def test_any_state_follows_any_other_and_ends_well(
    demo: Demo, edge: aiohttp.ClientSession, first: str, second: str
) -> None:
    for action in (first, second, "revive"):
        await demo.apply("frankfurt", action)

    assert (await ask(edge, "frankfurt")).status == 200
    assert (await ask(edge, "virginia")).status == 200, "the others are not touched"


async def test_changes_are_published(demo: Demo, events: Subscription) -> None:
    await demo.apply("tokyo", "silent")
    demo.set_traffic(is_running=False)
    events.close()
    seen = [event async for event in events]

    assert [(event["origin"], event["state"]) for event in seen if event["type"] == "origin"] == [
        ("frankfurt", "ok"),
        ("virginia", "ok"),
        ("tokyo", "ok"),
        ("tokyo", "silent"),
    ]
    assert [event["is_running"] for event in seen if event["type"] == "traffic"] == [True, False]
    assert demo.origins["tokyo"] == "silent"


@pytest.mark.parametrize(("origin", "action"), [("paris", "stop"), ("tokyo", "explode")])
async def test_an_unknown_origin_or_action_is_a_key_error(demo: Demo, origin: str, action: str) -> None:
    with pytest.raises(KeyError):
        await demo.apply(origin, action)


async def test_viewers_visit_each_edge_until_paused(bus: Bus, demo: Demo) -> None:
    """One begins, the others follow its answer; they also do not pile up in front of an edge that does not answer."""
    arrived: asyncio.Queue[str] = asyncio.Queue()
    answer_first, release = asyncio.Event(), asyncio.Event()

    async def viewer_address(request: web.BaseRequest) -> web.StreamResponse:
        arrived.put_nowait(request.path)
        await (release if answer_first.is_set() else answer_first).wait()
        return web.Response()

    server = web.Server(viewer_address)
    listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    bus.publish({"type": "edge", "at": time.time(), "edge": EDGE, "url": f"http://127.0.0.1:{port}"})

    first = await asyncio.wait_for(arrived.get(), 5)
    await asyncio.sleep(0.7)  # two more would have come
    came_before_an_answer = arrived.qsize()
    answer_first.set()
    paths = [await asyncio.wait_for(arrived.get(), 5) for _ in range(MAX_OPEN)]
    await asyncio.sleep(0.7)
    piled_up = arrived.qsize()
    demo.set_traffic(is_running=False)
    release.set()
    await asyncio.sleep(0.7)
    after_pause = arrived.qsize()
    demo.set_traffic(is_running=True)
    await asyncio.wait_for(arrived.get(), 5)
    listener.close()
    await server.shutdown(0.1)
    await listener.wait_closed()

    assert {"/", "/products/42", "/static/site.css", "/cart"} == {*paths}
    assert (first, came_before_an_answer) == ("/", 0)
    assert (piled_up, after_pause) == (0, 0)


async def test_secrets_are_private_and_nothing_is_left(bus: Bus) -> None:
    before = open_files()
    demo = await start_demo(bus, LinkNetwork(bus))
    directory = demo.config_path.parent
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}

    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert {0o600} == {modes[f"{site.host}.pem"] for site in SITES}
    assert b"PRIVATE KEY" not in (directory / "ca.pem").read_bytes()
    await demo.stop()
    assert not directory.exists()
    assert before == open_files()
    assert {asyncio.current_task()} == asyncio.all_tasks()
