"""An execution environment of the local edge, driven one invocation at a time and timed.

It is the emulator's own: AWS's runtime client in a process that is frozen between
invocations, with or without extensions. The time taken is what a viewer would wait for the
function: from the thaw until the answer is posted.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
import uuid
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from bench.lab import Lab, RunningOrigin, addresses_of
from bench.scheduler import ProcessorWait
from origin_router.bundle import HANDLER
from origin_router.emulator.announce import Announcer
from origin_router.emulator.bus import Bus
from origin_router.emulator.environment import Environment
from origin_router.emulator.function import Function
from origin_router.emulator.invocation import Answer
from origin_router.emulator.runtime_api import Invocation
from origin_router.emulator.runtime_dir import link_runtime
from origin_router.emulator.surroundings import Freeze, Surroundings

REGION = "eu-central-1"
START_LIMIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Setting:
    """One of the four combinations of what an environment may find at the edge."""

    freeze: Freeze
    extensions: bool

    def __str__(self) -> str:
        return f"{self.freeze} freeze, extensions {'on' if self.extensions else 'off'}"


SETTINGS = tuple(Setting(freeze, extensions) for freeze in Freeze for extensions in (True, False))
"""All four."""


class Timing(NamedTuple):
    """How long an invocation took, in milliseconds."""

    raw_ms: float
    held_up_ms: float
    """Of that, how long the function or the local edge waited for a processor (see `scheduler`)."""

    @property
    def own_ms(self) -> float:
        """What it took apart from that. The kernel books a wait when it ends, so some cross an invocation's edge."""
        return max(0.0, self.raw_ms - self.held_up_ms)


class _Recorder(Announcer):
    """Keeps what the function writes."""

    def __init__(self) -> None:
        super().__init__(Bus(), REGION)
        self.lines: list[str] = []

    def output(self, environment: str, line: str) -> None:
        del environment
        self.lines.append(line)

    def environment(self, name: str, state: str, invocations: int, cold_start_ms: float | None) -> None:
        """Nobody listens: an invocation should not pay for it."""

    def log(self, environment: str, text: str) -> None:
        del environment
        self.lines.append(text)


class Sandbox:
    """An asynchronous context manager around one environment."""

    def __init__(
        self,
        lab: Lab,
        task_root: Path,
        origins: Iterable[RunningOrigin],
        setting: Setting,
        *,
        handler: str = HANDLER,
        log_level: str = "INFO",
    ) -> None:
        self.setting = setting
        self.cold_start_ms = 0.0
        self._recorder = _Recorder()
        self._processor_wait: ProcessorWait | None = None
        self._is_free = asyncio.Event()
        self._is_free.set()
        function = Function(
            name="bench",
            handler=handler,
            task_root=task_root,
            runtime_dir=runtime_dir(lab),
            region=REGION,
            log_level=log_level,
            ca_file=lab.ca_file,
        )
        addresses = addresses_of(origins)
        self._environment = Environment(
            "bench",
            function,
            Surroundings(
                freeze=setting.freeze,
                allow_extensions=setting.extensions,
                resolve=addresses,
                origins=tuple(addresses),
            ),
            self._recorder,
            on_free=lambda _: self._is_free.set(),
            on_dead=lambda _: self._is_free.set(),
        )

    async def __aenter__(self) -> Sandbox:
        try:
            problem = await self._environment.start(START_LIMIT_S)
        except BaseException:
            await self._environment.close()
            raise
        if problem is not None:
            await self._environment.close()
            raise RuntimeError(f"{problem}: {' | '.join(self._recorder.lines[-3:])}")
        self.cold_start_ms = self._environment.cold_start_ms or 0.0
        self._processor_wait = ProcessorWait(self.pid, os.getpid())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._processor_wait is not None:
            self._processor_wait.close()
        await self._environment.close()

    @property
    def pid(self) -> int:
        """Process id of the started environment."""
        assert self._environment.pid is not None
        return self._environment.pid

    async def invoke(self, payload: bytes) -> Timing:
        """Deliver an event; return when the answer is there. The environment may still be extending."""
        assert self._processor_wait is not None
        await self.until_free()
        self._is_free.clear()
        now = time.time()
        invocation = Invocation(str(uuid.uuid4()), payload, int((now + 30) * 1000), "Root=1-0-0;Sampled=0")
        held_up_before_ms = self._processor_wait.so_far_ms()
        began = time.perf_counter()
        outcome = await self._environment.invoke(invocation)
        took_ms = (time.perf_counter() - began) * 1000
        held_up_ms = self._processor_wait.so_far_ms() - held_up_before_ms
        if not isinstance(outcome, Answer):
            raise RuntimeError(f"{outcome.reason}: {' | '.join(self._recorder.lines[-3:])}")
        return Timing(took_ms, held_up_ms)

    async def until_free(self) -> None:
        """Wait until it is frozen again."""
        await self._is_free.wait()

    def journal(self, event: str) -> list[dict[str, Any]]:
        """Return what the function's journal has of one kind so far."""
        found = [json.loads(line) for line in self._recorder.lines if line.startswith("{")]
        return [entry for entry in found if entry.get("event") == event]


async def start_all(stack: AsyncExitStack, sandboxes: Iterable[Sandbox]) -> None:
    """Start sandboxes one after the other; the stack ends them."""
    for sandbox in sandboxes:
        await stack.enter_async_context(sandbox)


def runtime_dir(lab: Lab) -> Path:
    """Return the directory that plays /var/runtime: the runtime client and what it needs."""
    path = lab.path / "runtime"
    if not path.exists():
        path.mkdir()
        link_runtime(path)
    return path
