"""The network of one environment: what a frozen virtual machine does not receive, and names that are mapped.

At a frozen machine a relay stands before every origin that the function may connect to, and holds
what arrives until the thaw. Where only the process is frozen there are no relays, only the map.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping

from origin_router.emulator.relay import Relay


class FrozenNetwork:
    """Relays of one environment, and the overlay of `getaddrinfo` that leads to them."""

    def __init__(self, resolve: Mapping[str, tuple[str, int]]) -> None:
        self._resolve = dict(resolve)
        self._relays: list[Relay] = []

    @property
    def overlay(self) -> str:
        """What the process is told (see `launcher`); empty when there is nothing to tell."""
        return json.dumps(self._resolve) if self._resolve else ""

    async def start(self, origins: Iterable[str]) -> None:
        """Put a relay before each `host:port`. A name that does not resolve keeps failing by itself."""
        for origin in origins:
            host, _, port = origin.rpartition(":")
            target = self._resolve.get(origin, (host, int(port)))
            if not await _resolves(*target):
                continue
            relay = await Relay.start(*target, mirror_refusal=True)
            self._relays.append(relay)
            self._resolve[origin] = relay.address

    def freeze(self) -> None:
        """Hold what arrives from now on."""
        for relay in self._relays:
            relay.hold()

    def thaw(self) -> None:
        """Deliver what arrived meanwhile."""
        for relay in self._relays:
            relay.release()

    async def close(self) -> None:
        """End the relays."""
        for relay in self._relays:
            await relay.close()


async def _resolves(host: str, port: int) -> bool:
    try:
        await asyncio.get_running_loop().getaddrinfo(host, port)
    except OSError:
        return False
    return True
