"""`/api/faults` that is not there: keeps faults as the real one does, for a scripted edge to obey."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import Any

from aiohttp import web

from origin_router.emulator.bus import Bus

KINDS: list[dict[str, Any]] = [
    {
        "kind": "latency",
        "title": "Added round trip",
        "parameters": [
            {"name": "ms", "title": "Milliseconds", "default": 200, "min": 1, "max": 60_000},
        ],
        "is_available": True,
        "why": None,
    },
    {
        "kind": "status",
        "title": "Error status",
        "parameters": [
            {"name": "status", "title": "Status", "default": 503, "min": 400, "max": 599},
            {"name": "pct", "title": "Share of requests, %", "default": 100, "min": 1, "max": 100},
        ],
        "is_available": True,
        "why": None,
    },
    {"kind": "refused", "title": "Connections refused", "parameters": [], "is_available": True, "why": None},
    {"kind": "loss", "title": "Packet loss", "parameters": [], "is_available": False, "why": "needs --links packets"},
]
OUTCOMES = {"refused": "refused", "status": "bad_status"}


class ScriptedFaults:
    """Faults by id, and their routes."""

    def __init__(self, bus: Bus) -> None:
        self.active: dict[str, dict[str, Any]] = {}
        self._bus = bus
        self._ids = itertools.count(1)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/faults", self._list),
            web.post("/api/faults", self._add),
            web.delete("/api/faults", self._clear),
            web.delete("/api/faults/{id}", self._remove),
        ]

    def on(self, edge: str, origin: str) -> list[dict[str, Any]]:
        """Those that act on a link now."""
        return [f for f in self.active.values() if f["edge"] in ("*", edge) and f["origin"] in ("*", origin)]

    def add(self, for_s: float | None = None, **about: Any) -> dict[str, Any]:
        until = None if for_s is None else time.time() + for_s
        fault = {"id": f"f{next(self._ids)}", **about, "until": until}
        self.active[fault["id"]] = fault
        self._tell(fault, is_active=True)
        if for_s is not None:
            asyncio.get_running_loop().call_later(for_s, self.end, fault["id"])
        return fault

    def end(self, name: str) -> None:
        fault = self.active.pop(name, None)
        if fault is not None:
            self._tell(fault, is_active=False)

    def _tell(self, fault: dict[str, Any], *, is_active: bool) -> None:
        self._bus.publish({"type": "fault", "at": time.time(), "fault": fault, "is_active": is_active})

    async def _list(self, request: web.Request) -> web.Response:
        del request
        return web.json_response({"kinds": KINDS, "faults": list(self.active.values())})

    async def _add(self, request: web.Request) -> web.Response:
        asked = await request.json()
        if asked.get("ms") == 13:
            return web.json_response({"error": "ms: this fake takes no 13; take another"}, status=400)
        return web.json_response(self.add(**asked), status=201)

    async def _remove(self, request: web.Request) -> web.Response:
        if request.match_info["id"] not in self.active:
            raise web.HTTPNotFound(reason="no such fault")
        self.end(request.match_info["id"])
        return web.Response(status=204)

    async def _clear(self, request: web.Request) -> web.Response:
        del request
        for name in tuple(self.active):
            self.end(name)
        return web.Response(status=204)
