"""A local edge that is not there: bus events as the real one publishes them, by script.

It proves the page without functions, certificates or relays. Two edges see three origins from
different distances; `apply` does to an origin what the demo's buttons do, a fault to a link what
its kind says, and the events that follow are those that a router would cause: failed probes, an
ejection, another choice. `many=True` has all 13 edges and more origins.
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
from origin_router.emulator.distance import REGIONS, round_trip_ms
from tests.support.scripted_faults import OUTCOMES as FAULT_OUTCOMES
from tests.support.scripted_faults import ScriptedFaults

TICK_S = 0.25
DISTANCES_MS = {
    "eu-central-1": {"frankfurt": 7.4, "tokyo": 140.2, "virginia": 97.1},
    "us-east-1": {"frankfurt": 99.0, "tokyo": 161.5, "virginia": 5.3},
}
SITES = {
    "frankfurt": "eu-central-1",
    "virginia": "us-east-1",
    "tokyo": "ap-northeast-1",
    "sydney": "ap-southeast-2",
    "sao-paulo": "sa-east-1",
    "mumbai": "ap-south-1",
    "oregon": "us-west-2",
    "a-rather-long-name": "eu-west-2",
}
MANY_MS = {
    edge: {site: round(round_trip_ms(edge, region), 1) + 6 for site, region in SITES.items()} for edge in REGIONS
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

    def __init__(self, seed: int = 7, *, many: bool = False) -> None:
        self.bus = Bus()
        self.demo: ScriptedDemo = ScriptedDemo(self.bus)
        self.faults = ScriptedFaults(self.bus)
        self.distances = MANY_MS if many else DISTANCES_MS
        self.url = ""
        self._random = random.Random(seed)
        self._ids = itertools.count()
        self._choices: dict[str, str] = {}
        self._runner: web.AppRunner | None = None

    async def serve(self, port: int = 0) -> None:
        """Start the admin address, at `url` from now on."""
        app = create_admin(self)
        app.add_routes(self.faults.routes())
        self._runner = web.AppRunner(app)
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
        for index, region in enumerate(self.distances):
            self._start(region, 8101 + index, now - past_s)
        tick = 0
        while tick * TICK_S < past_s:
            self._tick(tick, now - past_s + tick * TICK_S)
            tick += 1
            if tick % 10 == 0:
                await asyncio.sleep(0)  # the bus keeps a bounded number of events for its reader
        while True:
            self._tick(tick, time.time())
            tick += 1
            await asyncio.sleep(TICK_S)

    def _start(self, region: str, port: int, at: float) -> None:
        url = f"http://127.0.0.1:{port}"
        self._publish("edge", region, at, url=url, freeze="process", extensions=True)
        for origin, ms in self.distances[region].items():
            host = f"{origin}.demo.test:443"
            self._publish("link", region, at, origin=origin, host=host, round_trip_ms=ms - 4, mode="relay")
        self._environment(region, at, "starting", 0, None)
        self._environment(region, at, "idle", 0, 312.4)
        moment = {"event": "moment", "moment": "frozen", "why": "a latency was read across a freeze", "extension": True}
        self._journal(region, at, moment)

    def _tick(self, tick: int, at: float) -> None:
        for region, distances in self.distances.items():
            if tick % 4 == 0:
                for origin in distances:
                    self._probe(region, origin, at)
            self._choose(region, at)
            if self.demo.is_running:
                self._request(region, tick, at)
                self._environment(region, at, "frozen", tick, None)

    def _probe(self, region: str, origin: str, at: float) -> None:
        outcome = self._outcome(region, origin)
        line: dict[str, Any] = {
            "event": "probe",
            "pool": "web",
            "origin": origin,
            "outcome": outcome,
            "detail": None,
            "status": {"bad_status": 500, "ok": 200}.get(outcome),
            "moment": "frozen",
            "dns_ms": None,
            "connect_ms": None,
            "tls_ms": None,
            "response_ms": self._measure(region, origin) if outcome == "ok" else None,
            "withheld": None,
        }
        self._journal(region, at, line)

    def _outcome(self, region: str, origin: str) -> str:
        of_origin = OUTCOMES.get(self.demo.states.get(origin, "ok"), "ok")
        of_link = [FAULT_OUTCOMES[f["kind"]] for f in self.faults.on(region, origin) if f["kind"] in FAULT_OUTCOMES]
        return next(iter(of_link), of_origin)

    def _added_ms(self, region: str, origin: str) -> float:
        slow_ms = 400.0 if self.demo.states.get(origin) == "slow" else 0.0
        return slow_ms + sum(float(fault.get("ms", 0)) for fault in self.faults.on(region, origin))

    def _measure(self, region: str, origin: str) -> float:
        return self.distances[region][origin] + self._added_ms(region, origin) + self._random.expovariate(1.0)

    def _standing(self, region: str) -> tuple[dict[str, float], dict[str, str]]:
        distances = self.distances[region]
        estimates = {origin: ms + self._added_ms(region, origin) for origin, ms in distances.items()}
        health = {o: "serving" if self._outcome(region, o) == "ok" else "ejected" for o in distances}
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
            "origin-fbl": None if is_hit else self.distances[region][origin] / 1000,
            "sr-reason": None,
            "lambda-ms": [] if is_hit else [1.2],
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
