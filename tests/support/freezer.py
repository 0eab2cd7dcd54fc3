"""An environment in a child process that the test freezes, by the process alone or with its network."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from origin_router.emulator.relay import Relay
from origin_router.routing.config import RouterConfig
from tests.support.extensions_api import ExtensionsApi

SOURCES = Path(__file__).parents[2] / "src"
CHILD = Path(__file__).with_name("frozen_child.py")
LIMIT_S = 10.0


class Invocation(NamedTuple):
    """One invocation, and the freeze before it."""

    probes: list[dict[str, Any]]
    """What the journal said of probes that were sent in the invocation before."""
    sent_at: tuple[float, float]
    """Between which times those were sent."""
    frozen_at: float
    """When the freeze that followed was complete; a busy machine may have taken its time for it."""


class FrozenChild:
    """Invokes the child's handler; frozen between invocations."""

    def __init__(self, process: asyncio.subprocess.Process, relays: Iterable[Relay], api: ExtensionsApi | None) -> None:
        self._process = process
        self._relays = list(relays)
        self._api = api
        self._invocations = 0
        self._sent_at = (0.0, 0.0)
        self._frozen_at = 0.0
        self.lines: list[dict[str, Any]] = []
        """What its journal has said so far."""

    async def started(self) -> None:
        """Wait for the end of the cold start."""
        await self._answer()
        await self._extension_is_done()

    async def invoke(self, *, frozen_s: float) -> Invocation:
        """Invoke, freeze for so long, thaw."""
        lines_before, sent_at, frozen_at = len(self.lines), self._sent_at, self._frozen_at
        begun_at = time.monotonic()
        self._invocations += 1
        if self._api is not None:
            self._api.invoke(str(self._invocations))
        assert self._process.stdin is not None
        self._process.stdin.write(f"{self._invocations}\n".encode())
        await self._answer()
        self._sent_at = (begun_at, time.monotonic())
        await self._extension_is_done()
        await self._freeze(frozen_s)
        probes = [line for line in self.lines[lines_before:] if line["event"] == "probe"]
        return Invocation(probes, sent_at, frozen_at)

    async def _freeze(self, seconds: float) -> None:
        for relay in self._relays:
            relay.hold()
        self._process.send_signal(signal.SIGSTOP)
        self._frozen_at = time.monotonic()
        await asyncio.sleep(seconds)
        for relay in self._relays:
            relay.release()
        self._process.send_signal(signal.SIGCONT)

    def events(self, name: str) -> list[dict[str, Any]]:
        """The journal's lines of one kind."""
        return [line for line in self.lines if line["event"] == name]

    async def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        while True:
            line = json.loads(await asyncio.wait_for(self._process.stdout.readline(), LIMIT_S))
            if line["event"] == "answer":
                return dict(line)
            self.lines.append(line)

    async def _extension_is_done(self) -> None:
        if self._api is not None:
            await asyncio.to_thread(self._api.wait_until_asked)


@asynccontextmanager
async def frozen_child(
    config: RouterConfig,
    directory: Path,
    *,
    ca_file: Path,
    relays: Iterable[Relay] = (),
    api: ExtensionsApi | None = None,
) -> AsyncIterator[FrozenChild]:
    """Start a child that routes as configured; `relays` are held while it is frozen."""
    config_file = directory / "config.json"
    config_file.write_text(json.dumps(dataclasses.asdict(config)))
    surroundings = {
        **os.environ,
        "PYTHONPATH": str(SOURCES),
        "SSL_CERT_FILE": str(ca_file),
        "AWS_LAMBDA_LOG_LEVEL": "DEBUG",
        "AWS_LAMBDA_RUNTIME_API": "" if api is None else api.address,
    }
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", str(CHILD), str(config_file), env=surroundings, stdin=pipe, stdout=pipe
    )
    try:
        child = FrozenChild(process, relays, api)
        await child.started()
        yield child
    finally:
        process.kill()
        process.send_signal(signal.SIGCONT)
        await process.communicate()
