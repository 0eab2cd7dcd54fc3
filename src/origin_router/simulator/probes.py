"""Probes of one environment on virtual time, stage by stage, as the edge's prober and its honesty rules do it.

A probe on a new connection has three stages (TCP, TLS, request), on a standing one only the
last. While the environment is frozen a stage can end, but the next one begins only when a
request wakes the process.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from random import Random
from typing import NamedTuple

from origin_router.routing.config import OriginConfig, ProbeConfig
from origin_router.routing.model import OriginRef, Outcome
from origin_router.simulator.condition import RETRANSMIT_S, draw, exchange_s
from origin_router.simulator.flight import Flight, Wakefulness
from origin_router.simulator.world import View

PROBE_SERVER_SHARE = 0.5
"""What is probed is cheaper than an ordinary page: its server time is this share."""

SYN_RETRANSMIT_S = 1.0
"""First retransmission of a lost SYN (RFC 6298, section 2.1)."""

MIN_QUIET_S = 0.05
SURE_QUIET_S = 1.0
"""The edge's rules for a latency read after a freeze: see `edge/wakefulness.py`."""

OVERDUE_THAWS = {3: 2, 2: 4, 1: 2}
"""The edge's patience with what is overdue after a freeze, by the stages that are left: see `edge/patience.py`."""


class Report(NamedTuple):
    """How a probe ended. `withheld` says that its time was not believed, with `latency_s` None."""

    ref: OriginRef
    outcome: Outcome
    latency_s: float | None
    withheld: str | None = None


class Probes:
    """All probes of one environment."""

    def __init__(
        self, view: View, probe: ProbeConfig, origins: dict[OriginRef, OriginConfig], freeze: str, rng: Random
    ) -> None:
        self.flights: dict[OriginRef, Flight] = {}
        self.launched = 0
        self._view = view
        self._probe = probe
        self._origins = origins
        self._is_vm = freeze == "vm"
        self._rng = rng
        self._opened_at_s: dict[OriginRef, float] = {}
        """Standing connections."""
        self._are_spares_used: set[OriginRef] = set()

    def launch(self, ref: OriginRef, at_s: float, awake: Wakefulness) -> bool:
        """Begin a probe unless one is under way."""
        if ref in self.flights:
            return False
        opened_at_s = self._opened_at_s.get(ref, -inf)
        if self._probe.method == "TCP" or at_s - opened_at_s <= self._probe.connection_max_age_s:
            stages = 1
        else:
            self._opened_at_s.pop(ref, None)
            stages = self._stages(ref)
        flight = self.flights[ref] = Flight(ref, self._view.index[ref.origin], stages)
        self._begin(flight, at_s, awake.epoch)
        self._are_spares_used.discard(ref)
        self.launched += 1
        return True

    def step(self, at_s: float, awake: Wakefulness) -> list[Report]:
        """Take in what ended while frozen; begin the next stages."""
        self._reconnect(at_s, awake)
        return [report for flight in list(self.flights.values()) if (report := self._advance(flight, at_s, awake))]

    def run(self, from_s: float, until_s: float, awake: Wakefulness, take: Callable[[Report, float], bool]) -> float:
        """Stay awake until `take` says so, nothing is under way, or it is time; return when that was."""
        now_s = from_s
        while self.flights:
            looks = [(each.look_at_s(awake), index, each) for index, each in enumerate(self.flights.values())]
            look_at_s, _, flight = min(looks)
            if max(now_s, look_at_s) > until_s:
                return until_s
            now_s = max(now_s, look_at_s)
            report = self._advance(flight, now_s, awake)
            if report is not None and take(report, now_s):
                return now_s
        return now_s

    def unanswered(self, at_s: float, awake: Wakefulness) -> list[tuple[OriginRef, float]]:
        """What was asked while awake and has not answered yet, with how long that is."""
        return [
            (each.ref, at_s - each.sent_at_s)
            for each in self.flights.values()
            if each.stages == 1 and each.epoch == awake.epoch and self._probe.method != "TCP"
        ]

    def _reconnect(self, at_s: float, awake: Wakefulness) -> None:
        """A process that ends resets its connections: the edge sees that at its next step, and tries a new one.

        Once per probe only (see `edge/lane.py`).
        """
        conditions = self._view.at(at_s).conditions
        if not any(each.fault == "refused" for each in conditions):
            return
        for ref in list(self._opened_at_s):
            index = self._view.index[ref.origin]
            if ref in self.flights or conditions[index].fault != "refused":
                continue
            del self._opened_at_s[ref]
            if ref not in self._are_spares_used:
                self._are_spares_used.add(ref)
                self.flights[ref] = Flight(ref, index, self._stages(ref), is_spare=True)
                self._begin(self.flights[ref], at_s, awake.epoch)

    def _stages(self, ref: OriginRef) -> int:
        """Of a probe on a new connection."""
        return 3 if self._origins[ref].protocol == "https" else 2

    def _advance(self, flight: Flight, at_s: float, awake: Wakefulness) -> Report | None:
        if flight.arrives_at_s > at_s:
            is_over = flight.is_over(at_s, awake, OVERDUE_THAWS[3 if self._is_connecting(flight) else flight.stages])
            return self._end(flight, self._overtime(flight)) if is_over else None
        if flight.outcome not in (Outcome.OK, Outcome.BAD_STATUS):
            return self._end(flight, flight.outcome)
        if flight.stages > 1:
            flight.stages -= 1
            if flight.is_spare and flight.stages == 1:
                self._opened_at_s[flight.ref] = at_s
                del self.flights[flight.ref]
                return None
            self._begin(flight, at_s, awake.epoch)
            return None
        withheld = self._doubt(flight, awake)
        took_s = flight.arrives_at_s - flight.sent_at_s
        if self._probe.method != "TCP":
            self._opened_at_s.setdefault(flight.ref, at_s)
        del self.flights[flight.ref]
        return Report(flight.ref, flight.outcome, None if withheld else took_s, withheld)

    def _end(self, flight: Flight, outcome: Outcome) -> Report:
        del self.flights[flight.ref]
        self._opened_at_s.pop(flight.ref, None)
        return Report(flight.ref, outcome, None)

    def _doubt(self, flight: Flight, awake: Wakefulness) -> str | None:
        """Return why the time must not be believed (as `doubt` of the edge), or None."""
        if flight.epoch == awake.epoch:
            return None
        if flight.is_resent:
            return "retransmitted"
        if awake.epoch != flight.epoch + 1:
            return "several_freezes"
        arrived_at_s = awake.woken_at_s if self._is_vm else flight.arrives_at_s
        if awake.woken_at_s - arrived_at_s < max(MIN_QUIET_S, min(awake.slept_s / 2, SURE_QUIET_S)):
            return "arrived_at_thaw"
        return None

    def _is_connecting(self, flight: Flight) -> bool:
        """Whether it waits for TCP: not for TLS, nor for an answer."""
        if flight.stages == 1:
            return self._probe.method == "TCP"
        return flight.stages == 3 or self._origins[flight.ref].protocol != "https"

    def _overtime(self, flight: Flight) -> Outcome:
        is_request = flight.stages == 1 and self._probe.method != "TCP"
        return Outcome.RESPONSE_TIMEOUT if is_request else Outcome.CONNECT_TIMEOUT

    def _begin(self, flight: Flight, at_s: float, epoch: int) -> None:
        condition = self._view.at(at_s).conditions[flight.index]
        luck = draw(self._rng)
        is_request = flight.stages == 1 and self._probe.method != "TCP"
        flight.is_resent = luck.loss < condition.loss
        flight.outcome = Outcome.OK
        if is_request:
            took_s = exchange_s(condition, luck, PROBE_SERVER_SHARE)
            flight.limit_at_s = at_s + self._probe.response_timeout_ms / 1000
        else:
            took_s = condition.rtt_s * (1 + condition.jitter * luck.network)
            lost_s = SYN_RETRANSMIT_S if self._is_connecting(flight) else RETRANSMIT_S
            took_s += lost_s if flight.is_resent else 0.0
            if flight.epoch != epoch:  # TCP and TLS share one limit, unless a freeze came between
                flight.limit_at_s = at_s + self._probe.connect_timeout_ms / 1000
        if condition.fault == "blackhole" or (condition.fault == "silent" and is_request):
            took_s = inf
        elif condition.fault == "refused":
            took_s, flight.outcome = condition.rtt_s, Outcome.REFUSED
        elif is_request and luck.error < condition.error_share:
            flight.outcome = Outcome.BAD_STATUS
        flight.sent_at_s, flight.arrives_at_s, flight.epoch = at_s, at_s + took_s, epoch
        flight.begin_waiting()
