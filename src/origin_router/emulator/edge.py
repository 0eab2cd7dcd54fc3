"""One local edge: a listening socket for viewers, and what belongs to it.

What happens to a request is in `request_path`.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from origin_router.emulator.access_log import AccessLog, Record
from origin_router.emulator.announce import Announcer
from origin_router.emulator.bus import Bus
from origin_router.emulator.distribution.model import Distribution, SecondAttempt
from origin_router.emulator.environment import Environment
from origin_router.emulator.forwarding import ViewerRequest
from origin_router.emulator.function import Function
from origin_router.emulator.locations import edge_location
from origin_router.emulator.log_groups import LogGroups
from origin_router.emulator.objects import Objects
from origin_router.emulator.origin_client import OriginClient
from origin_router.emulator.origin_side import OriginSide
from origin_router.emulator.pool import DEFAULT_LIMITS, Pool, PoolLimits
from origin_router.emulator.request_path import RequestPath
from origin_router.emulator.surroundings import Surroundings
from origin_router.emulator.triggers import Triggers
from origin_router.emulator.viewer import EdgeName, Exchange, new_record

LINE_LIMIT_BYTES = 65_536
"""For the first line and for each header: twice what CloudFront takes (see `refusal`), so that what is somewhat longer
gets its answer. Beyond that it is no request."""

SHUTDOWN_GRACE_S = 0.5
"""How long requests that are being answered may go on when the edge stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeOptions:
    """What makes one edge."""

    function: Function
    distribution: Distribution
    surroundings: Surroundings
    second_attempt: SecondAttempt = SecondAttempt.ORIGINAL
    ca_file: Path | None = None
    """Authorities that are trusted at origins instead of the system's."""
    authority_file: Path | None = None
    """One that is trusted besides them: that of the links."""
    now: Callable[[], float] = time.time
    """The wall clock of the cache."""
    limits: PoolLimits = DEFAULT_LIMITS
    log_directory: Path | None = None
    """Where log groups are written; None: nowhere."""


class LocalEdge:
    """Serves viewers on one listening socket."""

    def __init__(self, options: EdgeOptions, listener: socket.socket, bus: Bus, access_log: AccessLog | None) -> None:
        self.region = options.function.region
        self.url = "http://{}:{}".format(*listener.getsockname()[:2])
        """Where viewers find it."""
        self._options = options
        self._listener = listener
        self._logs = _log_groups(options)
        self._announcer = Announcer(bus, self.region, self._logs)
        self._access_log = access_log
        via = hashlib.sha256(self.region.encode()).hexdigest()[:32]
        self._name = EdgeName(edge_location(self.region), f"{via}.cloudfront.net")
        self._loop = asyncio.get_running_loop()
        self._origins = OriginClient(
            options.surroundings.resolve, ca_file=options.ca_file, authority_file=options.authority_file
        )
        self.pool = Pool(options.function, self._make_environment, options.limits)
        origin_side = OriginSide(
            options.distribution,
            Triggers(self.pool, self._announcer),
            self._origins,
            via=self._name.via,
            second_attempt=options.second_attempt,
        )
        self._objects = Objects(options.distribution, origin_side, self._make_record, options.now)
        self._path = RequestPath(options.distribution, self._objects)
        self._server = web.Server(
            self._serve,
            access_log=None,
            logger=_logger(),
            auto_decompress=False,
            max_line_size=LINE_LIMIT_BYTES,
            max_field_size=LINE_LIMIT_BYTES,
        )
        self._serving: asyncio.Server | None = None

    async def start(self) -> None:
        """Begin to serve."""
        self._serving = await self._loop.create_server(self._server, sock=self._listener, backlog=1_024)
        surroundings = self._options.surroundings
        self._announcer.edge(url=self.url, freeze=surroundings.freeze, extensions=surroundings.allow_extensions)

    async def stop(self) -> None:
        """End everything: viewers, environments, connections to origins."""
        if self._serving is None:
            self._listener.close()
        else:
            self._serving.close()
        await self._server.shutdown(SHUTDOWN_GRACE_S)
        await self._objects.close()
        await self.pool.close()
        await self._origins.close()
        if self._logs is not None:
            self._logs.close()

    def _make_environment(self, name: str, on_free: Any, on_dead: Any) -> Environment:
        return Environment(
            name,
            self._options.function,
            self._options.surroundings,
            self._announcer,
            on_free=on_free,
            on_dead=on_dead,
        )

    def _make_record(self, viewer: ViewerRequest) -> Record:
        return new_record(viewer, self._name, self._loop.time())

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        exchange = Exchange(request, self._name, self._write_log)
        try:
            return await self._path.answer(exchange)
        except ConnectionError:
            exchange.viewer_left()
            return web.Response()  # nobody receives it

    def _write_log(self, record: Record) -> None:
        entry = record.entry(self._loop.time())
        if self._access_log is not None:
            self._access_log.write(entry)
        self._announcer.request(entry)


def _log_groups(options: EdgeOptions) -> LogGroups | None:
    if options.log_directory is None:
        return None
    function = options.function
    return LogGroups(
        options.log_directory, function.region, function=function.replica_name, distribution=options.distribution.id
    )


class _NoBadRequests(logging.Filter):
    """Drops the traceback of what is the viewer's mistake: it has been answered with 400."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def _logger() -> logging.Logger:
    """For aiohttp's server, which reports defects of ours in handling a request."""
    logger = logging.getLogger("origin_router.local_edge")
    if not logger.filters:
        logger.addFilter(_NoBadRequests())
    return logger
