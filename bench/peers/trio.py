"""The three origins as a cell of the comparison holds them: ports to configure, faults to set, traffic to read."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from bench.lab import ROOT
from bench.peers.farm import THINK_S
from bench.peers.faults import Fault
from bench.peers.precedence import rank_origins

DOMAIN = "peers.example"
SHARED_HOST = f"www.{DOMAIN}"
"""The name under which a proxy asks all of them; the certificate is for every name of the domain."""

BROKEN = "near"
"""The origin that faults befall: the fastest, so the one that everybody uses."""

END_LIMIT_S = 5.0
LINE_LIMIT_BYTES = 16 * 1024 * 1024
"""What an origin has seen comes as one line."""


@dataclass(frozen=True, slots=True)
class Place:
    """One of the origins."""

    name: str
    port: int

    @property
    def host(self) -> str:
        """Its own name."""
        return f"{self.name}.{DOMAIN}"


class SeenTraffic(NamedTuple):
    """What an origin saw, in monotonic seconds."""

    viewers: list[float]
    probes: list[float]


class Trio:
    """An asynchronous context manager: the origins end with it."""

    def __init__(self, certificate: Path) -> None:
        self._certificate = certificate
        self._process: asyncio.subprocess.Process | None = None
        self.places: Mapping[str, Place] = {}

    async def __aenter__(self) -> Trio:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.peers.farm", str(self._certificate)),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_LIMIT_BYTES,
            process_group=0,  # Ctrl-C is for us; the origins end when we close their input
        )
        rank_origins(self._process.pid)
        ports = await self._read()
        self.places = {name: Place(name, ports[name]) for name in THINK_S}
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), END_LIMIT_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def set_fault(self, fault: Fault | None) -> float:
        """Break the fastest origin, or heal it; return when that was done, in monotonic seconds."""
        at: float = await self._command({"do": "break", "origin": BROKEN, "fault": fault})
        return at

    async def look(self) -> dict[str, SeenTraffic]:
        """Return what each origin has seen so far."""
        seen = await self._command({"do": "look"})
        return {name: SeenTraffic(**each) for name, each in seen.items()}

    async def _command(self, command: dict[str, Any]) -> Any:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        return await self._read()

    async def _read(self) -> Any:
        assert self._process is not None
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the origins have ended; what they said is above")
        return json.loads(line)
