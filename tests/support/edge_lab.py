"""A local edge around a small handler of the test's own, and origins for it: all real, all on loopback."""

from __future__ import annotations

import asyncio
import json
import ssl
import textwrap
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from origin_router.emulator.access_log import AccessLog
from origin_router.emulator.bus import Bus, Subscription
from origin_router.emulator.distribution.model import (
    BY_ORIGIN_AND_HOST,
    WITHOUT_BODY,
    Behavior,
    Distribution,
    OriginGroup,
    SecondAttempt,
)
from origin_router.emulator.edge import EdgeOptions, LocalEdge
from origin_router.emulator.environment import Environment
from origin_router.emulator.function import Function
from origin_router.emulator.placeholder import CustomPlaceholder, Placeholder
from origin_router.emulator.pool import PoolLimits
from origin_router.emulator.ports import listen
from origin_router.emulator.resources import Resources
from origin_router.emulator.runtime_dir import link_runtime
from origin_router.emulator.surroundings import Freeze, Surroundings

REGION = "eu-central-1"
HOST = "origin.test"
"""The placeholder's domain, mapped to wherever the test's origin listens."""

PLACEHOLDER = CustomPlaceholder(domain=HOST, port=80, protocol="http", read_timeout_s=1)

UNCHANGED = """
def handler(event, context):
    return event["Records"][0]["cf"]["request"]
"""
"""The simplest function: the request goes to the placeholder."""

GENERATED = """
import json
def answer(value):
    return {"status": "200", "body": json.dumps(value)}
"""
"""Prefix for handlers that tell the test something in a generated response."""

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass
class RunningEdge:
    """An edge and a viewer of it."""

    edge: LocalEdge
    events: Subscription
    session: aiohttp.ClientSession
    log_path: Path

    async def get(self, path: str = "/", **options: Any) -> Answer:
        """One GET request, answered in full."""
        return await self.ask("GET", path, **options)

    async def ask(self, method: str, path: str = "/", **options: Any) -> Answer:
        """One request, answered in full."""
        async with self.session.request(method, self.edge.url + path, allow_redirects=False, **options) as response:
            return Answer(response.status, response.headers.copy(), await response.read())

    async def value(self, path: str = "/") -> Any:
        """What a handler told in a generated response."""
        answer = await self.get(path)
        assert answer.status == 200, answer
        return json.loads(answer.body)

    @property
    def environments(self) -> frozenset[Environment]:
        return self.edge.pool.environments

    @property
    def only(self) -> Environment:
        """The only environment alive."""
        (environment,) = self.environments
        return environment

    def log(self) -> list[dict[str, Any]]:
        """The access log so far."""
        return [json.loads(line) for line in self.log_path.read_text().splitlines()]

    async def event(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Wait for the next event of a kind with these fields."""
        async with asyncio.timeout(10):
            async for event in self.events:
                if event["type"] == kind and all(event[name] == value for name, value in fields.items()):
                    return event
        raise AssertionError("the bus was closed")

    async def frozen(self) -> None:
        """Wait until every environment is frozen."""
        async with asyncio.timeout(10):
            while any(environment.state != "frozen" for environment in self.environments):
                await asyncio.sleep(0.002)


@dataclass
class Answer:
    """What a viewer got."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Lab:
    """Makes edges and origins, and ends them in the reverse order."""

    directory: Path
    stack: AsyncExitStack
    resolve: dict[str, tuple[str, int]] = field(default_factory=dict)
    count: int = 0

    async def origin(
        self, handler: Handler, *, host: str = HOST, port: int = 80, tls: ssl.SSLContext | None = None
    ) -> tuple[str, int]:
        """Serve `host`:`port` by a handler; return where it really listens."""
        server = web.Server(handler, access_log=None)
        listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0, ssl=tls)
        self.stack.push_async_callback(server.shutdown, 0.1)
        self.stack.callback(listener.close)
        address: tuple[str, int] = listener.sockets[0].getsockname()[:2]
        self.resolve[f"{host}:{port}"] = address
        return address

    async def edge(
        self,
        source: str = UNCHANGED,
        *,
        placeholder: Placeholder | OriginGroup | None = None,
        behavior: Behavior | None = None,
        distribution: Distribution | None = None,
        freeze: Freeze = Freeze.PROCESS,
        allow_extensions: bool = True,
        origins: tuple[str, ...] = (),
        ca_file: Path | None = None,
        forward_host: bool = False,
        on_origin_response: bool = False,
        second_attempt: SecondAttempt = SecondAttempt.ORIGINAL,
        limit: int = 10,
        idle_s: float = 60,
        rate_per_s: int = 0,
        recycle_s: float = 7_200,
        resources: Resources | None = None,
        log_directory: Path | None = None,
        now: Callable[[], float] = time.time,
        **function: Any,
    ) -> RunningEdge:
        """Start an edge whose function is the module `app` with this source."""
        self.count += 1
        here = self.directory / f"edge-{self.count}"
        (here / "task").mkdir(parents=True)
        (here / "runtime").mkdir()
        (here / "task" / "app.py").write_text(textwrap.dedent(source))
        link_runtime(here / "runtime")
        self.resolve.setdefault(f"{HOST}:80", ("127.0.0.1", 9))
        options = EdgeOptions(
            function=Function(
                name="probe",
                handler="app.handler",
                task_root=here / "task",
                runtime_dir=here / "runtime",
                region=REGION,
                ca_file=ca_file,
                **function,
            ),
            distribution=distribution
            or Distribution(
                error_caching_s=0,
                behaviors=(
                    behavior
                    or Behavior(
                        target=placeholder or PLACEHOLDER,
                        origin_response=WITHOUT_BODY if on_origin_response else None,
                        **({"cache": BY_ORIGIN_AND_HOST} if forward_host else {}),  # type: ignore[arg-type]
                    ),
                ),
            ),
            surroundings=Surroundings(
                freeze=freeze,
                allow_extensions=allow_extensions,
                resolve=self.resolve,
                origins=origins,
                resources=resources,
            ),
            second_attempt=second_attempt,
            ca_file=ca_file,
            limits=PoolLimits(environments=limit, idle_s=idle_s, rate_per_s=rate_per_s, recycle_s=recycle_s),
            log_directory=log_directory,
            now=now,
        )
        log = AccessLog(here / "access.jsonl")
        self.stack.callback(log.close)
        bus = Bus()
        events = bus.subscribe(length=100_000)
        edge = LocalEdge(options, listen(None, 0, purpose="a test"), bus, log)
        self.stack.push_async_callback(edge.stop)
        await edge.start()
        session = aiohttp.ClientSession(auto_decompress=False)
        self.stack.push_async_callback(session.close)
        return RunningEdge(edge, events, session, here / "access.jsonl")


async def hello(request: web.BaseRequest) -> web.Response:
    """An origin that greets, and tells what it was asked."""
    return web.Response(text=f"hello {request.method} {request.raw_path}")


async def silent(request: web.BaseRequest) -> web.Response:
    """An origin that takes longer to answer than anybody here waits."""
    await asyncio.sleep(30)
    return web.Response()


async def resetting(request: web.BaseRequest) -> web.Response:
    """An origin that ends the connection in place of an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def server_context(pem: Path) -> ssl.SSLContext:
    """TLS of an origin with this certificate and key."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    return context
