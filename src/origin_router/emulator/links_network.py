"""All links of the local edge: which of them has a relay, and what faults make of them.

A link with a round trip has its relay from the beginning; every other gets one when the first fault asks for it, so
that without faults nothing stands between the edge and the user's own origins.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from origin_router.emulator.bus import Bus
from origin_router.emulator.faults import KINDS, WITHOUT_LINK, Fault
from origin_router.emulator.faults_effect import effect_of
from origin_router.emulator.faults_front import Front
from origin_router.emulator.links import Address, CarriedLink, LinkCarrier, Mode, Place
from origin_router.emulator.links_addresses import EdgeAddresses
from origin_router.emulator.links_cut import Standing, close_idle, standing
from origin_router.emulator.links_trust import Trust
from origin_router.emulator.links_way import Way
from origin_router.emulator.relay import Relay

CUT_TRIES = 100
CUT_INTERVAL_S = 0.1
"""For ten seconds, connections that stood before a link got its relay are closed as soon as they are idle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPlan:
    """What links there are to be."""

    edges: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    mode: Mode = Mode.RELAY
    round_trip_ms: Callable[[str, Place], float] = lambda _edge, _place: 0.0
    """The round trip that is configured between an edge and an origin."""
    is_eager: bool = False
    """Every link has its relay from the beginning."""
    make_carrier: Callable[[], LinkCarrier] | None = None
    """What carries packets, where the mode is that."""


NO_LINKS = LinkPlan()


class EdgeLinks(NamedTuple):
    """The links of one edge, for its environments."""

    network: LinkNetwork
    edge: str

    @property
    def addresses(self) -> EdgeAddresses:
        """Where origins are found."""
        return self.network.addresses(self.edge)

    def join(self, origin: str, entrance: Relay) -> None:
        """An environment has an entrance of its own to the link to `host:port`: it opens and closes with the link."""
        self.network.join(self.edge, origin, entrance)

    def leave(self, origin: str, entrance: Relay) -> None:
        """It is gone."""
        self.network.leave(self.edge, origin, entrance)


class LinkNetwork:
    """The links. Between construction and `start` there are none."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._plan = LinkPlan()
        self._ways: dict[tuple[str, str], Way] = {}
        """By edge and `host:port`."""
        self._ids: dict[str, list[str]] = {}
        """By `host:port`: the ids of the origins there."""
        self._addresses: dict[str, EdgeAddresses] = {}
        self._stopped: set[str] = set()
        self._faults: tuple[Fault, ...] = ()
        self._carrier: LinkCarrier | None = None
        self._pids: Callable[[str], Iterable[int]] = lambda _edge: ()
        self._cutting: set[asyncio.Task[None]] = set()

    async def start(
        self,
        plan: LinkPlan,
        fixed: Callable[[str], Mapping[str, Address]],
        directory: Path,
        trust: Trust | None,
        pids: Callable[[str], Iterable[int]] = lambda _edge: (),
    ) -> None:
        """Make the links. `fixed` has addresses for an edge that are not asked from DNS.

        `pids` are the processes of an edge whose connections its links are to carry. Without `trust` none has a relay.
        Raises OSError where the packets cannot be carried.
        """
        self._plan, self._pids = plan, pids
        for place in plan.places:
            self._ids.setdefault(place.key, []).append(place.id)
        for edge in plan.edges:
            addresses = self._addresses[edge] = EdgeAddresses(fixed(edge), directory / f"addresses-{edge}.json")

            def make_front(place: Place, target: Address) -> Front:
                assert trust is not None  # noqa: S101 - a link has a relay only where there is
                return Front(place, target, trust, directory)

            for place in plan.places:
                if (edge, place.key) not in self._ways:
                    trip_ms = 0.0 if plan.mode is Mode.DIRECT else plan.round_trip_ms(edge, place)
                    self._ways[edge, place.key] = Way(edge, place, trip_ms, addresses, make_front)
        if plan.mode is not Mode.DIRECT:
            await self._insert_first()
        for way in self._ways.values():
            self._tell(way)

    def addresses(self, edge: str) -> EdgeAddresses:
        """Where an edge finds origins. KeyError for an edge that there is not."""
        return self._addresses[edge]

    @property
    def mode(self) -> Mode:
        """How links are made here."""
        return self._plan.mode

    @property
    def edges(self) -> tuple[str, ...]:
        """The Regions of the edges."""
        return self._plan.edges

    @property
    def places(self) -> tuple[Place, ...]:
        """The origins."""
        return self._plan.places

    async def prepare(self, fault: Fault) -> bool:
        """Put relays where the fault needs them; return whether it can act anywhere."""
        concerned = [way for way in self._ways.values() if self._acts(fault, way)]
        if fault.kind in WITHOUT_LINK:
            return bool(concerned)
        return any(await asyncio.gather(*(self._insert(way) for way in concerned)))

    def apply(self, faults: Iterable[Fault]) -> None:
        """Let these faults, and no others, act."""
        self._faults = tuple(faults)
        failing: dict[str, set[str]] = {edge: set() for edge in self._addresses}
        for way in self._ways.values():
            acting = [fault for fault in self._faults if self._acts(fault, way)]
            is_stopped = not self._stopped.isdisjoint(self._ids[way.place.key])
            effect = effect_of(acting, way.round_trip_ms, is_stopped=is_stopped)
            if effect != way.effect:
                way.apply(effect)
            if effect.is_unresolved:
                failing[way.edge].add(way.place.host)
        for edge, hosts in failing.items():
            self._addresses[edge].set_failing(hosts)

    def set_stopped(self, origin: str, *, is_stopped: bool) -> None:
        """An origin's process has ended or is back: its links refuse connections meanwhile."""
        (self._stopped.add if is_stopped else self._stopped.discard)(origin)
        self.apply(self._faults)

    def join(self, edge: str, origin: str, entrance: Relay) -> None:
        """See `EdgeLinks`."""
        if (edge, origin) in self._ways:
            self._ways[edge, origin].join(entrance)

    def leave(self, edge: str, origin: str, entrance: Relay) -> None:
        """See `EdgeLinks`."""
        if (edge, origin) in self._ways:
            self._ways[edge, origin].leave(entrance)

    async def close(self) -> None:
        """End every link."""
        for task in self._cutting:
            task.cancel()
        await asyncio.gather(*self._cutting, return_exceptions=True)
        if self._carrier is not None:
            await self._carrier.close()
        for way in self._ways.values():
            await way.close()

    def _acts(self, fault: Fault, way: Way) -> bool:
        if KINDS[fault.kind].needs_tls and not way.place.is_tls:
            return False
        return fault.concerns(way.edge, self._ids[way.place.key])

    async def _insert_first(self) -> None:
        plan = self._plan
        is_eager = plan.is_eager or plan.make_carrier is not None
        ways = [way for way in self._ways.values() if is_eager or way.round_trip_ms]
        await asyncio.gather(*(way.insert() for way in ways))
        if plan.make_carrier is None:
            for way in ways:
                way.lead()
            return
        self._carrier = plan.make_carrier()
        carried = [
            CarriedLink(edge=way.edge, origin=way.place.key, target=way.relay.address, condition=way.effect.condition)
            for way in ways
            if way.relay is not None
        ]
        await self._carrier.start(carried)
        for link in carried:
            self._lead_to_carrier(self._carrier, link.edge, link.origin)

    def _lead_to_carrier(self, carrier: LinkCarrier, edge: str, origin: str) -> None:
        self._ways[edge, origin].lead(
            carrier.address_of(edge, origin), lambda condition: carrier.set_condition(edge, origin, condition)
        )

    async def _insert(self, way: Way) -> bool:
        """Put a relay into a link that is in use, and close what would go on past it."""
        if way.mode is not Mode.DIRECT:
            return True
        if not await way.insert():
            return False
        if way.mode is not Mode.DIRECT:  # another fault was faster
            return True
        bypassing = self._bypassing(way)
        way.lead()
        self._tell(way)
        if bypassing:
            task = asyncio.create_task(_cut(bypassing))
            self._cutting.add(task)
            task.add_done_callback(self._cutting.discard)
        return True

    def _bypassing(self, way: Way) -> set[Standing]:
        found: set[Standing] = set()
        for pid in (os.getpid(), *self._pids(way.edge)):
            with contextlib.suppress(PermissionError):
                found.update(standing(pid, way.origin_addresses))
        return found

    def _tell(self, way: Way) -> None:
        for origin in self._ids[way.place.key]:
            self._bus.publish(
                {
                    "type": "link",
                    "at": time.time(),
                    "edge": way.edge,
                    "origin": origin,
                    "host": way.place.key,
                    "round_trip_ms": round(way.round_trip_ms, 1),
                    "mode": way.mode.value,
                }
            )


async def _cut(connections: set[Standing]) -> None:
    """Close connections as soon as they are idle."""
    for _ in range(CUT_TRIES):
        connections = {each for each in connections if not close_idle(each)}
        if not connections:
            return
        await asyncio.sleep(CUT_INTERVAL_S)
