"""The execution environments of one edge: who takes the next invocation, and when a new one is started."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections import deque
from collections.abc import Callable

from origin_router.emulator.environment import Environment, State
from origin_router.emulator.function import Function
from origin_router.emulator.invocation import Failed, FailureKind, Outcome
from origin_router.emulator.runtime_api import Invocation

LIMIT = 50
"""Environments per edge. Lambda's default is 1,000 per Region (aws-facts 1.4); one machine holds fewer."""

IDLE_S = 300.0
"""An environment without work is ended after this. Lambda says "some time"; minutes are what people see."""

FINISHING_GRACE_S = 0.01
"""How long an invocation waits for an environment that has answered but not yet asked for its next event.

On loopback a viewer can be back before the runtime is, which takes a fraction of a millisecond.
At the edge the way to the viewer is longer than that, so a cold start here would be an artefact.
"""

Make = Callable[[str, Callable[[Environment], None], Callable[[Environment], None]], Environment]
"""Makes an environment: its name, whom to tell when it is free, whom to tell when it is dead."""


class Pool:
    """Environments by need: most recently used first, one invocation at a time each."""

    def __init__(self, function: Function, make: Make, *, limit: int = LIMIT, idle_s: float = IDLE_S) -> None:
        self._function = function
        self._make = make
        self._limit = limit
        self._idle_s = idle_s
        self._loop = asyncio.get_running_loop()
        self._alive: set[Environment] = set()
        self._free: list[Environment] = []
        """Most recently used last."""
        self._waiters: deque[asyncio.Future[Environment | None]] = deque()
        self._endings: set[asyncio.Task[None]] = set()
        self._started = 0
        self._is_closed = False
        self._sweep_timer = self._loop.call_later(idle_s / 4, self._sweep)

    @property
    def environments(self) -> frozenset[Environment]:
        """Those that are alive."""
        return frozenset(self._alive)

    async def invoke(self, payload: bytes) -> Outcome:
        """Let an environment handle the event."""
        environment = await self._take()
        if isinstance(environment, Failed):
            return environment
        now = time.time()
        invocation = Invocation(
            request_id=str(uuid.uuid4()),
            payload=payload,
            deadline_ms=int((now + self._function.timeout_s) * 1000),
            trace_id=f"Root=1-{int(now):08x}-{os.urandom(12).hex()};Sampled=0",
        )
        return await environment.invoke(invocation)

    async def close(self) -> None:
        """End all environments."""
        self._is_closed = True
        self._sweep_timer.cancel()
        for environment in list(self._alive):
            self._end(environment)
        while self._endings:
            await asyncio.wait(self._endings)

    async def _take(self) -> Environment | Failed:
        """A free environment, one that is about to be free, or a new one."""
        if self._free:
            return self._free.pop()
        if any(environment.is_finishing for environment in self._alive):
            finished = await self._wait_for_finishing()
            if finished is not None:
                return finished
        if len(self._alive) >= self._limit or self._is_closed:
            return Failed(FailureKind.LIMIT, f"all {self._limit} environments are busy")
        return await self._start_one()

    async def _wait_for_finishing(self) -> Environment | None:
        waiter: asyncio.Future[Environment | None] = self._loop.create_future()
        self._waiters.append(waiter)
        give_up = self._loop.call_later(FINISHING_GRACE_S, _resolve_with_none, waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            _hand_back(waiter, self._freed)
            raise
        finally:
            give_up.cancel()

    async def _start_one(self) -> Environment | Failed:
        """Start an environment. A failed INIT is repeated once, within the invocation (aws-facts section 5)."""
        problem: str | None = None
        for limit_s in (self._function.init_timeout_s, self._function.timeout_s):
            if self._is_closed:
                break
            self._started += 1
            environment = self._make(f"env-{self._started}", self._freed, self._died)
            self._alive.add(environment)
            starting = self._loop.create_task(environment.start(limit_s))
            try:
                problem = await asyncio.shield(starting)
            except asyncio.CancelledError:
                self._died(environment)
                raise
            if problem is None:
                return environment
        return Failed(FailureKind.EXECUTION, problem or "")

    def _freed(self, environment: Environment) -> None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(environment)
                return
        self._free.append(environment)

    def _died(self, environment: Environment) -> None:
        if environment in self._free:
            self._free.remove(environment)
        if environment in self._alive:
            self._end(environment)

    def _end(self, environment: Environment) -> None:
        self._alive.discard(environment)
        task = self._loop.create_task(environment.close())
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)

    def _sweep(self) -> None:
        """End what has been idle for long."""
        oldest = self._loop.time() - self._idle_s
        for environment in [each for each in self._free if each.free_since < oldest]:
            self._free.remove(environment)
            self._end(environment)
        self._sweep_timer = self._loop.call_later(self._idle_s / 4, self._sweep)


def _resolve_with_none(waiter: asyncio.Future[Environment | None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _hand_back(waiter: asyncio.Future[Environment | None], freed: Callable[[Environment], None]) -> None:
    """An environment that was given to a request which is gone goes to the next one."""
    if waiter.done() and not waiter.cancelled():
        environment = waiter.result()
        if environment is not None and environment.state is State.FROZEN:
            freed(environment)
