"""Links to an origin on loopback, with faults, and a plain blocking client at their end."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp import web

from origin_router.emulator.bus import Bus
from origin_router.emulator.certificates import Authority
from origin_router.emulator.faults import Fault
from origin_router.emulator.faults_board import FaultBoard
from origin_router.emulator.links import LinkCarrier, Mode, Place
from origin_router.emulator.links_network import LinkNetwork, LinkPlan
from origin_router.emulator.links_trust import Trust, make_trust

EDGE = "eu-west-1"
SECURE = Place(id="secure", host="secure.test", port=443)
PLAIN = Place(id="plain", host="plain.test", port=80, is_tls=False)
BODY = b"x" * 3_000
LIMIT_S = 10.0
"""Longer than anything here takes when nothing is wrong with the code."""


class Answer(NamedTuple):
    status: int
    body: bytes
    took_s: float


class Client:
    """A connection of its own to a place, kept as long as both sides keep it."""

    def __init__(self, lab: LinkLab, place: Place, timeout_s: float) -> None:
        self._lab = lab
        self._place = place
        self._connection = http.client.HTTPConnection(place.host, place.port, timeout=timeout_s)

    async def ask(self, method: str = "GET", path: str = "/", body: bytes | None = None) -> Answer:
        """Ask on the kept connection, or on a new one the first time. Raises what the standard library raises."""
        return await asyncio.to_thread(self._ask, method, path, body)

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, path: str, body: bytes | None) -> Answer:
        began = time.monotonic()
        if self._connection.sock is None:
            self._connection.sock = self._connect()
        self._connection.request(method, path, body)
        with self._connection.getresponse() as response:
            content = response.read()
        return Answer(response.status, content, time.monotonic() - began)

    def _connect(self) -> socket.socket:
        addresses = self._lab.network.addresses(EDGE)
        if addresses.fails(self._place.host):
            raise socket.gaierror(socket.EAI_NONAME, "a fault")
        plain = socket.create_connection(addresses[self._place.key], timeout=self._connection.timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self._place.is_tls:
            return plain
        try:
            return self._lab.tls.wrap_socket(plain, server_hostname=self._place.host)
        except BaseException:
            plain.close()
            raise


class LinkLab:
    """One edge, two origins (one by HTTPS, one by HTTP), and what goes wrong between them."""

    def __init__(self, directory: Path) -> None:
        self.bus = Bus()
        self.events = self.bus.subscribe()
        self.network = LinkNetwork(self.bus)
        self.board = FaultBoard(self.network, self.bus)
        self.asked: list[str] = []
        """Method and path of every request that an origin got."""
        self.directory = directory
        self.trust: Trust | None = None
        self.tls = ssl.create_default_context()
        self._stack = contextlib.AsyncExitStack()

    async def start(
        self,
        *,
        mode: Mode = Mode.RELAY,
        round_trip_ms: float = 0.0,
        make_carrier: Callable[[], LinkCarrier] | None = None,
    ) -> LinkLab:
        """Start origins and links."""
        authority = Authority(self.directory / "origins")
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(authority.issue(SECURE.host))
        ports = {SECURE.key: await self._serve(tls), PLAIN.key: await self._serve(None)}
        self.trust = make_trust(self.directory, authority.ca_file)
        self.tls = ssl.create_default_context(cafile=self.trust.ca_file)
        fixed = {key: ("127.0.0.1", port) for key, port in ports.items()}
        plan = LinkPlan(
            edges=(EDGE, "us-east-1"),
            places=(SECURE, PLAIN),
            mode=mode,
            round_trip_ms=lambda _edge, _place: round_trip_ms,
            make_carrier=make_carrier,
        )
        await self.network.start(plan, lambda _: fixed, self.directory, self.trust)
        return self

    async def stop(self) -> None:
        """End everything."""
        self.board.clear()
        await self.network.close()
        await self._stack.aclose()

    async def begin(self, kind: str, place: Place = SECURE, **values: Any) -> Fault:
        """Let a fault begin at the edge."""
        return await self.board.add({"kind": kind, "edge": EDGE, "origin": place.id, **values})

    @contextlib.contextmanager
    def client(self, place: Place = SECURE, timeout_s: float = LIMIT_S) -> Any:
        """A connection of its own."""
        client = Client(self, place, timeout_s)
        try:
            yield client
        finally:
            client.close()

    async def ask(self, place: Place = SECURE, timeout_s: float = LIMIT_S, **request: Any) -> Answer:
        """Ask once on a new connection."""
        with self.client(place, timeout_s) as client:
            return await client.ask(**request)  # type: ignore[no-any-return]

    async def _serve(self, tls: ssl.SSLContext | None) -> int:
        server = web.Server(self._answer)
        listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0, ssl=tls)
        self._stack.push_async_callback(server.shutdown, 0.1)
        self._stack.callback(listener.close)
        return int(listener.sockets[0].getsockname()[1])

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        sent = await request.read()
        return web.Response(body=sent or BODY)


@contextlib.asynccontextmanager
async def link_lab(directory: Path, **how: Any) -> AsyncIterator[LinkLab]:
    """A started lab, and its end."""
    (directory / "origins").mkdir()
    lab = LinkLab(directory)
    try:
        yield await lab.start(**how)
    finally:
        await lab.stop()
