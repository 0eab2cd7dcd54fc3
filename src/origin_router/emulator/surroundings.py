"""What an edge does to its environments: what is frozen, what they may register, what their memory size means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from origin_router.emulator.init_turns import InitTurns
from origin_router.emulator.links_network import EdgeLinks
from origin_router.emulator.resources import Resources


class Freeze(StrEnum):
    """What stops between invocations."""

    PROCESS = "process"
    """The process only: its kernel goes on receiving."""
    VM = "vm"
    """The whole machine: what arrives is delivered at the thaw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an edge does to its environments."""

    freeze: Freeze = Freeze.PROCESS
    allow_extensions: bool = True
    resolve: Mapping[str, tuple[str, int]]
    """Addresses of `host:port` that are not asked from DNS."""
    origins: tuple[str, ...] = ()
    """`host:port` of what the function may connect to: held back at a frozen machine."""
    links: EdgeLinks | None = None
    """The links from the edge to its origins, where there are any; `resolve` are their addresses then."""
    init_turns: InitTurns | None = None
    """Shared by all environments of the machine: who may start now; None: whoever wants to."""
    resources: Resources | None = None
    """Enforces memory and CPU share of the function's memory size; None: it takes what it wants."""
