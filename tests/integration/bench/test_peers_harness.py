"""The comparison's own tools: a broken origin is really broken for whoever connects straight, and every peer serves.

No peer is judged here: a test machine is busy, and this is about the harness.
"""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import aiohttp
import pytest

from bench.peers.__main__ import PEERS
from bench.peers.faults import Fault
from bench.peers.load import Load
from bench.peers.peer import Peer, Scene
from bench.peers.serving import NotServing, free_ports, serving
from bench.peers.trio import DOMAIN, SHARED_HOST, Trio
from origin_router.emulator.certificates import Authority

PATIENCE_S = 1.0
"""No loopback takes longer to connect or to answer, but for what is broken."""

ENOUGH_S = 30.0


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def certificate(authority: Authority) -> Path:
    return authority.issue(f"*.{DOMAIN}")


async def ask(trio: Trio, name: str, ca_file: Path) -> str:
    """Connect to an origin straight, over TLS that is verified; return its status line, or how it failed."""
    context = ssl.create_default_context(cafile=ca_file)
    try:
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", trio.places[name].port, ssl=context, server_hostname=SHARED_HOST
            )
    except TimeoutError:
        return "no connection"
    except ConnectionRefusedError:
        return "refused"
    except ConnectionResetError:
        return "reset"
    try:
        writer.write(b"GET /health HTTP/1.1\r\nHost: www\r\n\r\n")
        async with asyncio.timeout(PATIENCE_S):
            return (await reader.readline()).decode().strip()
    except TimeoutError:
        return "no answer"
    except ConnectionResetError:  # it began to flap in between
        return "reset"
    finally:
        writer.transport.abort()


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        (Fault.REFUSED, "refused"),
        (Fault.FLAPPING, "refused"),
        (Fault.BLACKHOLE, "no connection"),
        (Fault.SILENT, "no answer"),
        (Fault.ERRORS, "HTTP/1.1 503 Unavailable"),
        (Fault.SLOW, "HTTP/1.1 200 OK"),
    ],
)
async def test_a_broken_origin_is_broken_for_who_connects_straight(
    authority: Authority, certificate: Path, fault: Fault, found: str
) -> None:
    """And for nobody at the others; healed, it serves again."""
    async with Trio(certificate) as trio:
        assert await ask(trio, "near", authority.ca_file) == "HTTP/1.1 200 OK"
        await trio.set_fault(fault)
        assert await ask(trio, "near", authority.ca_file) == found
        assert await ask(trio, "middle", authority.ca_file) == "HTTP/1.1 200 OK"
        await trio.set_fault(None)
        assert await ask(trio, "near", authority.ca_file) == "HTTP/1.1 200 OK"
        seen = await trio.look()
    assert not seen["near"].viewers
    assert len(seen["middle"].probes) == 1


async def test_a_slow_origin_is_slow_and_a_flapping_one_comes_and_goes(authority: Authority, certificate: Path) -> None:
    loop = asyncio.get_running_loop()
    async with Trio(certificate) as trio:
        await trio.set_fault(Fault.SLOW)
        began = loop.time()
        await ask(trio, "near", authority.ca_file)
        assert loop.time() - began > 0.4
        await trio.set_fault(Fault.FLAPPING)
        seen: list[str] = []
        give_up_at = loop.time() + ENOUGH_S
        while seen != ["refused", "HTTP/1.1 200 OK", "refused"]:
            assert loop.time() < give_up_at, seen
            now = await ask(trio, "near", authority.ca_file)
            if now != "reset" and seen[-1:] != [now]:
                seen.append(now)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
async def test_every_peer_serves_from_the_fastest_and_ends(
    authority: Authority, certificate: Path, tmp_path: Path, peer: Peer
) -> None:
    """Its configuration is accepted by the program, the way to origins is verified TLS, nothing is left over."""
    if (missing := peer.missing()) is not None:
        pytest.skip(missing)
    directory = tmp_path / "peer"
    directory.mkdir()
    loop = asyncio.get_running_loop()
    async with Trio(certificate) as trio:
        port, admin_port = free_ports(2)
        scene = Scene(
            directory=directory,
            ca_file=authority.ca_file,
            places=trio.places,
            port=port,
            admin_port=admin_port,
            keeps_logs=False,
        )
        url = f"http://127.0.0.1:{port}"
        async with (
            serving(peer.prepare(scene), port, directory, has_functions=peer.has_functions),
            aiohttp.ClientSession() as session,
        ):
            give_up_at = loop.time() + ENOUGH_S
            answered = ""
            while answered != "near":
                assert loop.time() < give_up_at, f"the last answer was {answered!r}"
                async with session.get(f"{url}/page/1") as response:
                    answered = (await response.text()) if response.status == 200 else str(response.status)
            seen = await trio.look()
        with pytest.raises(OSError, match="Connect call failed"):
            await asyncio.open_connection("127.0.0.1", port)
    assert seen["near"].viewers
    assert peer.version()


async def test_what_does_not_start_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotServing, match="ended at once with 3: no such luck"):
        async with serving(["sh", "-c", "echo no such luck; exit 3"], free_ports(1)[0], tmp_path):
            raise AssertionError("it cannot have started")


async def test_the_load_goes_on_while_answers_are_missing() -> None:
    """Open loop: a server that accepts and says nothing gets as many requests as any other."""

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    async with Load(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", 50, warm_up_s=0) as load:
        while len(load.under_way) < 20:
            await asyncio.sleep(0.01)
        assert not load.samples
    server.close()
    await server.wait_closed()
