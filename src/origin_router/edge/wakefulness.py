"""When the process was awake, and whether a time measured across a freeze may be believed.

Lambda stops an environment between invocations, and does not say whether it stops the
process (its kernel goes on and stamps arrivals) or the whole virtual machine (arrivals
are stamped at the thaw). A latency read after a freeze is therefore believed only if it
is right in both worlds:

- the exchange spans exactly one freeze, the one right after it was sent: what arrives
  in a later one may have been held back by an earlier one;
- the answer had been lying there well before the thaw: in a stopped machine everything
  seems to arrive at the thaw, and a slow start of the process must not hide that;
- the wall clock and the monotonic clock agree about how long we were away;
- nothing was sent twice: the kernel's stamp would then be that of the repetition.

Otherwise the outcome counts and the latency is thrown away. Never a wrong number.

One thing is assumed: that the wall clock is right when we wake up. Where both clocks stood
still in a freeze nobody could know of it.
"""

from __future__ import annotations

from origin_router.edge.tcp_info import KernelTimes
from origin_router.routing.named import NamedTuple

JIFFY_S = 0.01
"""The coarsest jiffy of a kernel: what a difference of two stamps may be off by."""

MIN_QUIET_S = 0.05
"""Shortest time between an arrival and the thaw as we see it, which is the handler's first line. It assumes that
a process with 7 % of a CPU (128 MB) gets there within this time less one jiffy, 40 ms."""

SURE_QUIET_S = 1.0
"""Being away for long, we can afford to ask for more: half of the time away, up to this."""

CLOCKS_AGREE_S = 0.05
"""Wall clock and monotonic clock may differ by this much over one freeze (time synchronisation slews slowly)."""

STAMPS_AGREE_S = 0.025
"""Our own time of sending and the kernel's may differ by two of the coarsest jiffies and the cost of the call."""

NO_FREEZE_S = 0.005
"""Away for less than this by both clocks, nothing was held back for longer: that time counts as awake."""

READ_TOGETHER_S = 0.0002
"""Both clocks are read one after the other; where they differ by more, one of them stood still."""


class Clocks(NamedTuple):
    """Both clocks, read together, in seconds."""

    monotonic: float
    wall: float


class Wakefulness:
    """The environment's own record of when it was stopped. `epoch` counts the times it was woken."""

    __slots__ = ("asleep_since", "do_clocks_agree", "epoch", "slept_s", "woken_at")

    def __init__(self, now: Clocks) -> None:
        self.epoch = 0
        self.asleep_since = now
        self.woken_at = now.monotonic
        self.slept_s = 0.0
        self.do_clocks_agree = True

    def wake(self, now: Clocks) -> None:
        """An invocation starts: the environment may have been stopped since `sleep`."""
        slept_s = now.monotonic - self.asleep_since.monotonic
        by_wall_s = now.wall - self.asleep_since.wall
        if slept_s < NO_FREEZE_S and abs(slept_s - by_wall_s) < READ_TOGETHER_S:
            return
        self.epoch += 1
        self.woken_at = now.monotonic
        self.slept_s = slept_s
        self.do_clocks_agree = abs(slept_s - by_wall_s) <= CLOCKS_AGREE_S

    def sleep(self, now: Clocks) -> None:
        """An answer is given: from here on the environment may be stopped at any time."""
        self.asleep_since = now


class Sent(NamedTuple):
    """When a request was sent (or a connect was started)."""

    at: float
    epoch: int
    retransmits: int


def doubt(sent: Sent, took_s: float, kernel: KernelTimes | None, awake: Wakefulness) -> str | None:
    """Return why a time taken from the kernel's stamps must not be believed, or None if it may be.

    `took_s` is the time in question.
    """
    if kernel is None:
        return "no_kernel_stamps"
    if kernel.retransmits != sent.retransmits:
        return "retransmitted"
    if awake.epoch != sent.epoch + 1:
        return "several_freezes"
    if not awake.do_clocks_agree:
        return "clocks_disagree"
    quiet_s = (awake.woken_at - sent.at) - took_s
    if quiet_s < max(MIN_QUIET_S, min(awake.slept_s / 2, SURE_QUIET_S)):
        return "arrived_at_thaw"
    return None


def awake_response_time(sent: Sent, kernel: KernelTimes | None, now: float) -> float:
    """Return the response time of an exchange that was awake from beginning to end.

    We may have been late to read the answer, being busy with the handler's work; the kernel was not.
    """
    took_s = now - sent.at
    if kernel is not None and kernel.since_received_s > JIFFY_S:
        return max(0.0, took_s - kernel.since_received_s)
    return took_s


def response_time(sent: Sent, kernel: KernelTimes | None, now: float, awake: Wakefulness) -> tuple[float, str | None]:
    """Return the response time of an exchange that spans a freeze, and why to doubt it (None: believe it)."""
    if kernel is None:
        return 0.0, "no_kernel_stamps"
    took_s = (now - kernel.since_received_s) - sent.at
    if took_s < -JIFFY_S or abs((now - sent.at) - kernel.since_sent_s) > STAMPS_AGREE_S:
        return took_s, "stamps_disagree"
    took_s = max(0.0, took_s)  # a near origin answers in less than a jiffy
    return took_s, doubt(sent, took_s, kernel, awake)
