"""Carries the links of the local edge over real packets: the `LinkCarrier` of `--links packets`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import NamedTuple

from origin_router.emulator.links import Address, CarriedLink, LinkCondition
from origin_router.emulator.packets.far_end import FarEnd
from origin_router.emulator.packets.network import PacketLink, PacketNetwork


class _Carried(NamedTuple):
    link: PacketLink
    far_end: FarEnd


class PacketCarrier:
    """A network of real links, and at the end of each the way on to its relay."""

    def __init__(self, on_end: Callable[[str], None]) -> None:
        """`on_end` is told, in a sentence for the user, if packets are no longer carried before `close`."""
        self._on_end = on_end
        self._network: PacketNetwork | None = None
        self._carried: dict[tuple[str, str], _Carried] = {}
        self._stack = AsyncExitStack()

    async def start(self, links: Sequence[CarriedLink]) -> None:
        """Make the network and all links. Raises PacketsUnavailable, an OSError."""
        async with AsyncExitStack() as stack:
            network = await PacketNetwork.start(self._on_end)
            stack.push_async_callback(network.close)
            for carried in links:
                port = int(carried.origin.rpartition(":")[2])
                link = await network.open_link(port, carried.condition)
                far_end = FarEnd(link.listener, carried.target, is_refused=carried.condition.is_refused)
                stack.push_async_callback(far_end.close)
                self._carried[carried.edge, carried.origin] = _Carried(link, far_end)
            self._network = network
            self._stack = stack.pop_all()

    @property
    def device(self) -> str:
        """Name of the device in this machine's network, as `ip link` shows it."""
        return self._running.device

    @property
    def pid(self) -> int:
        """Id of the process that carries the packets."""
        return self._running.pid

    @property
    def _running(self) -> PacketNetwork:
        assert self._network is not None  # noqa: S101 - the contract: `start` comes first
        return self._network

    def address_of(self, edge: str, origin: str) -> Address:
        """Where to connect to for a link."""
        link, _ = self._carried[edge, origin]
        return link.address, link.port

    def set_condition(self, edge: str, origin: str, condition: LinkCondition) -> None:
        """Treat the packets of a link so from now on."""
        link, far_end = self._carried[edge, origin]
        self._running.change(link, condition)
        far_end.set_refused(condition.is_refused)

    async def close(self) -> None:
        """End everything: links, devices, process."""
        await self._stack.aclose()
