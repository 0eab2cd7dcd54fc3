"""One probe connection, advanced step by step; no step blocks.

    resolving -> connecting -> handshaking -> standing <-> awaiting
                                                 any ──────────> closed

`advance` does as much as can be done at once and reports an `Exchange` when one ended.
The caller waits for its stream, or does not wait at all and calls again at the environment's
next invocation. Times of phases that span a freeze are None, but for the response time,
which the kernel may have seen.
"""

from __future__ import annotations

import errno
from collections.abc import Callable

from origin_router.edge.exchange import Exchange, Phase, ResolutionError, failure_of, overtime_of, status_outcome
from origin_router.edge.reply import ProtocolError, Reply
from origin_router.edge.resolver import Resolver
from origin_router.edge.stream import Stream
from origin_router.edge.target import Target
from origin_router.edge.timing import Timing
from origin_router.edge.wakefulness import Wakefulness, awake_response_time, doubt, response_time
from origin_router.routing.model import Outcome


class Connection:
    """A connection to one target, opened by the first calls of `advance`."""

    def __init__(
        self,
        target: Target,
        resolver: Resolver,
        secure: Callable[[Stream, str], Stream],
        awake: Wakefulness,
        clock: Callable[[], float],
        *,
        has_request: bool,
        attempt: int = 0,
        make_request: Callable[[], bytes] | None = None,
    ) -> None:
        """`secure` lets TLS speak over a stream to a host.

        `has_request`: send the request as soon as the connection stands. `attempt` selects among addresses.

        `make_request` makes each request anew where the target's own would not do: a signature has a date.
        """
        self.target = target
        self.phase = Phase.RESOLVING
        self.stream: Stream | None = None
        """None until the name is resolved."""
        self.was_closed_while_idle = False
        """The request that failed met a connection that the peer had closed meanwhile, which is no failure."""
        self._has_request = has_request
        self._was_idle = False
        """The request under way was sent on a connection that had stood idle."""
        self._secure = secure
        self._awake = awake
        self._clock = clock
        self._attempt = attempt
        self._make_request = make_request
        self._timing = Timing(awake, clock)
        self.opened_at = self._timing.limit_from_at
        self._resolution = resolver.start(target.host, target.port)
        self._reply = Reply(has_body=target.has_body, keeps_body=target.keeps_body)

    @property
    def is_standing(self) -> bool:
        """Whether it is open with nothing under way."""
        return self.phase is Phase.STANDING

    @property
    def deadline_at(self) -> float:
        """When the present phase is overdue (monotonic, seconds)."""
        target = self.target
        limit_s = target.response_timeout_s if self.phase is Phase.AWAITING else target.connect_timeout_s
        return self._timing.limit_from_at + limit_s

    def awaited_awake_s(self) -> float | None:
        """How long a request has been unanswered without a freeze in between: a lower bound of its response time."""
        return self._timing.awake_s() if self.phase is Phase.AWAITING else None

    def send(self) -> None:
        """Write the request on a standing connection. Raises OSError if the peer is gone."""
        self._timing.times = {}
        self._was_idle = True
        self._send()

    def close(self) -> None:
        """Close without ceremony."""
        self.phase = Phase.CLOSED
        if self.stream is not None:
            self.stream.close()

    def advance(self) -> Exchange | None:
        """Do what can be done without waiting; return how the probe ended, once it has."""
        try:
            ended = self._advance()
        except (OSError, ProtocolError) as error:
            is_idle = self.phase is Phase.STANDING
            outcome, detail = failure_of(error, self.phase)
            self.was_closed_while_idle = self._was_idle and not self._reply.has_begun
            self.close()
            return None if is_idle else self._exchange(outcome, detail)
        if ended is None and self.phase is not Phase.STANDING and self._timing.is_overdue(self.phase, self.deadline_at):
            outcome, detail = overtime_of(self.phase, self.target)
            self.close()
            return self._exchange(outcome, detail)
        return ended

    def _advance(self) -> Exchange | None:
        if self.phase is Phase.RESOLVING and not self._connect():
            return None
        if self.phase is Phase.CONNECTING:
            if not self._stream.connect():
                return None
            self._timing.note("connect")
            if not self.target.request:
                return self._answered_by_connecting()
            self._begin_handshake()
        if self.phase is Phase.HANDSHAKING and not self._handshake():
            return None
        if self.phase is Phase.AWAITING:
            return self._read()
        self._check_idle()
        return None

    def _connect(self) -> bool:
        if not self._resolution.is_done:
            return False
        if self._resolution.error:
            raise ResolutionError(self._resolution.error)
        self._timing.note("dns", self._resolution.done_at)
        addresses = self._resolution.addresses
        self.stream = Stream(addresses[self._attempt % len(addresses)])
        self._enter(Phase.CONNECTING)
        return True

    def _begin_handshake(self) -> None:
        if self.target.is_tls:
            self.stream = self._secure(self._stream, self.target.host)
        self.phase = Phase.HANDSHAKING
        self._timing.begin(shares_limit=True)  # one limit for TCP and TLS together

    def _handshake(self) -> bool:
        if not self._stream.handshake():
            return False
        if self.target.is_tls:
            self._timing.note("tls")
        self._stand()
        return True

    def _stand(self) -> None:
        self._enter(Phase.STANDING)
        if self._has_request:
            self._send()

    def _send(self) -> None:
        kernel = self._stream.kernel_times()
        self._reply = Reply(has_body=self.target.has_body, keeps_body=self.target.keeps_body)
        self._enter(Phase.AWAITING, kernel.retransmits if kernel else 0)
        self._stream.send(self.target.request if self._make_request is None else self._make_request())

    def _read(self) -> Exchange | None:
        while not self._reply.is_complete:
            data = self._stream.receive()
            if data is None:
                return None
            if data:
                self._reply.feed(data)
            else:
                self._reply.end()
        return self._answered()

    def _answered(self) -> Exchange:
        response_s, withheld = self._response_time()
        status = self._reply.status
        if self._reply.is_reusable:
            self._enter(Phase.STANDING)
        else:
            self.close()
        outcome, detail = status_outcome(status, self.target)
        return self._exchange(outcome, detail, status, None if withheld else response_s, withheld)

    def _response_time(self) -> tuple[float, str | None]:
        now = self._clock()
        kernel = self._stream.kernel_times()
        if self._timing.is_awake:
            return awake_response_time(self._timing.sent, kernel, now), None
        took_s, why = response_time(self._timing.sent, kernel, now, self._awake)
        if why is None and self._has_more_arrived():
            why = "more_after_answer"
        return took_s, why

    def _has_more_arrived(self) -> bool:
        """Whether data came after the answer, so that the kernel's last arrival is not the answer's.

        A TLS peer's good-bye is data; one that announced it sends it along with the answer.
        """
        if self._reply.has_tail or not self._reply.is_reusable:
            return self._reply.has_tail
        try:
            data = self._stream.receive()
        except OSError:
            data = b""
        if data is None:
            return False
        self._reply.is_reusable = False
        return bool(data) or self.target.is_tls

    def _check_idle(self) -> None:
        """A standing connection has nothing to say but TLS tickets. Raises OSError if the peer closed it."""
        data = self._stream.receive()
        if data is None:
            return
        raise ConnectionResetError(errno.ECONNRESET, "unexpected data" if data else "closed while idle")

    def _answered_by_connecting(self) -> Exchange:
        took_s, withheld = self._timing.times["connect"], None
        if took_s is None:
            kernel = self._stream.kernel_times()
            took_s = kernel.rtt_s if kernel else 0.0
            withheld = doubt(self._timing.sent, took_s, kernel, self._awake)
        self.close()
        return self._exchange(Outcome.OK, "", None, None if withheld else took_s, withheld)

    def _exchange(
        self,
        outcome: Outcome,
        detail: str,
        status: int | None = None,
        response_s: float | None = None,
        withheld: str | None = None,
    ) -> Exchange:
        get = self._timing.times.get
        times = (get("dns"), get("connect"), get("tls"), response_s)
        return Exchange(outcome, detail, status, *times, withheld, self._reply.body)

    def _enter(self, phase: Phase, retransmits: int = 0) -> None:
        self.phase = phase
        self._timing.begin(retransmits)

    @property
    def _stream(self) -> Stream:
        assert self.stream is not None  # noqa: S101 - every phase after resolving has one
        return self.stream
