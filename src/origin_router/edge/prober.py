"""Drives the probe connections: `run` until a deadline, or one non-blocking `step`.

Both return what was learned; neither decides anything. A step touches only what the
kernel says is ready, and stops after `STEP_BUDGET_S`: the rest is done by the next one.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Iterable, Sequence
from ssl import SSLContext

from origin_router.edge.exchange import Exchange
from origin_router.edge.lane import Lane
from origin_router.edge.resolver import Resolver
from origin_router.edge.stream import Stream, TlsStream
from origin_router.edge.target import Target, targets_of
from origin_router.edge.trust import create_context
from origin_router.edge.wakefulness import Wakefulness
from origin_router.routing.config import RouterConfig
from origin_router.routing.model import OriginRef
from origin_router.routing.named import NamedTuple

STEP_BUDGET_S = 0.0005
"""A step starts no further work after this long: half of what a refreshing request may cost more than another."""

MAX_WAIT_S = 1.0
"""Upper bound of one wait in `run`; deadlines are checked in between."""


class Report(NamedTuple):
    """How a probe of one origin ended."""

    ref: OriginRef
    exchange: Exchange


class Document(NamedTuple):
    """Something to read besides the origins, over the same kind of connection."""

    ref: OriginRef
    """The name under which its reports come."""
    target: Target
    make_request: Callable[[], bytes]


class Prober:
    """One lane per target, one poll set for all."""

    def __init__(
        self,
        config: RouterConfig,
        awake: Wakefulness,
        clock: Callable[[], float],
        *,
        resolver: Resolver | None = None,
        tls_context: Callable[[], SSLContext] = create_context,
        documents: Sequence[Document] = (),
    ) -> None:
        """`clock` is monotonic, in seconds."""
        self._clock = clock
        self._create_context = tls_context
        self._context: SSLContext | None = None
        self._resolver = resolver or Resolver()
        self._lanes = [
            Lane(target, refs, self._resolver, self._secure, awake, clock)
            for target, refs in targets_of(config).items()
        ]
        self._lanes += [
            Lane(each.target, [each.ref], self._resolver, self._secure, awake, clock, each.make_request)
            for each in documents
        ]
        self._lane_of = {ref: lane for lane in self._lanes for ref in lane.refs}
        self._by_fd: dict[int, Lane] = {}
        self._events: dict[int, int] = {}
        self._poll = select.poll()
        self._poll.register(self._resolver.wake_fd, select.POLLIN)
        self.is_busy = False
        """Whether a probe or a connection is under way, so that there is more to do than listen."""

    def refs(self) -> list[list[OriginRef]]:
        """Return the origins, those that share one measurement together."""
        return [lane.refs for lane in self._lanes]

    def launch(self, refs: Iterable[OriginRef], *, budget_s: float = STEP_BUDGET_S) -> list[OriginRef]:
        """Start the probes of these origins, in order, and wait for nothing; return those that were started."""
        started = []
        stop_at = self._clock() + budget_s
        for ref in refs:
            lane = self._lane_of[ref]
            if not lane.is_probing:
                lane.launch()
                self._watch(lane)
                started.extend(lane.refs)
            if self._clock() >= stop_at:
                break
        self.is_busy = self.is_busy or bool(started)
        return started

    def step(self) -> list[Report]:
        """Take in what has arrived and go on with what is under way; never waits.

        Answers are read first, and all of them: one that is left for the next step would have
        seen another freeze, and lost its latency. Of the rest at least one goes on, however slow we are.
        """
        ready = self._poll.poll(0)
        if not ready and not self.is_busy:
            return []
        stop_at = self._clock() + STEP_BUDGET_S
        reports: list[Report] = []
        for lane in sorted(self._lanes_to_advance(ready), key=lambda each: not each.is_awaiting):
            is_answer = lane.is_awaiting
            reports += self._advance(lane)
            if not is_answer and self._clock() >= stop_at:
                break
        self.is_busy = any(self._is_under_way(lane) for lane in self._lanes)
        return reports

    def run(self, deadline_at: float, until: Callable[[list[Report]], bool]) -> None:
        """Drive all probes until `until` says so of newly arrived reports, none is left, or the deadline.

        `until` is also where the caller learns the reports; it is called at least once.
        """
        if any(lane.target.is_tls for lane in self._lanes):
            self._shared_context()  # while the first packets travel
        ready: list[tuple[int, int]] = []
        is_done = until([])
        while not is_done:
            reports = [report for lane in self._lanes_to_advance(ready) for report in self._advance(lane)]
            if reports:
                is_done = until(reports)
            under_way = [lane for lane in self._lanes if self._is_under_way(lane)]
            now = self._clock()
            if is_done or not under_way or now >= deadline_at:
                break
            overdue_at = min(lane.connection.deadline_at for lane in under_way if lane.connection is not None)
            wait_s = min(MAX_WAIT_S, max(0.0, min(deadline_at, overdue_at) - now))
            ready = self._poll.poll(wait_s * 1000 + 0.5)
        self.is_busy = any(self._is_under_way(lane) for lane in self._lanes)

    def unanswered(self) -> list[tuple[OriginRef, float]]:
        """Return the origins that are being asked, with how long they have not answered while we were awake."""
        waits = [(lane, lane.connection.awaited_awake_s()) for lane in self._lanes if lane.connection is not None]
        return [(ref, waited_s) for lane, waited_s in waits if waited_s is not None for ref in lane.refs]

    def close(self) -> None:
        """Close every connection."""
        for lane in self._lanes:
            lane.close()
        self._resolver.close()

    def _lanes_to_advance(self, ready: list[tuple[int, int]]) -> list[Lane]:
        """The lanes with an event, then those without a file descriptor or past their deadline."""
        lanes = []
        for fd, _ in ready:
            if fd in self._by_fd:
                lanes.append(self._by_fd[fd])
            else:
                self._resolver.drain()
        now = self._clock()
        for lane in self._lanes:
            connection = lane.connection
            if connection is None or lane in lanes:
                continue
            if connection.stream is None or (self._is_under_way(lane) and now >= connection.deadline_at):
                lanes.append(lane)
        return lanes

    def _advance(self, lane: Lane) -> list[Report]:
        exchange = lane.advance()
        self._watch(lane)
        return [] if exchange is None else [Report(ref, exchange) for ref in lane.refs]

    def _watch(self, lane: Lane) -> None:
        """Keep the poll set in step with a lane's file descriptor and what it waits for."""
        fd = lane.fd
        for other, owner in list(self._by_fd.items()):
            if owner is lane and other != fd:
                self._forget(other)
        if fd < 0 or lane.connection is None or lane.connection.stream is None:
            return
        events = lane.connection.stream.events
        if self._by_fd.get(fd) is not lane or self._events.get(fd) != events:
            self._poll.register(fd, events)
            self._by_fd[fd] = lane
            self._events[fd] = events

    def _forget(self, fd: int) -> None:
        del self._by_fd[fd]
        self._events.pop(fd, None)
        self._poll.unregister(fd)

    def _is_under_way(self, lane: Lane) -> bool:
        return lane.connection is not None and (lane.is_probing or not lane.connection.is_standing)

    def _secure(self, stream: Stream, host: str) -> Stream:
        """Let TLS speak over a connection that stands."""
        return TlsStream(stream, self._shared_context(), host)

    def _shared_context(self) -> SSLContext:
        if self._context is None:
            self._context = self._create_context()
        return self._context
