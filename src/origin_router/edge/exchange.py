"""The words of a probe: its phases, how it ended, and which failure an error is."""

from __future__ import annotations

import errno
import ssl
from enum import Enum

from origin_router.edge.reply import ProtocolError
from origin_router.edge.target import Target
from origin_router.routing.model import Outcome
from origin_router.routing.named import NamedTuple

TOO_MANY_REQUESTS = 429


class Phase(Enum):
    """Where a probe connection is in its life."""

    RESOLVING = "resolving"
    CONNECTING = "connecting"
    HANDSHAKING = "handshaking"
    STANDING = "standing"
    AWAITING = "awaiting"
    CLOSED = "closed"


class Exchange(NamedTuple):
    """How a probe ended. Times are in seconds, None where not measured honestly."""

    outcome: Outcome
    detail: str
    status: int | None = None
    dns_s: float | None = None
    connect_s: float | None = None
    tls_s: float | None = None
    response_s: float | None = None
    withheld: str | None = None
    """Why a response time that spans a freeze was thrown away."""
    body: bytes = b""
    """The body, of a target that keeps it."""


class ResolutionError(OSError):
    """The name could not be resolved."""


_CONNECT_FAILURES = {
    errno.ECONNREFUSED: (Outcome.REFUSED, "connection refused"),
    errno.ECONNRESET: (Outcome.REFUSED, "connection reset"),
    errno.ETIMEDOUT: (Outcome.CONNECT_TIMEOUT, "the system gave up connecting"),
}


def failure_of(error: Exception, phase: Phase) -> tuple[Outcome, str]:
    """Translate an error in a phase to an outcome with a detail for the operator."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Outcome.TLS, f"certificate: {error.verify_message}"
    if isinstance(error, ProtocolError):
        return Outcome.PROTOCOL, str(error)
    if isinstance(error, ResolutionError):
        return Outcome.DNS, str(error)
    words = getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__
    if phase is Phase.HANDSHAKING:
        return Outcome.TLS, f"handshake: {words}"
    if phase in (Phase.RESOLVING, Phase.CONNECTING):
        return _CONNECT_FAILURES.get(getattr(error, "errno", None) or 0, (Outcome.UNREACHABLE, words))
    return Outcome.PROTOCOL, f"connection lost: {words}"


def status_outcome(status: int, target: Target) -> tuple[Outcome, str]:
    """Return what a status says of the origin: an answer, a call for fewer requests, or not what was expected."""
    if target.is_expected(status):
        return Outcome.OK, ""
    outcome = Outcome.OVERLOADED if status == TOO_MANY_REQUESTS else Outcome.BAD_STATUS
    return outcome, f"status {status} is not expected"


def overtime_of(phase: Phase, target: Target) -> tuple[Outcome, str]:
    """Return what it means that a phase took longer than its limit."""
    limit_ms = target.connect_timeout_s * 1000
    if phase is Phase.RESOLVING:
        return Outcome.DNS, f"name resolution took longer than {limit_ms:.0f} ms"
    if phase is Phase.CONNECTING:
        return Outcome.CONNECT_TIMEOUT, f"no connection within {limit_ms:.0f} ms"
    if phase is Phase.HANDSHAKING:
        return Outcome.CONNECT_TIMEOUT, f"connected, but TLS did not finish within {limit_ms:.0f} ms"
    return Outcome.RESPONSE_TIMEOUT, f"no response within {target.response_timeout_s * 1000:.0f} ms"
