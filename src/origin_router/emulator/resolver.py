"""Finds the address of an origin: by the overlay first, by DNS otherwise, remembered for a while."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import Mapping

from aiohttp.abc import AbstractResolver, ResolveResult

from origin_router.emulator.links_addresses import EdgeAddresses

FOUND_TTL_S = 10.0
"""How long an address is used; the standard library does not tell the record's own TTL."""
MISSING_TTL_S = 1.0
"""How long a name that does not resolve is not asked for again."""
MAX_KNOWN = 1_000
"""Names that are remembered; a function can make up new ones without end."""
LOOKUP_TIMEOUT_S = 5.0
"""A resolver that does not answer for so long is as good as one that fails."""


class Resolver(AbstractResolver):
    """An overlay before the system's resolver. IPv4, CloudFront's default for origins."""

    def __init__(self, overlay: Mapping[str, tuple[str, int]]) -> None:
        self._overlay = overlay
        self._known: dict[str, tuple[float, list[str]]] = {}
        self._turn = itertools.count()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """One address per attempt, in turn where there are several. OSError where there is none."""
        del family
        if isinstance(self._overlay, EdgeAddresses) and self._overlay.fails(host):
            raise OSError(f"the name {host} does not resolve: there is a fault")
        mapped = self._overlay.get(f"{host}:{port}")
        if mapped is not None:
            return [_result(host, *mapped)]
        addresses = await self._addresses(host)
        if not addresses:
            raise OSError(f"the name {host} does not resolve")
        return [_result(host, addresses[next(self._turn) % len(addresses)], port)]

    async def close(self) -> None:
        """There is nothing to close."""

    async def _addresses(self, host: str) -> list[str]:
        loop = asyncio.get_running_loop()
        until, addresses = self._known.get(host, (0.0, []))
        if until > loop.time():
            return addresses
        addresses = await _ask_system(host)
        self._remember(host, loop.time() + (FOUND_TTL_S if addresses else MISSING_TTL_S), addresses)
        return addresses

    def _remember(self, host: str, until: float, addresses: list[str]) -> None:
        """Keep it as the newest; what was asked longest ago makes room."""
        self._known.pop(host, None)
        if len(self._known) >= MAX_KNOWN:
            del self._known[next(iter(self._known))]
        self._known[host] = (until, addresses)


async def _ask_system(host: str) -> list[str]:
    asking = asyncio.get_running_loop().getaddrinfo(host, None, family=socket.AF_INET, type=socket.SOCK_STREAM)
    try:
        async with asyncio.timeout(LOOKUP_TIMEOUT_S):
            found = await asking
    except (OSError, UnicodeError):  # TimeoutError is an OSError
        return []
    return [str(address[0]) for *_, address in found]


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST)
