"""Every kind of fault on real sockets: what a plain client meets, what the router's probe makes of it, and its end."""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from origin_router.edge.probing import probe_once
from origin_router.emulator.faults import KINDS, FaultError
from origin_router.emulator.links import Mode
from origin_router.routing.model import Outcome
from tests.support.edge import config, origin, probe
from tests.support.link_lab import BODY, EDGE, PLAIN, SECURE, LinkLab, link_lab

BRIEFLY_S = 0.4
"""How long a client waits for what does not come."""


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[LinkLab]:
    async with link_lab(tmp_path) as lab:
        yield lab


async def is_well(lab: LinkLab) -> bool:
    """Whether both origins answer as if nothing had been."""
    answers = [await lab.ask(place) for place in (SECURE, PLAIN)]
    return [(each.status, each.body) for each in answers] == [(200, BODY)] * 2


CASES: list[tuple[str, dict[str, Any], type[BaseException] | tuple[type[BaseException], ...] | int]] = [
    ("refused", {}, ConnectionRefusedError),
    ("blackhole", {}, TimeoutError),
    ("silent", {}, TimeoutError),
    ("tls_stall", {}, TimeoutError),
    ("wrong_certificate", {}, ssl.SSLCertVerificationError),
    ("status", {"status": 502}, 502),
    ("slow_body", {"bytes_per_s": 10}, 200),
    ("reset", {}, (ConnectionResetError, http.client.RemoteDisconnected)),
    ("dns", {}, socket.gaierror),
    ("latency", {"ms": 20}, 200),
    ("jitter", {"ms": 20}, 200),
    ("loss", {"pct": 1}, 200),
]


def test_every_kind_has_its_case() -> None:
    assert {kind for kind, _, _ in CASES} == KINDS.keys()


@pytest.mark.parametrize(("kind", "values", "expected"), CASES, ids=[kind for kind, _, _ in CASES])
async def test_what_a_client_meets_and_that_it_ends(
    lab: LinkLab, kind: str, values: dict[str, Any], expected: Any
) -> None:
    """The other origin is not touched; afterwards everything answers again."""
    assert await lab.network.prepare(await lab.begin("latency", ms=1))  # so that there is a relay
    lab.board.clear()
    assert await is_well(lab)

    fault = await lab.begin(kind, **values)
    if kind == "slow_body":
        with lab.client(timeout_s=BRIEFLY_S) as client, pytest.raises(TimeoutError):
            await asyncio.wait_for(client.ask(), BRIEFLY_S)
    elif isinstance(expected, int):
        assert (await lab.ask()).status == expected
    else:
        with pytest.raises(expected):
            await lab.ask(timeout_s=BRIEFLY_S)
    assert (await lab.ask(PLAIN)).body == BODY
    assert lab.board.remove(fault.id)

    assert await is_well(lab)
    assert not lab.board.remove(fault.id)


OUTCOMES = {
    "refused": Outcome.REFUSED,
    "blackhole": Outcome.CONNECT_TIMEOUT,
    "silent": Outcome.CONNECT_TIMEOUT,
    "tls_stall": Outcome.CONNECT_TIMEOUT,
    "wrong_certificate": Outcome.TLS,
    "status": Outcome.BAD_STATUS,
    "reset": Outcome.PROTOCOL,
    "dns": Outcome.DNS,
    "latency": Outcome.OK,
    "slow_body": Outcome.OK,
}
"""A probe of the router asks for a head only, so a slow body is none of its business."""


@pytest.mark.parametrize("kind", OUTCOMES)
async def test_what_the_routers_probe_makes_of_it(lab: LinkLab, kind: str) -> None:
    """Each fault is told apart as the router's documentation says."""
    await lab.begin(kind)
    addresses = lab.network.addresses(EDGE)
    router = config(
        origin("secure", host=SECURE.host),
        probe=probe(connect_timeout_ms=500 if OUTCOMES[kind] is Outcome.CONNECT_TIMEOUT else 5_000),
    )

    def resolve(host: str, port: int) -> list[tuple[str, int]]:
        return [] if addresses.fails(host) else [addresses[f"{host}:{port}"]]

    assert lab.trust is not None
    (report,) = await asyncio.to_thread(probe_once, router, resolve=resolve, ca_file=lab.trust.ca_file)
    assert report.outcome is OUTCOMES[kind]


@pytest.mark.parametrize("kind", ["silent", "tls_stall", "blackhole", "latency"])
async def test_who_waits_when_it_ends_is_served(lab: LinkLab, kind: str) -> None:
    """What was under way recovers: nobody has to begin anew."""
    values: dict[str, Any] = {"ms": 60_000} if kind == "latency" else {}
    fault = await lab.begin(kind, **values)
    waiting = asyncio.create_task(lab.ask())
    await asyncio.sleep(0.2)
    assert not waiting.done()
    lab.board.remove(fault.id)

    assert (await waiting).body == BODY


async def test_a_slow_body_is_slow_and_then_comes_at_once(lab: LinkLab) -> None:
    """3,000 bytes at 10 a second would take five minutes."""
    fault = await lab.begin("slow_body", bytes_per_s=10)
    waiting = asyncio.create_task(lab.ask())
    await asyncio.sleep(0.3)
    lab.board.remove(fault.id)

    assert (await waiting).body == BODY


async def test_kept_connections_meet_faults_of_their_requests(lab: LinkLab) -> None:
    """A connection that stood before the fault is closed in peace; the client's next one meets it, and stays after."""
    await lab.begin("latency", ms=1)
    with lab.client() as old, lab.client() as new:
        assert (await old.ask()).status == 200
        fault = await lab.begin("status", status=503)
        await asyncio.sleep(0.3)  # until it is taken for idle
        with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
            await old.ask()

        assert (await new.ask()).status == 503
        assert (await new.ask(method="HEAD")).status == 503
        lab.board.remove(fault.id)
        assert (await new.ask()).body == BODY


async def test_a_request_with_a_body_that_is_failed(lab: LinkLab) -> None:
    """It is answered, and the origin does not see it; one that is not failed arrives whole."""
    fault = await lab.begin("status", status=500)
    big = b"b" * 500_000
    assert (await lab.ask(method="PUT", body=big)).status == 500
    assert lab.asked == []

    lab.board.remove(fault.id)
    await lab.begin("slow_body", bytes_per_s=100_000_000)  # through the front, and unharmed
    assert (await lab.ask(method="PUT", body=big)).body == big


async def test_a_share_of_the_requests(lab: LinkLab) -> None:
    """Half of them, on one connection: neither none nor all (one chance in 10^11)."""
    await lab.begin("status", status=503, pct=50)
    with lab.client() as client:
        statuses = [(await client.ask()).status for _ in range(40)]

    assert set(statuses) == {200, 503}
    assert len(lab.asked) == statuses.count(200)


async def test_faults_overlap_and_end_one_by_one(lab: LinkLab) -> None:
    """Two of one kind, and one of another; what is left acts."""
    slow, slower = await lab.begin("latency", ms=30), await lab.begin("latency", ms=40)
    status = await lab.begin("status", status=503)
    with lab.client() as client:
        await client.ask()
        both = await client.ask()
        lab.board.remove(status.id)
        lab.board.remove(slower.id)
        one = await client.ask()
    lab.board.remove(slow.id)

    assert both.status == 503
    assert both.took_s >= 0.07
    assert one.status == 200
    assert one.took_s >= 0.03
    assert await is_well(lab)


async def test_a_fault_of_http_at_an_origin_without_tls(lab: LinkLab) -> None:
    fault = await lab.begin("status", PLAIN, status=418)
    assert (await lab.ask(PLAIN)).status == 418
    lab.board.remove(fault.id)

    assert await is_well(lab)


async def test_another_edge_is_not_touched(lab: LinkLab) -> None:
    """A fault at one edge leaves the other's link alone."""
    await lab.begin("refused")
    await lab.begin("dns", PLAIN)
    other = lab.network.addresses("us-east-1")

    _, writer = await asyncio.open_connection(*other[SECURE.key])
    writer.close()
    await writer.wait_closed()
    assert not other.fails(PLAIN.host)
    assert lab.network.addresses(EDGE).fails(PLAIN.host)


async def test_faults_end_by_themselves_and_are_told(lab: LinkLab) -> None:
    """Beginning and end are on the bus, with the fault as the API has it."""
    fault = await lab.begin("refused", for_s=0.1)
    async with asyncio.timeout(5):
        while lab.board.faults:
            await asyncio.sleep(0.01)
    lab.events.close()
    told = [(event["fault"], event["is_active"]) async for event in lab.events if event["type"] == "fault"]

    assert told == [(fault.as_json(), True), (fault.as_json(), False)]
    assert fault.until is not None
    assert await is_well(lab)


async def test_a_link_gets_its_relay_when_it_is_asked_for_and_says_so(lab: LinkLab) -> None:
    """Without faults nothing stands between; with one, the link it concerns has a relay and no other."""
    await lab.begin("jitter")
    lab.events.close()
    told = [
        (event["edge"], event["origin"], event["mode"], event["round_trip_ms"])
        async for event in lab.events
        if event["type"] == "link"
    ]

    assert told[:4] == [(edge, place, "direct", 0) for edge in (EDGE, "us-east-1") for place in ("secure", "plain")]
    assert told[4:] == [(EDGE, "secure", "relay", 0)]


async def test_what_is_not_possible_here_is_refused(tmp_path: Path) -> None:
    """Without relays only names can fail; an origin by HTTP has no TLS; each message says what to do."""
    async with link_lab(tmp_path, mode=Mode.DIRECT) as lab:
        with pytest.raises(FaultError, match="kind: latency is not possible here: it needs a relay"):
            await lab.begin("latency")
        await lab.begin("dns")
        assert {kind["kind"] for kind in lab.board.document()["kinds"] if kind["is_available"]} == {"dns"}


async def test_tls_faults_are_not_for_plain_origins(lab: LinkLab) -> None:
    with pytest.raises(FaultError, match="origin: plain is reached by HTTP"):
        await lab.begin("wrong_certificate", PLAIN)
    await lab.board.add({"kind": "wrong_certificate"})  # at every origin that has a certificate

    assert (await lab.ask(PLAIN)).status == 200


async def test_nothing_is_left(tmp_path: Path) -> None:
    """After every kind at once, with clients in the middle of it: no task, no file."""
    before = sorted(str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if each.exists())
    async with link_lab(tmp_path, round_trip_ms=10) as lab:
        for kind in KINDS:
            await lab.board.add({"kind": kind})
        waiting = [asyncio.create_task(lab.ask(timeout_s=1)) for _ in range(5)]
        await asyncio.sleep(0.1)
    await asyncio.gather(*waiting, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_default_executor()
    await asyncio.sleep(0.05)

    after = sorted(str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if each.exists())
    assert len(after) <= len(before)
    assert asyncio.all_tasks() == {asyncio.current_task()}
