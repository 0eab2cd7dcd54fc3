"""One execution environment: a process of AWS's runtime client, frozen between invocations.

Its life: starting -> busy -> (extending ->) frozen -> busy -> ... -> dead. It is frozen when the
runtime and every registered extension have asked for their next event, and not before; the caller
has its answer as soon as the runtime has posted it. The function's timeout covers both.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import Callable
from enum import StrEnum

from origin_router.emulator.announce import Announcer
from origin_router.emulator.frozen_network import FrozenNetwork
from origin_router.emulator.function import Function, process_variables
from origin_router.emulator.invocation import Answer, Failed, FailureKind, Outcome
from origin_router.emulator.process import Process, start_process
from origin_router.emulator.resources import Cage
from origin_router.emulator.runtime_api import Invocation, RuntimeApi
from origin_router.emulator.surroundings import Freeze, Surroundings

REMEMBERED_INVOCATIONS = 1_000
"""Enough for any limit of a rate per second."""


class State(StrEnum):
    """Where an environment is in its life."""

    STARTING = "starting"
    BUSY = "busy"
    EXTENDING = "extending"
    """The caller has its answer, an extension is still at work."""
    FROZEN = "frozen"
    DEAD = "dead"


class Environment:
    """See the module. `on_free` and `on_dead` are called with the environment itself."""

    def __init__(
        self,
        name: str,
        function: Function,
        surroundings: Surroundings,
        announcer: Announcer,
        *,
        on_free: Callable[[Environment], None],
        on_dead: Callable[[Environment], None],
    ) -> None:
        self.name = name
        self.state = State.STARTING
        self.invocations = 0
        self.cold_start_ms: float | None = None
        self.invoked_at: deque[float] = deque(maxlen=REMEMBERED_INVOCATIONS)
        """Loop times of the latest invocations."""
        self.free_since = 0.0
        """Loop time at which it was last frozen."""
        self._function = function
        self._surroundings = surroundings
        self._announcer = announcer
        self._on_free = on_free
        self._on_dead = on_dead
        self._loop = asyncio.get_running_loop()
        self.born = self._loop.time()
        self._api = RuntimeApi(function, self, allow_extensions=surroundings.allow_extensions)
        self._network = FrozenNetwork(surroundings)
        self._process: Process | None = None
        self._cage: Cage | None = None
        self._is_set_up = asyncio.Event()
        self._ready: asyncio.Future[str | None] = self._loop.create_future()
        self._outcome: asyncio.Future[Outcome] | None = None
        self._request_id = ""
        """Of the latest invocation."""
        self._timer: asyncio.TimerHandle | None = None

    @property
    def pid(self) -> int | None:
        """Process id, once there is one."""
        return self._process.pid if self._process else None

    @property
    def is_finishing(self) -> bool:
        """The caller has its answer, and it will be free soon."""
        return self.state in (State.BUSY, State.EXTENDING) and self._outcome is not None and self._outcome.done()

    async def start(self, limit_s: float) -> str | None:
        """Start the process when it is its turn and wait for the end of INIT; return what went wrong, or None.

        The limit counts from when the process runs, what a cold start took from its turn.
        Must not be cancelled: `close` waits until everything that begins here has begun.
        """
        self._set_state(State.STARTING)
        turns = self._surroundings.init_turns
        async with turns.turn() if turns else contextlib.nullcontext():
            return await self._initialise(limit_s)

    async def _initialise(self, limit_s: float) -> str | None:
        began = self._loop.time()
        try:
            if self.state is not State.DEAD:  # while it waited for its turn
                await self._set_up()
        except OSError as error:
            self._die(f"The environment cannot be started: {error}")
        finally:
            self._is_set_up.set()
        done, _ = await asyncio.wait([self._ready], timeout=limit_s)
        problem = self._ready.result() if done else f"INIT timed out after {limit_s:.2f} seconds"
        if problem is None:
            self.cold_start_ms = round((self._loop.time() - began) * 1000, 1)
        else:
            self._die(problem)
        return problem

    async def _set_up(self) -> None:
        await self._api.start()
        if self._surroundings.freeze is Freeze.VM:
            await self._network.start(self._surroundings.origins)
        variables = process_variables(
            self._function,
            runtime_api=self._api.address,
            log_stream=time.strftime(f"%Y/%m/%d/[{self._function.version}]{self.name}", time.gmtime()),
            overlay=self._network.overlay,
            overlay_file=self._network.overlay_file,
        )
        if self._surroundings.resources is not None:
            self._cage = self._surroundings.resources.make_cage(self._function.memory_mb)
        self._process = await start_process(
            self._function.command, cwd=self._function.task_root, variables=variables, on_line=self._take_line
        )
        if self._cage is not None:
            self._cage.add(self._process.pid)
        self._process.ended.add_done_callback(self._process_ended)

    def invoke(self, invocation: Invocation) -> asyncio.Future[Outcome]:
        """Thaw, deliver the event, and promise the outcome."""
        self.invocations += 1
        self._request_id = invocation.request_id
        self.invoked_at.append(self._loop.time())
        self._outcome = self._loop.create_future()
        if self.state is State.FROZEN and self._process is not None:
            self._network.thaw()
            self._process.thaw()
        self._set_state(State.BUSY)
        self._timer = self._loop.call_later(self._function.timeout_s, self._time_out)
        if not self._api.deliver(invocation):
            self._die("Runtime exited between invocations")
        return self._outcome

    async def close(self) -> None:
        """End the process and everything around it."""
        self._die("")
        await self._is_set_up.wait()
        if self._process is not None:
            await self._process.close()
        if self._cage is not None:
            await self._cage.close()
        await self._api.close()
        await self._network.close()

    # What the runtime does (see `runtime_api.Observer`).

    def answered(self, request_id: str, payload: bytes) -> None:
        self._conclude(Answer(payload, request_id))

    def failed(self, request_id: str, error: bytes) -> None:
        del request_id
        self._conclude(Failed(FailureKind.EXECUTION, _describe(error)))

    def init_failed(self, error: bytes) -> None:
        self._settle_init(_describe(error))

    def extension_lags(self) -> None:
        if self.is_finishing and self.state is State.BUSY:
            self._set_state(State.EXTENDING)

    def settled(self) -> None:
        if self.state is State.STARTING:
            self._settle_init(None)
        elif self.state in (State.BUSY, State.EXTENDING) and self._process is not None:
            self._cancel_timer()
            self._network.freeze()
            self._process.freeze()
            self.free_since = self._loop.time()
            self._set_state(State.FROZEN)
            self._on_free(self)

    def _take_line(self, line: str) -> None:
        self._announcer.output(self.name, line)

    def _process_ended(self, ended: asyncio.Future[int]) -> None:
        code = ended.result()
        how = f"exit status {code}" if code >= 0 else f"signal {-code}"
        reason = f"RequestId: {self._request_id} Error: Runtime exited with error: {how} Runtime.ExitError"
        self._settle_init(reason)
        self._die(reason)

    def _time_out(self) -> None:
        self._die(f"{self._request_id} Task timed out after {self._function.timeout_s:.2f} seconds")

    def _settle_init(self, problem: str | None) -> None:
        if not self._ready.done():
            self._ready.set_result(problem)

    def _conclude(self, outcome: Outcome) -> None:
        if self._outcome is not None and not self._outcome.done():
            self._outcome.set_result(outcome)

    def _die(self, reason: str) -> None:
        if self.state is State.DEAD:
            return
        if reason:
            self._announcer.log(self.name, reason)
        self._cancel_timer()
        self._set_state(State.DEAD)
        self._settle_init(reason)
        self._conclude(Failed(FailureKind.EXECUTION, reason))
        if self._process is not None:
            self._process.kill()
        self._on_dead(self)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set_state(self, state: State) -> None:
        self.state = state
        self._announcer.environment(self.name, state, self.invocations, self.cold_start_ms)


def _describe(error: bytes) -> str:
    """One line for a runtime's error body."""
    try:
        body = json.loads(error)
        return f"{body.get('errorType') or 'Error'}: {body.get('errorMessage') or ''}".strip()
    except (ValueError, AttributeError):
        return error.decode("utf-8", "replace")[:200]
