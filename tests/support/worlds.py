"""A small model of an environment that is frozen between invocations, in both worlds that Lambda may be.

Real time runs on in `t` (seconds). What the environment knows of it is what a program knows:
two clocks, and the kernel's stamps in whole jiffies. In a process freeze the kernel goes on
and stamps an arrival when it arrives; in a machine freeze it stamps it at the thaw, or
later, when the peer has sent it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

from origin_router.edge.tcp_info import KernelTimes
from origin_router.edge.wakefulness import (
    NO_FREEZE_S,
    Clocks,
    Sent,
    Wakefulness,
    awake_response_time,
    doubt,
    response_time,
)

EPOCH = 1_700_000_000.0
"""Where the wall clock begins."""

FIRST_RETRANSMISSION_S = 0.2
"""Linux' shortest retransmission timeout; it doubles each time."""


@dataclass(frozen=True)
class World:
    """What the environment runs in."""

    freeze: Literal["process", "machine"]
    jiffy_s: float = 0.004
    phase_s: float = 0.0
    """Where in a jiffy the model's time begins."""
    does_lose: bool = False
    """A stopped machine loses what arrives (if it is stopped for long), and the peer sends it again."""
    stops: Literal["no clock", "monotonic", "wall"] = "no clock"
    """What stands still in a freeze: one clock at most (the kernel's stamps go with the monotonic one). A machine
    of which both stood still would wake up with the wrong date, and could not sign a request to AWS."""


@dataclass(frozen=True)
class Cycle:
    """One invocation and the freeze after it. All in seconds."""

    startup_s: float
    """From the thaw to the handler's first line."""
    handler_s: float
    tail_s: float
    """From the handler's end to the freeze: the answer is posted, other threads run."""
    frozen_s: float
    is_seen: bool = True
    """The handler looks at what arrived (or an event passes by that is not for it)."""


class Reading(NamedTuple):
    """A time that was read after a freeze, beside the truth."""

    took_s: float
    true_s: float
    withheld: str | None
    was_awake: bool = False
    """Nothing that counts as a freeze lay between."""


class Stretch(NamedTuple):
    """Real times of one cycle."""

    thawed_at: float
    handler_at: float
    answered_at: float
    frozen_at: float


def stretches(cycles: Sequence[Cycle]) -> list[Stretch]:
    """Lay the cycles out in real time."""
    at, laid = 0.0, []
    for cycle in cycles:
        handler_at = at + cycle.startup_s
        answered_at = handler_at + cycle.handler_s
        laid.append(Stretch(at, handler_at, answered_at, answered_at + cycle.tail_s))
        at = answered_at + cycle.tail_s + cycle.frozen_s
    return laid


class Kernel:
    """What the kernel stamps, and what the clocks show."""

    def __init__(self, world: World, cycles: Sequence[Cycle]) -> None:
        self._world = world
        stretched = stretches(cycles)
        self._freezes = [(one.frozen_at, next_.thawed_at) for one, next_ in pairwise(stretched)]

    def monotonic(self, t: float) -> float:
        """The monotonic clock at a real time."""
        return t - self._frozen_before(t) if self._world.stops == "monotonic" else t

    def clocks(self, t: float) -> Clocks:
        """Both clocks."""
        wall = t - self._frozen_before(t) if self._world.stops == "wall" else t
        return Clocks(self.monotonic(t), EPOCH + wall)

    def stamped_at(self, arrives_at: float) -> float:
        """When the kernel stamps what arrives at the machine."""
        if self._world.freeze == "process":
            return arrives_at
        pause_s = FIRST_RETRANSMISSION_S
        for frozen_at, thawed_at in self._freezes:
            if frozen_at <= arrives_at < thawed_at:
                if not self._world.does_lose or thawed_at - frozen_at < NO_FREEZE_S:
                    return thawed_at
                while arrives_at < thawed_at:
                    arrives_at += pause_s
                    pause_s *= 2
        return arrives_at

    def age_s(self, stamp_at: float, t: float) -> float:
        """The age of a stamp as TCP_INFO tells it: a difference of whole jiffies, in milliseconds."""
        jiffy_s, phase_s = self._world.jiffy_s, self._world.phase_s
        ticks = (self.monotonic(t) + phase_s) // jiffy_s - (self.monotonic(stamp_at) + phase_s) // jiffy_s
        return round(ticks * jiffy_s * 1000) / 1000

    def _frozen_before(self, t: float) -> float:
        return sum(max(0.0, min(t, thawed_at) - frozen_at) for frozen_at, thawed_at in self._freezes)


def play(
    world: World,
    cycles: Sequence[Cycle],
    *,
    latency_s: float,
    send_share: float = 0.5,
    is_sent_after_answer: bool = False,
    is_connect: bool = False,
) -> Reading | None:
    """Send one request in the first cycle and read its answer in the first later one that finds it.

    `send_share`: where in the handler (or in the tail after it) it is sent. `is_connect`: the time
    of a connect, which the kernel keeps as a round trip. None: no cycle found it.
    """
    kernel = Kernel(world, cycles)
    laid = stretches(cycles)
    awake = Wakefulness(kernel.clocks(laid[0].thawed_at))
    begin, end = (laid[0].answered_at, laid[0].frozen_at) if is_sent_after_answer else laid[0][1:3]
    sent_at = begin + send_share * (end - begin)
    stamp_at = kernel.stamped_at(sent_at + latency_s)
    sent: Sent | None = None
    for cycle, stretch in zip(cycles, laid, strict=True):
        t = stretch.handler_at
        awake.wake(kernel.clocks(t))
        if sent is not None and cycle.is_seen and stamp_at <= t:
            return _read(kernel, awake, sent, (sent_at, stamp_at, t), latency_s, is_connect=is_connect)
        if is_sent_after_answer:
            awake.sleep(kernel.clocks(stretch.answered_at))
        if sent is None:
            sent = Sent(kernel.monotonic(sent_at), awake.epoch, 0)
        awake.sleep(kernel.clocks(stretch.frozen_at if is_sent_after_answer else stretch.answered_at))
    return None


def _read(
    kernel: Kernel,
    awake: Wakefulness,
    sent: Sent,
    times: tuple[float, float, float],
    true_s: float,
    *,
    is_connect: bool,
) -> Reading:
    sent_at, stamp_at, t = times
    round_trip_s = kernel.monotonic(stamp_at) - kernel.monotonic(sent_at)
    stamps = KernelTimes(kernel.age_s(sent_at, t), kernel.age_s(stamp_at, t), round_trip_s, 0)
    if awake.epoch == sent.epoch:
        return Reading(awake_response_time(sent, stamps, kernel.monotonic(t)), true_s, None, was_awake=True)
    if is_connect:
        return Reading(round_trip_s, true_s, doubt(sent, round_trip_s, stamps, awake))
    took_s, withheld = response_time(sent, stamps, kernel.monotonic(t), awake)
    return Reading(took_s, true_s, withheld)
