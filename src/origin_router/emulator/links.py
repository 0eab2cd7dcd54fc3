"""A link: the way from one edge to one origin. What it is, what it can be told, and who carries what it carries.

Three modes. `direct`: nothing stands between. `relay`: a TCP relay on loopback (see `relay`) delays and breaks what
passes. `packets`: a carrier that needs rights which a relay does not need moves real packets, so that connecting takes
its time and loss is loss.

A carrier (`LinkCarrier`) is put before the relay, not in its place::

    edge, function --> carrier's address ==packets==> relay --> origin

The relay then adds no delay, loses nothing and refuses nothing by itself: all that is in `LinkCondition` is the
carrier's to do. What needs more than packets (silence, TLS, HTTP) stays the relay's and its front's (`faults_front`).
To add one: implement `LinkCarrier` and pass it to `LinkNetwork.start` (see `links_network`), which calls `start` once
with every link, then `address_of` for each, and `set_condition` whenever a condition changes. Names that are asked for
are answered with `address_of` for the edge as well as for the function's processes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

Address = tuple[str, int]
"""A numeric address and a port."""


class Mode(StrEnum):
    """How a link is made."""

    DIRECT = "direct"
    RELAY = "relay"
    PACKETS = "packets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An origin as links know it."""

    id: str
    """The origin's id in the configuration or in the distribution."""
    host: str
    port: int
    is_tls: bool = True
    region: str = ""
    """AWS Region where it is; empty: unknown."""

    @property
    def key(self) -> str:
        """`host:port`: two ids of the same address share a link."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCondition:
    """What a link does to packets."""

    round_trip_ms: float = 0.0
    """Half of it in each direction."""
    jitter_ms: float = 0.0
    """Each packet's delay in a direction varies by up to half of it both ways; order is kept."""
    loss_pct: float = 0.0
    """Share of packets that are lost, in each direction."""
    is_blackholed: bool = False
    """Every packet is dropped, also those of connections that stand."""
    is_refused: bool = False
    """Connecting is answered with a reset, and what stands is reset."""


CALM = LinkCondition()


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedLink:
    """What a carrier is told about one link."""

    edge: str
    """Region."""
    origin: str
    """`host:port`."""
    target: Address
    """Where packets are to arrive: the link's relay, on loopback."""
    condition: LinkCondition = CALM
    """To begin with."""


class LinkCarrier(Protocol):
    """Moves the packets of links. All calls come from one event loop, and only `start` and `close` wait."""

    async def start(self, links: Sequence[CarriedLink]) -> None:
        """Carry these links. Raises OSError with a message for the user where that is impossible here."""

    def address_of(self, edge: str, origin: str) -> Address:
        """Where to connect to, from this machine's own network, for a link."""

    def set_condition(self, edge: str, origin: str, condition: LinkCondition) -> None:
        """Treat packets so from now on. What waits longer than it would now is brought forward."""

    async def close(self) -> None:
        """End everything."""
