"""The faults that are on at the moment: added, ended by time or by hand, told on the bus."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from origin_router.emulator.bus import Bus
from origin_router.emulator.faults import KINDS, WITHOUT_LINK, Fault, FaultError, read_fault
from origin_router.emulator.links import Mode
from origin_router.emulator.links_network import LinkNetwork

MOST_FAULTS = 100
"""At the same time: more than anybody keeps apart."""

NO_RELAY = "it needs a relay in the link: start with --links relay"


class FaultBoard:
    """Keeps the faults, and has the links act on them."""

    def __init__(self, links: LinkNetwork, bus: Bus, now: Callable[[], float] = time.time) -> None:
        self._links = links
        self._bus = bus
        self._now = now
        self._faults: dict[str, Fault] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._made = 0

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Those that are on, the oldest first."""
        return tuple(self._faults.values())

    def document(self) -> dict[str, Any]:
        """What there is to choose from, and what is on."""
        return {
            "kinds": [self._kind(name) for name in KINDS],
            "faults": [fault.as_json() for fault in self.faults],
        }

    def read(self, given: Mapping[str, Any]) -> Fault:
        """Read a fault for these links. Raises FaultError."""
        fault = read_fault(
            given, self._links.edges, list(dict.fromkeys(each.id for each in self._links.places)), self._now()
        )
        why = self._why_not(fault.kind)
        if why is not None:
            raise FaultError(f"kind: {fault.kind} is not possible here: {why}")
        if KINDS[fault.kind].needs_tls and not any(
            place.is_tls and fault.concerns(edge, [place.id])
            for place in self._links.places
            for edge in self._links.edges
        ):
            raise FaultError(f"origin: {fault.origin} is reached by HTTP, which has no TLS for {fault.kind} to break")
        return fault

    async def add(self, given: Mapping[str, Any]) -> Fault:
        """Let a fault begin. Raises FaultError."""
        fault = self.read(given)
        if len(self._faults) >= MOST_FAULTS:
            raise FaultError(f"kind: {MOST_FAULTS} faults are on already; clear some")
        if not await self._links.prepare(fault):
            raise FaultError(f"origin: the name of {fault.origin} does not resolve, so there is nothing to break")
        self._made += 1
        fault = replace(fault, id=f"f{self._made}")
        self._faults[fault.id] = fault
        if fault.until is not None:
            after_s = max(0.0, fault.until - self._now())
            self._timers[fault.id] = asyncio.get_running_loop().call_later(after_s, self.remove, fault.id)
        self._links.apply(self.faults)
        self._tell(fault, is_active=True)
        return fault

    def remove(self, id_: str) -> bool:
        """End a fault; return whether there was one."""
        fault = self._faults.pop(id_, None)
        if fault is None:
            return False
        timer = self._timers.pop(id_, None)
        if timer is not None:
            timer.cancel()
        self._links.apply(self.faults)
        self._tell(fault, is_active=False)
        return True

    def clear(self) -> None:
        """End all faults."""
        for id_ in list(self._faults):
            self.remove(id_)

    def _kind(self, name: str) -> dict[str, Any]:
        why = self._why_not(name)
        return {
            "kind": name,
            "title": KINDS[name].title,
            "parameters": [each.as_json() for each in KINDS[name].parameters],
            "is_available": why is None,
            "why": why,
        }

    def _why_not(self, kind: str) -> str | None:
        if not self._links.places:
            return "there is no link yet"
        if self._links.mode is Mode.DIRECT and kind not in WITHOUT_LINK:
            return NO_RELAY
        if KINDS[kind].needs_tls and not any(place.is_tls for place in self._links.places):
            return "no origin is reached by HTTPS"
        return None

    def _tell(self, fault: Fault, *, is_active: bool) -> None:
        self._bus.publish({"type": "fault", "at": self._now(), "fault": fault.as_json(), "is_active": is_active})
