"""One probe connection, advanced step by step; no step blocks.

    resolving -> connecting -> handshaking -> standing <-> awaiting
                                                 any ──────────> closed

`advance` does as much as can be done at once and reports an `Exchange` when one ended.
The caller waits for `sock`, or does not wait at all and calls again at the environment's
next invocation. Times of phases that span a freeze are None, but for the response time,
which the kernel may have seen.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import ssl
from collections.abc import Callable

from origin_router.edge.exchange import Exchange, Phase, ResolutionError, failure_of, overtime_of, status_outcome
from origin_router.edge.patience import Patience
from origin_router.edge.reply import ProtocolError, Reply
from origin_router.edge.resolver import Resolver
from origin_router.edge.target import Target
from origin_router.edge.tcp_info import read_kernel_times
from origin_router.edge.wakefulness import Sent, Wakefulness, awake_response_time, doubt, response_time
from origin_router.routing.model import Outcome

READ_BYTES = 16_384
"""One TLS record."""


class Connection:
    """A connection to one target, opened by the first calls of `advance`."""

    def __init__(
        self,
        target: Target,
        resolver: Resolver,
        tls_context: Callable[[], ssl.SSLContext],
        awake: Wakefulness,
        clock: Callable[[], float],
        *,
        has_request: bool,
        attempt: int = 0,
        make_request: Callable[[], bytes] | None = None,
    ) -> None:
        """`has_request`: send the request as soon as the connection stands. `attempt` selects among addresses.

        `make_request` makes each request anew where the target's own would not do: a signature has a date.
        """
        self.target = target
        self.opened_at = clock()
        self.phase = Phase.RESOLVING
        self.events = 0
        """What to wait for on `sock`: poll flags."""
        self.sock: socket.socket | None = None
        self.was_closed_while_idle = False
        """The request that failed met a connection that the peer had closed meanwhile, which is no failure."""
        self._has_request = has_request
        self._was_idle = False
        """The request under way was sent on a connection that had stood idle."""
        self._tls_context = tls_context
        self._awake = awake
        self._clock = clock
        self._attempt = attempt
        self._make_request = make_request
        self._address: tuple[str, int] = ("", 0)
        self._resolution = resolver.start(target.host, target.port)
        self._reply = Reply(has_body=target.has_body, keeps_body=target.keeps_body)
        self._sent = Sent(self.opened_at, awake.epoch, 0)
        self._limit_from_at = self.opened_at
        self._patience = Patience()
        self._times: dict[str, float | None] = {}

    @property
    def is_standing(self) -> bool:
        """Whether it is open with nothing under way."""
        return self.phase is Phase.STANDING

    @property
    def deadline_at(self) -> float:
        """When the present phase is overdue (monotonic, seconds)."""
        target = self.target
        limit_s = target.response_timeout_s if self.phase is Phase.AWAITING else target.connect_timeout_s
        return self._limit_from_at + limit_s

    def awaited_awake_s(self) -> float | None:
        """How long a request has been unanswered without a freeze in between: a lower bound of its response time."""
        if self.phase is not Phase.AWAITING or self._sent.epoch != self._awake.epoch:
            return None
        return self._clock() - self._sent.at

    def send(self) -> None:
        """Write the request on a standing connection. Raises OSError if the peer is gone."""
        self._times = {}
        self._was_idle = True
        self._send()

    def close(self) -> None:
        """Close without ceremony."""
        self.phase = Phase.CLOSED
        if self.sock is not None:
            self.sock.close()

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
        if ended is None and self.phase is not Phase.STANDING and self._is_overtime():
            outcome, detail = overtime_of(self.phase, self.target)
            self.close()
            return self._exchange(outcome, detail)
        return ended

    def _advance(self) -> Exchange | None:
        if self.phase is Phase.RESOLVING and not self._connect():
            return None
        if self.phase is Phase.CONNECTING:
            if not self._is_connected():
                return None
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
        self._note("dns", self._resolution.done_at)
        addresses = self._resolution.addresses
        family, host, port = addresses[self._attempt % len(addresses)]
        self._address = (host, port)
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._enter(Phase.CONNECTING, select.POLLOUT)
        return True

    def _is_connected(self) -> bool:
        code = self._socket.connect_ex(self._address)
        if code in (errno.EINPROGRESS, errno.EALREADY):
            return False
        if code not in (0, errno.EISCONN):
            raise OSError(code, os.strerror(code))
        self._note("connect", self._clock())
        return True

    def _begin_handshake(self) -> None:
        if not self.target.is_tls:
            self._stand()
            return
        is_awake = self._sent.epoch == self._awake.epoch
        connecting_since_at = self._limit_from_at if is_awake else self._clock()
        self.sock = self._tls_context().wrap_socket(
            self._socket, server_hostname=self.target.host, do_handshake_on_connect=False
        )
        self._enter(Phase.HANDSHAKING, select.POLLIN)
        self._limit_from_at = connecting_since_at  # one limit for TCP and TLS together

    def _handshake(self) -> bool:
        assert isinstance(self.sock, ssl.SSLSocket)  # noqa: S101 - made by _begin_handshake
        try:
            self.sock.do_handshake()
        except ssl.SSLWantReadError:
            self.events = select.POLLIN
            return False
        except ssl.SSLWantWriteError:
            self.events = select.POLLOUT
            return False
        self._note("tls", self._clock())
        self._stand()
        return True

    def _stand(self) -> None:
        self._enter(Phase.STANDING, select.POLLIN)
        if self._has_request:
            self._send()

    def _send(self) -> None:
        kernel = read_kernel_times(self._socket)
        self._reply = Reply(has_body=self.target.has_body, keeps_body=self.target.keeps_body)
        self._enter(Phase.AWAITING, select.POLLIN, kernel.retransmits if kernel else 0)
        self._socket.send(self.target.request if self._make_request is None else self._make_request())

    def _read(self) -> Exchange | None:
        while not self._reply.is_complete:
            try:
                data = self._socket.recv(READ_BYTES)
            except (ssl.SSLWantReadError, BlockingIOError):
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
            self._enter(Phase.STANDING, select.POLLIN)
        else:
            self.close()
        outcome, detail = status_outcome(status, self.target)
        return self._exchange(outcome, detail, status, None if withheld else response_s, withheld)

    def _response_time(self) -> tuple[float, str | None]:
        now = self._clock()
        kernel = read_kernel_times(self._socket)
        if self._awake.epoch == self._sent.epoch:
            return awake_response_time(self._sent, kernel, now), None
        took_s, why = response_time(self._sent, kernel, now, self._awake)
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
            data = self._socket.recv(READ_BYTES)
        except (ssl.SSLWantReadError, BlockingIOError):
            return False
        except OSError:
            data = b""
        self._reply.is_reusable = False
        return bool(data) or self.target.is_tls

    def _check_idle(self) -> None:
        """A standing connection has nothing to say but TLS tickets. Raises OSError if the peer closed it."""
        try:
            data = self._socket.recv(READ_BYTES)
        except (ssl.SSLWantReadError, BlockingIOError):
            return
        raise ConnectionResetError(errno.ECONNRESET, "unexpected data" if data else "closed while idle")

    def _answered_by_connecting(self) -> Exchange:
        took_s, withheld = self._times["connect"], None
        if took_s is None:
            kernel = read_kernel_times(self._socket)
            took_s = kernel.rtt_s if kernel else 0.0
            withheld = doubt(self._sent, took_s, kernel, self._awake)
        self.close()
        return self._exchange(Outcome.OK, "", None, None if withheld else took_s, withheld)

    def _is_overtime(self) -> bool:
        """Whether the phase took too long, and a freeze is no excuse."""
        now = self._clock()
        if now < self.deadline_at:
            return False
        return self._patience.is_over(self.phase, self._sent.epoch, self._awake.epoch, now)

    def _exchange(
        self,
        outcome: Outcome,
        detail: str,
        status: int | None = None,
        response_s: float | None = None,
        withheld: str | None = None,
    ) -> Exchange:
        get = self._times.get
        times = (get("dns"), get("connect"), get("tls"), response_s)
        return Exchange(outcome, detail, status, *times, withheld, self._reply.body)

    def _enter(self, phase: Phase, events: int, retransmits: int = 0) -> None:
        self.phase = phase
        self.events = events
        self._patience.renew()
        self._limit_from_at = self._clock()
        self._sent = Sent(self._limit_from_at, self._awake.epoch, retransmits)

    def _note(self, name: str, ended_at: float) -> None:
        """Record how long a phase took, if all of it was awake."""
        is_awake = self._sent.epoch == self._awake.epoch
        self._times[name] = max(0.0, ended_at - self._sent.at) if is_awake else None

    @property
    def _socket(self) -> socket.socket:
        assert self.sock is not None  # noqa: S101 - every phase after resolving has one
        return self.sock
