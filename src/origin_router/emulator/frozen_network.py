"""The network of one environment: what a frozen virtual machine does not receive, and names that are mapped.

At a frozen machine a relay stands before every origin that the function may connect to, and holds
what arrives until the thaw. Where only the process is frozen there are no relays, only the map.
Where there are links, their addresses are in a file that follows them, and the relays of the machine
stand before the links.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable

from origin_router.emulator.relay import Relay
from origin_router.emulator.surroundings import Surroundings


class FrozenNetwork:
    """Relays of one environment, and the overlay of `getaddrinfo` that leads to them."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._links = surroundings.links
        self._resolve = surroundings.resolve
        self._own = dict(surroundings.resolve) if self._links is None else {}
        self._relays: dict[str, Relay] = {}

    @property
    def overlay(self) -> str:
        """What the process is told once (see `launcher`); empty when there is nothing to tell."""
        return json.dumps(self._own) if self._own else ""

    @property
    def overlay_file(self) -> str:
        """Where the process reads what may change; empty when nothing does."""
        return "" if self._links is None else str(self._links.addresses.file or "")

    async def start(self, origins: Iterable[str]) -> None:
        """Put a relay before each `host:port`. A name that does not resolve keeps failing by itself."""
        for origin in origins:
            host, _, port = origin.rpartition(":")
            target = self._resolve.get(origin, (host, int(port)))
            if not await _resolves(*target):
                continue
            relay = await Relay.start(*target, mirror_refusal=True)
            self._relays[origin] = relay
            self._own[origin] = relay.address
            if self._links is not None:
                self._links.join(origin, relay)

    def freeze(self) -> None:
        """Hold what arrives from now on."""
        for relay in self._relays.values():
            relay.hold()

    def thaw(self) -> None:
        """Deliver what arrived meanwhile."""
        for relay in self._relays.values():
            relay.release()

    async def close(self) -> None:
        """End the relays."""
        for origin, relay in self._relays.items():
            if self._links is not None:
                self._links.leave(origin, relay)
            await relay.close()


async def _resolves(host: str, port: int) -> bool:
    try:
        await asyncio.get_running_loop().getaddrinfo(host, port)
    except OSError:
        return False
    return True
