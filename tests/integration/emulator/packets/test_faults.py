"""Every kind of fault where links are real packets: some are done to packets, others where the link ends."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from origin_router.emulator.faults import KINDS
from origin_router.emulator.links import CALM, Mode
from origin_router.emulator.packets.carrier import PacketCarrier
from tests.support.link_lab import BODY, EDGE, PLAIN, SECURE, LinkLab, link_lab
from tests.support.packets import carrier_before

BRIEFLY_S = 0.6
"""How long a client waits for what does not come: ten round trips and more."""
RTT_MS = 40.0
SLOW_S = 0.4
"""A body of 3,000 bytes takes half a second at 6,000 a second, less what comes at once."""


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[LinkLab]:
    """Two origins at a round trip of 40 ms."""
    async with carrier_before(("127.0.0.1", 9), any=CALM):
        pass  # skips where there can be none
    carrier = PacketCarrier(pytest.fail)
    async with link_lab(tmp_path, mode=Mode.PACKETS, round_trip_ms=RTT_MS, make_carrier=lambda: carrier) as lab:
        yield lab


CASES: list[tuple[str, dict[str, Any], Any]] = [
    ("refused", {}, ConnectionRefusedError),
    ("blackhole", {}, TimeoutError),
    ("loss", {"pct": 100}, TimeoutError),
    ("latency", {"ms": 2_000}, TimeoutError),
    ("jitter", {"ms": 10}, 200),
    ("silent", {}, TimeoutError),
    ("tls_stall", {}, TimeoutError),
    ("wrong_certificate", {}, ssl.SSLCertVerificationError),
    ("status", {"status": 502}, 502),
    ("slow_body", {"bytes_per_s": 6_000}, 200),
    ("reset", {}, (ConnectionResetError, http.client.RemoteDisconnected)),
    ("dns", {}, socket.gaierror),
]


def test_every_kind_has_its_case() -> None:
    """A new kind of fault has to say what becomes of it here."""
    assert {kind for kind, _, _ in CASES} == KINDS.keys()


@pytest.mark.parametrize(("kind", "values", "expected"), CASES, ids=[kind for kind, _, _ in CASES])
async def test_what_a_client_meets_and_that_it_ends(
    lab: LinkLab, kind: str, values: dict[str, Any], expected: Any
) -> None:
    """The other origin's link is not touched; afterwards the broken one answers again."""
    fault = await lab.begin(kind, **values)
    if isinstance(expected, int):
        answer = await lab.ask()
        assert answer.status == expected
        assert answer.took_s >= SLOW_S or kind != "slow_body"
    else:
        with pytest.raises(expected):
            await lab.ask(timeout_s=BRIEFLY_S)
    assert (await lab.ask(PLAIN)).body == BODY
    assert lab.board.remove(fault.id)

    assert (await lab.ask()).body == BODY


async def test_links_say_how_they_are_made_and_take_their_time(lab: LinkLab) -> None:
    """Mode and round trip are what the live page shows; TCP, TLS and the request take a round trip each."""
    with lab.events as events:
        told = [await anext(events) for _ in range(4)]
    answer = await lab.ask()

    assert {(each["type"], each["mode"], each["round_trip_ms"]) for each in told} == {("link", "packets", RTT_MS)}
    assert {each["origin"] for each in told} == {SECURE.id, PLAIN.id}
    assert EDGE in {each["edge"] for each in told}
    assert answer.took_s >= 3 * RTT_MS / 1_000 - 0.001


async def test_an_origin_that_is_stopped_refuses_over_packets(lab: LinkLab) -> None:
    """As the demo's buttons do it."""
    lab.network.set_stopped(SECURE.id, is_stopped=True)
    with pytest.raises(ConnectionRefusedError):
        await lab.ask()
    lab.network.set_stopped(SECURE.id, is_stopped=False)

    assert (await lab.ask()).body == BODY
