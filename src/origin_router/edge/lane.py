"""The probes of one target: at most one under way, over a connection that is kept."""

from __future__ import annotations

from collections.abc import Callable

from origin_router.edge.connection import Connection
from origin_router.edge.exchange import Exchange, Phase
from origin_router.edge.resolver import Resolver
from origin_router.edge.stream import Stream
from origin_router.edge.target import Target
from origin_router.edge.wakefulness import Wakefulness
from origin_router.routing.model import OriginRef, Outcome


class Lane:
    """Opens, uses, renews and reopens the connection to a target."""

    def __init__(
        self,
        target: Target,
        refs: list[OriginRef],
        resolver: Resolver,
        secure: Callable[[Stream, str], Stream],
        awake: Wakefulness,
        clock: Callable[[], float],
        make_request: Callable[[], bytes] | None = None,
    ) -> None:
        self.target = target
        self.refs = refs
        """The origins that this lane measures."""
        self.connection: Connection | None = None
        self.is_probing = False
        """A probe is under way: sent, or waiting for its connection."""
        self._resolver = resolver
        self._secure = secure
        self._awake = awake
        self._clock = clock
        self._make_request = make_request
        self._attempts = 0
        self._is_spare_used = False

    @property
    def fd(self) -> int:
        """The file descriptor to wait for, or -1 while there is none."""
        connection = self.connection
        if connection is None or connection.stream is None or connection.phase is Phase.CLOSED:
            return -1
        return connection.stream.sock.fileno()

    @property
    def is_awaiting(self) -> bool:
        """Whether a request was sent and its answer is awaited."""
        return self.connection is not None and self.connection.phase is Phase.AWAITING

    def launch(self) -> None:
        """Send a probe over the standing connection, or over a new one as soon as that stands.

        To be called while no probe is under way.
        """
        if not self._send_on_standing():
            self._open(has_request=True)
        self._is_spare_used = False
        self.is_probing = True

    def advance(self) -> Exchange | None:
        """Go on without waiting; return how the probe ended, once it has."""
        connection = self.connection
        if connection is None:
            return None
        exchange = connection.advance()
        if exchange is None:
            if connection.phase is Phase.CLOSED:
                self._lost_while_idle()
            return None
        if connection.phase is Phase.CLOSED and connection.was_closed_while_idle:
            self._open(has_request=True)  # the peer closed a kept connection: asked again on a fresh one
            return None
        self.is_probing = False
        if connection.phase is Phase.CLOSED:
            self.connection = None
            if exchange.status is not None:
                self._open(has_request=False)  # it closes after each answer: the next probe finds one standing
            elif exchange.outcome is not Outcome.OK:
                self._attempts += 1  # next time another address, if the name has several
        return exchange

    def close(self) -> None:
        """Give the connection up."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None
        self.is_probing = False

    def _send_on_standing(self) -> bool:
        """Send the probe over the connection that is kept, if there is a usable one."""
        connection = self.connection
        if connection is None or connection.phase is not Phase.STANDING:
            return False
        if self._clock() - connection.opened_at > self.target.max_age_s:
            return False
        try:
            connection.send()
        except OSError:
            return False
        return True

    def _lost_while_idle(self) -> None:
        """Reopen a connection that the peer closed: if that is refused, the origin is gone, and we know at once.

        Once per probe only, because many origins simply close what has been idle for a while.
        """
        self.connection = None
        if not self._is_spare_used:
            self._is_spare_used = True
            self._open(has_request=False)

    def _open(self, *, has_request: bool) -> None:
        replaced = self.connection
        self.connection = Connection(
            self.target,
            self._resolver,
            self._secure,
            self._awake,
            self._clock,
            has_request=has_request,
            attempt=self._attempts,
            make_request=self._make_request,
        )
        if replaced is not None:
            replaced.close()
