"""One link at work: its relay once it has one, what stands behind it, and what happens to both at the moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from origin_router.emulator.faults_effect import NO_FRONT, Effect
from origin_router.emulator.faults_front import Front
from origin_router.emulator.links import CALM, Address, LinkCondition, Mode, Place
from origin_router.emulator.links_addresses import EdgeAddresses
from origin_router.emulator.relay import Entry, Relay
from origin_router.emulator.relay_weather import Weather

MakeFront = Callable[[Place, Address], Front]
SetCondition = Callable[[LinkCondition], None]

LOOKUP_TIMEOUT_S = 5.0
"""A name that takes so long to resolve does not."""


class Way:
    """A link. Between `insert` and `close` a relay stands in it."""

    def __init__(
        self, edge: str, place: Place, round_trip_ms: float, addresses: EdgeAddresses, make_front: MakeFront
    ) -> None:
        self.edge = edge
        self.place = place
        self.round_trip_ms = round_trip_ms
        self.mode = Mode.DIRECT
        self.effect = Effect(condition=LinkCondition(round_trip_ms=round_trip_ms))
        self.relay: Relay | None = None
        self.origin_addresses: frozenset[Address] = frozenset()
        """Where the origin was when the relay came in."""
        self._addresses = addresses
        self._make_front = make_front
        self._front: Front | None = None
        self._entrances: set[Relay] = set()
        self._carry: SetCondition | None = None
        self._inserting = asyncio.Lock()

    async def insert(self) -> bool:
        """Put a relay in, if there is none and the origin's name resolves: one that does not keeps failing by itself.

        Clients are not led to it yet: see `lead`. Return whether there is a relay now.
        """
        async with self._inserting:
            if self.relay is None:
                self.origin_addresses = await _addresses(*self._target)
                if self.origin_addresses:
                    self.relay = await Relay.start(*self._target, mirror_refusal=True)
                    self._obey()
        return self.relay is not None

    def lead(self, carrier: Address | None = None, carry: SetCondition | None = None) -> None:
        """Lead clients to the relay, or to a carrier before it that takes conditions."""
        if self.relay is None:
            return
        self._carry = carry
        self.mode = Mode.RELAY if carrier is None else Mode.PACKETS
        self._addresses.lead(self.place.key, carrier or self.relay.address)
        self._obey()

    def apply(self, effect: Effect) -> None:
        """Let this happen from now on."""
        before, self.effect = self.effect.front, effect
        self._obey()
        begins = (effect.front.is_stalled, effect.front.has_wrong_certificate) > (
            before.is_stalled,
            before.has_wrong_certificate,
        )
        if begins and self.relay is not None:
            self.relay.retire()  # as when an origin's TLS is set up anew: kept connections do not outlive it

    def join(self, entrance: Relay) -> None:
        """Another relay is a client's entrance to this link: it refuses and swallows connections as the link does."""
        self._entrances.add(entrance)
        self._obey()

    def leave(self, entrance: Relay) -> None:
        """It is gone."""
        self._entrances.discard(entrance)

    async def close(self) -> None:
        """End the relay and what is behind it."""
        if self.relay is not None:
            await self.relay.close()
        if self._front is not None:
            await self._front.close()

    @property
    def _target(self) -> Address:
        return self._addresses.fixed(self.place.key) or (self.place.host, self.place.port)

    def _obey(self) -> None:
        condition = self.effect.condition
        entry = _entry(condition)
        for entrance in self._entrances:
            entrance.set_entry(entry)
        if self.relay is None:
            return
        if self._carry is not None:
            self._carry(condition)
            condition, entry = CALM, Entry.OPEN
        weather = _weather(condition)
        self.relay.set_weather(weather, weather)
        self.relay.set_entry(entry)
        if self.effect.is_silent:
            self.relay.silence()
        else:
            self.relay.speak()
        self._set_front(self.relay)

    def _set_front(self, relay: Relay) -> None:
        front = self.effect.front
        if front != NO_FRONT and self._front is None:
            self._front = self._make_front(self.place, self._target)
        if self._front is not None:
            self._front.set_effect(front)
            relay.set_target(*(self._target if front == NO_FRONT else self._front.address))


def _entry(condition: LinkCondition) -> Entry:
    """A reset does not get through a blackhole either."""
    if condition.is_blackholed:
        return Entry.BLACKHOLED
    return Entry.REFUSED if condition.is_refused else Entry.OPEN


def _weather(condition: LinkCondition) -> Weather:
    return Weather(condition.round_trip_ms / 2_000, condition.jitter_ms / 2_000, condition.loss_pct / 100)


async def _addresses(host: str, port: int) -> frozenset[Address]:
    try:
        async with asyncio.timeout(LOOKUP_TIMEOUT_S):
            found = await asyncio.get_running_loop().getaddrinfo(host, port)
    except (OSError, UnicodeError):  # TimeoutError is an OSError
        return frozenset()
    return frozenset((str(address[0]), int(address[1])) for *_, address in found)
