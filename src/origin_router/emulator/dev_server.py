"""Owns everything that `origin-router dev` starts: edges, admin address, access log, unzipped function."""

from __future__ import annotations

import contextlib
import io
import socket
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from origin_router.emulator.access_log import AccessLog
from origin_router.emulator.bus import Bus
from origin_router.emulator.distribution.model import Distribution, SecondAttempt
from origin_router.emulator.edge import EdgeOptions, LocalEdge
from origin_router.emulator.faults_board import FaultBoard
from origin_router.emulator.faults_schedule import Scheduled, play_schedule
from origin_router.emulator.function import MAX_TIMEOUT_S, Function
from origin_router.emulator.init_turns import InitTurns, turns_of_this_machine
from origin_router.emulator.links import Mode
from origin_router.emulator.links_network import NO_LINKS, EdgeLinks, LinkNetwork, LinkPlan
from origin_router.emulator.links_trust import Trust, make_trust
from origin_router.emulator.locations import edge_location
from origin_router.emulator.pool import DEFAULT_LIMITS, PoolLimits
from origin_router.emulator.ports import listen
from origin_router.emulator.resources import Resources
from origin_router.emulator.runtime_dir import link_runtime
from origin_router.emulator.surroundings import Freeze, Surroundings

if TYPE_CHECKING:
    from origin_router.emulator.admin import DemoControls

FIRST_EDGE_PORT = 8080
ADMIN_PORT = 8089
"""Used where no port is asked for and they are free."""

ADMIN_SHUTDOWN_S = 0.5
"""How long open pages may take to notice the end."""


@dataclass(frozen=True, slots=True)
class EdgeAddress:
    """Where an edge is, and on which port it listens; None: whichever is free."""

    region: str
    port: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DevOptions:
    """Everything the local edge needs, as plain data."""

    edges: tuple[EdgeAddress, ...]
    name: str
    """The function's."""
    zip_data: bytes
    handler: str
    distribution: Distribution
    links: LinkPlan = NO_LINKS
    """The ways to the origins. Its edges are those of `edges`, and a frozen machine makes it eager."""
    resolve: Callable[[str], Mapping[str, tuple[str, int]]]
    """For each Region: addresses of `host:port` that are not asked from DNS."""
    origins: tuple[str, ...] = ()
    """`host:port` of what the function probes: see `Surroundings.origins`."""
    second_attempt: SecondAttempt = SecondAttempt.ORIGINAL
    schedule: tuple[Scheduled, ...] = ()
    """Faults that begin some time after the edges serve."""
    admin_port: int | None = None
    access_log: Path | None = None
    freeze: Freeze = Freeze.PROCESS
    allow_extensions: bool = True
    log_level: str = "DEBUG"
    log_directory: Path | None = None
    limits: PoolLimits = DEFAULT_LIMITS
    memory_mb: int = 128
    timeout_s: float = MAX_TIMEOUT_S
    resources: Resources | None = None
    ca_file: Path | None = None


class DevServer:
    """The local edge as a whole. The live page follows `bus` from the beginning, so it misses nothing."""

    def __init__(self, bus: Bus) -> None:
        from origin_router.emulator.admin import create_admin  # the page and its charts: needed here only
        from origin_router.emulator.admin_faults import add_fault_routes

        self.bus = bus
        self.demo: DemoControls | None = None
        """Set where the origins are ours to break."""
        self.edges: list[LocalEdge] = []
        self.admin_url = ""
        self.links = LinkNetwork(bus)
        self.faults = FaultBoard(self.links, bus)
        self._admin = create_admin(self)
        add_fault_routes(self._admin, self.faults)
        self._stack = AsyncExitStack()

    async def start(self, options: DevOptions) -> None:
        """Start everything, or nothing.

        Raises PortUnavailable, OSError (access log, certificates) and ValueError (Region).
        """
        self._options = options
        async with AsyncExitStack() as stack:
            for address in options.edges:
                edge_location(address.region)  # refuses an unknown one before anything is started
            admin = _listen(stack, options.admin_port, ADMIN_PORT, "the admin address")
            listeners = [
                _listen(stack, address.port, FIRST_EDGE_PORT + number, f"the edge in {address.region}")
                for number, address in enumerate(options.edges)
            ]
            log = _open_log(stack, options.access_log)
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="origin-router-dev-")))
            await self._start_admin(stack, admin)
            trust = await self._start_links(stack, options, directory)
            task_root, runtime_dir = _unpack(options.zip_data, directory)
            turns = turns_of_this_machine()
            for address, listener in zip(options.edges, listeners, strict=True):
                edge_options = _edge_options(
                    options, EdgeLinks(self.links, address.region), trust, turns, task_root, runtime_dir
                )
                edge = LocalEdge(edge_options, listener, self.bus, log)
                stack.push_async_callback(edge.stop)
                self.edges.append(edge)
                await edge.start()
            play = play_schedule(options.schedule, self.faults)
            stack.push_async_callback(play.stop)
            self._stack = stack.pop_all()

    async def stop(self) -> None:
        """End everything that was started, in the reverse order."""
        await self._stack.aclose()

    async def _start_links(self, stack: AsyncExitStack, options: DevOptions, directory: Path) -> Trust | None:
        plan = replace(
            options.links,
            edges=tuple(address.region for address in options.edges),
            is_eager=options.links.is_eager or options.freeze is Freeze.VM,
        )
        has_relays = plan.mode is not Mode.DIRECT and bool(plan.places)
        trust = make_trust(directory, options.ca_file) if has_relays else None
        stack.push_async_callback(self.links.close)
        stack.callback(self.faults.clear)
        await self.links.start(plan, options.resolve, directory, trust, self._pids)
        return trust

    def _pids(self, region: str) -> Iterator[int]:
        """The function's processes at an edge."""
        for edge in self.edges:
            for environment in edge.pool.environments if edge.region == region else ():
                if environment.pid is not None:
                    yield environment.pid

    async def _start_admin(self, stack: AsyncExitStack, listener: socket.socket) -> None:
        runner = web.AppRunner(self._admin, access_log=None, shutdown_timeout=ADMIN_SHUTDOWN_S)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.SockSite(runner, listener).start()
        self.admin_url = "http://{}:{}".format(*listener.getsockname()[:2])


def _listen(stack: AsyncExitStack, port: int | None, preferred: int, purpose: str) -> socket.socket:
    return stack.enter_context(contextlib.closing(listen(port, preferred, purpose=purpose)))


def _open_log(stack: AsyncExitStack, path: Path | None) -> AccessLog | None:
    return None if path is None else stack.enter_context(contextlib.closing(AccessLog(path)))


def _unpack(zip_data: bytes, directory: Path) -> tuple[Path, Path]:
    """Make Lambda's /var/task and /var/runtime."""
    task_root, runtime_dir = directory / "task", directory / "runtime"
    with zipfile.ZipFile(io.BytesIO(zip_data)) as archive:
        archive.extractall(task_root)
    runtime_dir.mkdir()
    link_runtime(runtime_dir)
    return task_root, runtime_dir


def _edge_options(
    options: DevOptions,
    links: EdgeLinks,
    trust: Trust | None,
    turns: InitTurns,
    task_root: Path,
    runtime_dir: Path,
) -> EdgeOptions:
    ca_file = options.ca_file if trust is None else trust.ca_file
    return EdgeOptions(
        function=Function(
            name=options.name,
            handler=options.handler,
            task_root=task_root,
            runtime_dir=runtime_dir,
            region=links.edge,
            log_level=options.log_level,
            memory_mb=options.memory_mb,
            timeout_s=options.timeout_s,
            ca_file=ca_file,
            ca_directories="" if trust is None else trust.ca_directories,
        ),
        distribution=options.distribution,
        surroundings=Surroundings(
            freeze=options.freeze,
            allow_extensions=options.allow_extensions,
            resolve=links.addresses,
            links=links,
            init_turns=turns,
            origins=options.origins,
            resources=options.resources,
        ),
        limits=options.limits,
        log_directory=options.log_directory,
        second_attempt=options.second_attempt,
        ca_file=ca_file,
        authority_file=None if trust is None else trust.authority.ca_file,
    )
