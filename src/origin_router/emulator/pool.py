"""The execution environments of one edge: who takes the next invocation, and when a new one is started."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from origin_router.emulator.environment import Environment, State
from origin_router.emulator.function import Function
from origin_router.emulator.invocation import Failed, FailureKind, Outcome
from origin_router.emulator.runtime_api import Invocation

FINISHING_GRACE_S = 0.1
EXTENDING_GRACE_S = 0.01
"""How long an invocation waits for an environment that has answered but not yet asked for its next event.

On loopback a viewer can be back before the runtime is, which takes a fraction of a millisecond, or
longer on a busy machine. At the edge the way to the viewer is longer than that, so a cold start here
would be an artefact. An extension at work is none: it keeps the environment on purpose.
"""

RATE_WINDOW_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolLimits:
    """How many environments there may be, and how long they live."""

    environments: int = 50
    """Lambda's default is 1,000 per Region (CloudFront quotas); one machine holds fewer."""
    rate_per_s: int = 0
    """Invocations that an environment takes in a second: 10 in Lambda (CloudFront quotas); 0: any number."""
    idle_s: float = 300.0
    """An environment without work is ended after this. Lambda says "some time"; minutes are what people see."""
    recycle_s: float = 7_200.0
    """An environment is ended after this, however busy. Lambda says "every few hours" (Lambda guide)."""


Make = Callable[[str, Callable[[Environment], None], Callable[[Environment], None]], Environment]
"""Makes an environment: its name, whom to tell when it is free, whom to tell when it is dead."""


DEFAULT_LIMITS = PoolLimits()


class Pool:
    """Environments by need: most recently used first, one invocation at a time each."""

    def __init__(self, function: Function, make: Make, limits: PoolLimits = DEFAULT_LIMITS) -> None:
        self._function = function
        self._make = make
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._alive: set[Environment] = set()
        self._free: list[Environment] = []
        """Most recently used last."""
        self._waiters: deque[asyncio.Future[Environment | None]] = deque()
        self._endings: set[asyncio.Task[None]] = set()
        self._started = 0
        self._is_closed = False
        self._sweep_timer = self._loop.call_later(limits.idle_s / 4, self._sweep)

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
        free = self._pick_free()
        if free is not None:
            return free
        finishing = [each for each in self._alive if each.is_finishing and self._has_turn(each)]
        if finishing:
            is_extending = all(each.state is State.EXTENDING for each in finishing)
            finished = await self._wait_for_finishing(EXTENDING_GRACE_S if is_extending else FINISHING_GRACE_S)
            if finished is not None:
                return finished
        if len(self._alive) >= self._limits.environments or self._is_closed:
            how = f"all {self._limits.environments} environments are busy"
            return Failed(FailureKind.LIMIT, how if not self._free else f"{how} or have had their share of this second")
        return await self._start_one()

    def _pick_free(self) -> Environment | None:
        """The one used last, of those that may be invoked in this second."""
        for environment in reversed(self._free):
            if self._has_turn(environment):
                self._free.remove(environment)
                return environment
        return None

    def _has_turn(self, environment: Environment) -> bool:
        rate = self._limits.rate_per_s
        invoked_at = environment.invoked_at
        return not rate or len(invoked_at) < rate or self._loop.time() - invoked_at[-rate] >= RATE_WINDOW_S

    async def _wait_for_finishing(self, grace_s: float) -> Environment | None:
        waiter: asyncio.Future[Environment | None] = self._loop.create_future()
        self._waiters.append(waiter)
        give_up = self._loop.call_later(grace_s, _resolve_with_none, waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            _hand_back(waiter, self._freed)
            raise
        finally:
            give_up.cancel()

    async def _start_one(self) -> Environment | Failed:
        """Start an environment. A failed INIT is repeated once, within the invocation (Lambda guide)."""
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
        if self._loop.time() - environment.born > self._limits.recycle_s:
            self._end(environment)
            return
        while self._waiters and self._has_turn(environment):
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
        oldest = self._loop.time() - self._limits.idle_s
        for environment in [each for each in self._free if each.free_since < oldest]:
            self._free.remove(environment)
            self._end(environment)
        self._sweep_timer = self._loop.call_later(self._limits.idle_s / 4, self._sweep)


def _resolve_with_none(waiter: asyncio.Future[Environment | None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _hand_back(waiter: asyncio.Future[Environment | None], freed: Callable[[Environment], None]) -> None:
    """An environment that was given to a request which is gone goes to the next one."""
    if waiter.done() and not waiter.cancelled():
        environment = waiter.result()
        if environment is not None and environment.state is State.FROZEN:
            freed(environment)
