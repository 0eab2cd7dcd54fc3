"""A local edge that is not there: bus events as the real one publishes them, by script.

It proves the page without functions, certificates or relays. Two edges see three origins from
different distances; `apply` does to an origin what the demo's buttons do, and the events that
follow are those that a router would cause: failed probes, an ejection, another choice.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from typing import Any

from aiohttp import web

from origin_router.emulator.admin import create_admin
from origin_router.emulator.bus import Bus

TICK_S = 0.25
DISTANCES_MS = {
    "eu-central-1": {"frankfurt": 7.4, "tokyo": 140.2, "virginia": 97.1},
    "us-east-1": {"frankfurt": 99.0, "tokyo": 161.5, "virginia": 5.3},
}
STATES = {"revive": "ok", "slow": "slow", "error": "error", "stop": "stopped", "silent": "silent"}
OUTCOMES = {"error": "bad_status", "stopped": "refused", "silent": "response_timeout"}
PATHS = ("/", "/products/42", "/static/site.css", "/cart")


class ScriptedDemo:
    """The demo's controls; states take effect with the next tick."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.states = dict.fromkeys(("frankfurt", "virginia", "tokyo"), "ok")
        self.is_running = True

    async def apply(self, origin: str, action: str) -> None:
        self.states[origin] = STATES[action]
        self.tell()

    def set_traffic(self, *, is_running: bool) -> None:
        self.is_running = is_running
        self._bus.publish({"type": "traffic", "at": time.time(), "is_running": is_running, "requests_per_s": 3})

    def tell(self) -> None:
        for origin, state in self.states.items():
            place = {"frankfurt": "Frankfurt, Germany", "virginia": "Virginia, USA", "tokyo": "Tokyo, Japan"}[origin]
            self._bus.publish(
                {"type": "origin", "at": time.time(), "origin": origin, "state": state, "place": place},
            )


class ScriptedEdge:
    """Satisfies `AdminView`. `serve()` starts the admin address, `run()` publishes until cancelled."""

    def __init__(self, seed: int = 7) -> None:
        self.bus = Bus()
        self.demo = ScriptedDemo(self.bus)
        self.url = ""
        self._random = random.Random(seed)
        self._ids = itertools.count()
        self._choices: dict[str, str] = {}
        self._runner: web.AppRunner | None = None

    async def serve(self, port: int = 0) -> None:
        """Start the admin address, at `url` from now on."""
        self._runner = web.AppRunner(create_admin(self))
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def run(self, past_s: float = 0.0) -> None:
        """Publish what would have happened in the last `past_s`, then go on in real time."""
        self.demo.tell()
        self.demo.set_traffic(is_running=True)
        now = time.time()
        for index, region in enumerate(DISTANCES_MS):
            self._start(region, 8101 + index, now - past_s)
        tick = 0
        while tick * TICK_S < past_s:
            self._tick(tick, now - past_s + tick * TICK_S)
            tick += 1
            if tick % 100 == 0:
                await asyncio.sleep(0)  # the bus keeps a bounded number of events for its reader
        while True:
            self._tick(tick, time.time())
            tick += 1
            await asyncio.sleep(TICK_S)

    def _start(self, region: str, port: int, at: float) -> None:
        url = f"http://127.0.0.1:{port}"
        self._publish("edge", region, at, url=url, freeze="process", extensions=True)
        self._environment(region, at, "starting", 0, None)
        self._environment(region, at, "idle", 0, 312.4)
        moment = {"event": "moment", "moment": "frozen", "why": "a latency was read across a freeze", "extension": True}
        self._journal(region, at, moment)

    def _tick(self, tick: int, at: float) -> None:
        for region, distances in DISTANCES_MS.items():
            if tick % 4 == 0:
                for origin in distances:
                    self._probe(region, origin, at)
            self._choose(region, at)
            if self.demo.is_running:
                self._request(region, tick, at)
                self._environment(region, at, "frozen", tick, None)

    def _probe(self, region: str, origin: str, at: float) -> None:
        state = self.demo.states[origin]
        outcome = OUTCOMES.get(state, "ok")
        line: dict[str, Any] = {
            "event": "probe",
            "pool": "web",
            "origin": origin,
            "outcome": outcome,
            "detail": None,
            "status": {"error": 500, "ok": 200, "slow": 200}.get(state),
            "moment": "frozen",
            "dns_ms": None,
            "connect_ms": None,
            "tls_ms": None,
            "response_ms": self._measure(region, origin) if outcome == "ok" else None,
            "withheld": None,
        }
        self._journal(region, at, line)

    def _measure(self, region: str, origin: str) -> float:
        slowness_ms = 400.0 if self.demo.states[origin] == "slow" else 0.0
        return DISTANCES_MS[region][origin] + slowness_ms + self._random.expovariate(1.0)

    def _standing(self, region: str) -> tuple[dict[str, float], dict[str, str]]:
        slow = {origin: 400.0 for origin, state in self.demo.states.items() if state == "slow"}
        estimates = {origin: ms + slow.get(origin, 0.0) for origin, ms in DISTANCES_MS[region].items()}
        health = {o: "ejected" if state in OUTCOMES else "serving" for o, state in self.demo.states.items()}
        return estimates, health

    def _choose(self, region: str, at: float) -> None:
        estimates, health = self._standing(region)
        usable = [origin for origin in estimates if health[origin] == "serving"] or list(estimates)
        best = min(usable, key=estimates.__getitem__)
        if self._choices.get(region) != best:
            previous, self._choices[region] = self._choices.get(region), best
            line = {"event": "choice", "pool": "web", "origin": best, "previous": previous, "reason": "fastest"}
            self._journal(region, at, line | {"estimates": estimates, "health": health})

    def _request(self, region: str, tick: int, at: float) -> None:
        path = PATHS[tick % len(PATHS)]
        request_id = f"request-{next(self._ids)}"
        is_hit = path.startswith("/static/") and tick % 16 != 2
        origin = self._choices[region]
        entry = {
            "x-edge-request-id": request_id,
            "cs-method": "GET",
            "cs-uri-stem": path,
            "sc-status": 200,
            "x-edge-result-type": "Hit" if is_hit else "Miss",
            "r-host": "-" if is_hit else f"{origin}.demo.test",
            "time-taken": 0.0006 if is_hit else self._measure(region, origin) / 1000,
        }
        if not is_hit:
            estimates, health = self._standing(region)
            line = {"event": "decision", "pool": "web", "origin": origin, "reason": "fastest", "rule": None}
            line |= {"method": "GET", "uri": path, "request_id": request_id}
            self._journal(region, at, line | {"estimates": estimates, "health": health})
        self._publish("request", region, at, entry=entry)

    def _environment(self, region: str, at: float, state: str, invocations: int, cold_start_ms: float | None) -> None:
        about = {"environment": "env-1", "state": state, "invocations": invocations, "cold_start_ms": cold_start_ms}
        self._publish("environment", region, at, **about)

    def _journal(self, region: str, at: float, line: dict[str, Any]) -> None:
        self._publish("journal", region, at, environment="env-1", line=line)

    def _publish(self, kind: str, region: str, at: float, **more: Any) -> None:
        self.bus.publish({"type": kind, "edge": region, "at": at, **more})
