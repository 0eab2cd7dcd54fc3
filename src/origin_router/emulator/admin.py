"""The live page and its API, for browsers on this machine only.

    GET  /, /static/...                   the page (see `admin_page`)
    GET  /api/state                       the whole document (see `view`)
    GET  /api/export                      the run as one file (see `view_recording`)
    GET  /api/recording                   204: this page is live (see `view_server`)
    GET  /api/events                      server-sent events: `snapshot`, then `changes`
    POST /api/origins/{origin}/{action}   demo only: revive, slow, error, stop, silent
    POST /api/traffic/{action}            demo only: pause, resume

The DevServer binds it to loopback. That alone does not keep other web sites out, whose pages
run in the same browser: see `admin_guard`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

from aiohttp import web

from origin_router.emulator.admin_guard import add_security_headers, guard
from origin_router.emulator.admin_page import page_routes
from origin_router.emulator.bus import Bus, Subscription
from origin_router.emulator.changes import LIMITS, Backlog, Change, wire
from origin_router.emulator.view import View
from origin_router.emulator.view_history import History
from origin_router.emulator.view_recording import write_recording

BATCH_S = 0.2
"""Changes are sent at most five times a second: a page cannot be read faster."""
HEARTBEAT_S = 2.0
"""A message is sent at least this often, empty if need be, so that a page notices a lost connection."""
BACKLOG_MAX = 2_000
"""Changes kept for a page that reads slowly. With more it is sent the whole document anew."""


class DemoControls(Protocol):
    """What the page can do to the demo: see `demo.Demo`."""

    async def apply(self, origin: str, action: str) -> None: ...
    def set_traffic(self, *, is_running: bool) -> None: ...


class AdminView(Protocol):
    """What the page needs of the DevServer. `demo` is None where the origins are not ours to break."""

    @property
    def bus(self) -> Bus: ...
    @property
    def demo(self) -> DemoControls | None: ...


def create_admin(dev: AdminView) -> web.Application:
    """The admin application. It follows the bus from now on, so create it before anything happens."""
    admin = _Admin(dev)
    app = web.Application(middlewares=[guard])
    app.on_response_prepare.append(add_security_headers)
    app.cleanup_ctx.append(admin.follow_bus)
    app.on_shutdown.append(admin.dismiss_pages)
    app.add_routes(
        [
            *page_routes(),
            web.get("/api/state", admin.state),
            web.get("/api/export", admin.export),
            web.get("/api/recording", _live),
            web.get("/api/events", admin.events),
            web.post("/api/origins/{origin}/{action}", admin.act_on_origin),
            web.post("/api/traffic/{action}", admin.act_on_traffic),
        ]
    )
    return app


class _Reader:
    """One connected page: what it has not been sent yet. Adding never waits, however slow the page is."""

    def __init__(self) -> None:
        self._needs_snapshot = True
        self._backlog = Backlog()
        self.news = asyncio.Event()

    def add(self, changes: list[Change]) -> None:
        if not self._needs_snapshot:
            self._backlog.add(changes)
            self._needs_snapshot = len(self._backlog) > BACKLOG_MAX
        self.news.set()

    def take(self, document: Mapping[str, Any]) -> bytes:
        """Return the next message in the format of server-sent events."""
        self.news.clear()
        changes = self._backlog.take()
        if self._needs_snapshot:
            self._needs_snapshot = False
            return _message("snapshot", {"at": time.time(), "limits": LIMITS, "document": document})
        return _message("changes", {"at": time.time(), "changes": [wire(change) for change in changes]})


class _Admin:
    """Folds the bus into the view and passes its changes on to the pages that are open."""

    def __init__(self, dev: AdminView) -> None:
        self._dev = dev
        self._view = View()
        self._history = History()
        self._events = dev.bus.subscribe()
        self._readers: set[_Reader] = set()
        self._is_closing = False

    async def follow_bus(self, app: web.Application) -> AsyncIterator[None]:
        del app
        following = asyncio.create_task(self._follow(self._events))
        yield
        self._events.close()
        await following

    async def _follow(self, events: Subscription) -> None:
        async for event in events:
            changes = self._view.fold(event)
            if changes:
                self._history.add(event["at"], changes)
                for reader in self._readers:
                    reader.add(changes)

    async def dismiss_pages(self, app: web.Application) -> None:
        """Let streams end, so that shutting down does not wait for them."""
        del app
        self._is_closing = True
        for reader in self._readers:
            reader.news.set()

    async def state(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(
            {"at": time.time(), "document": self._view.document}, headers={"Cache-Control": "no-store"}
        )

    async def export(self, request: web.Request) -> web.StreamResponse:
        now = time.time()
        name = time.strftime("origin-router-run-%Y%m%dT%H%M%SZ.json", time.gmtime(now))
        response = web.StreamResponse(
            headers={
                "Content-Type": "application/json",
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "no-store",
            }
        )
        pieces = write_recording(self._view.document, self._history, now)
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
        return response

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Stream to one page until it goes away. Waiting for a slow one holds up nobody else."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        reader = _Reader()
        self._readers.add(reader)
        try:
            while not self._is_closing:
                await response.write(reader.take(self._view.document))
                await asyncio.sleep(BATCH_S)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(reader.news.wait(), HEARTBEAT_S)
        except ConnectionResetError:
            pass  # the page was closed
        finally:
            self._readers.discard(reader)
        return response

    async def act_on_origin(self, request: web.Request) -> web.Response:
        if self._dev.demo is None:
            raise web.HTTPConflict(reason="these origins are not demo origins")
        try:
            await self._dev.demo.apply(request.match_info["origin"], request.match_info["action"])
        except KeyError as error:
            raise web.HTTPNotFound(reason="no such origin or action") from error
        return web.Response(status=204)

    async def act_on_traffic(self, request: web.Request) -> web.Response:
        if self._dev.demo is None:
            raise web.HTTPConflict(reason="only the demo sends traffic of its own")
        action = request.match_info["action"]
        if action not in {"pause", "resume"}:
            raise web.HTTPNotFound(reason="no such action")
        self._dev.demo.set_traffic(is_running=action == "resume")
        return web.Response(status=204)


async def _live(request: web.Request) -> web.Response:
    del request
    return web.Response(status=204)


def _message(name: str, content: Mapping[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(content, separators=(',', ':'))}\n\n".encode()
