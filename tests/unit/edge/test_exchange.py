"""Which failure an error is, by the phase in which it came."""

from __future__ import annotations

import errno
import os
import ssl

import pytest

from origin_router.edge.exchange import Phase, ResolutionError, failure_of, overtime_of
from origin_router.edge.reply import ProtocolError
from origin_router.edge.target import target_of
from origin_router.routing.model import Outcome
from tests.support.edge import origin, probe


def os_error(number: int) -> OSError:
    """As `connect_ex` leads to."""
    return OSError(number, os.strerror(number))


@pytest.mark.parametrize(
    ("error", "phase", "outcome", "detail"),
    [
        (ResolutionError("no such name"), Phase.RESOLVING, Outcome.DNS, "no such name"),
        (os_error(errno.EMFILE), Phase.RESOLVING, Outcome.UNREACHABLE, "Too many open files"),
        (os_error(errno.ECONNREFUSED), Phase.CONNECTING, Outcome.REFUSED, "connection refused"),
        (os_error(errno.ECONNRESET), Phase.CONNECTING, Outcome.REFUSED, "connection reset"),
        (os_error(errno.ETIMEDOUT), Phase.CONNECTING, Outcome.CONNECT_TIMEOUT, "the system gave up connecting"),
        (os_error(errno.EHOSTUNREACH), Phase.CONNECTING, Outcome.UNREACHABLE, "No route to host"),
        (os_error(errno.ENETUNREACH), Phase.CONNECTING, Outcome.UNREACHABLE, "Network is unreachable"),
        (OSError(), Phase.CONNECTING, Outcome.UNREACHABLE, "OSError"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), Phase.HANDSHAKING, Outcome.TLS, "handshake: reset"),
        (ssl.SSLError(1, "[SSL] strange"), Phase.HANDSHAKING, Outcome.TLS, "handshake: [SSL] strange"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), Phase.AWAITING, Outcome.PROTOCOL, "connection lost: reset"),
        (BrokenPipeError(), Phase.AWAITING, Outcome.PROTOCOL, "connection lost: BrokenPipeError"),
        (ProtocolError("not HTTP"), Phase.AWAITING, Outcome.PROTOCOL, "not HTTP"),
    ],
)
def test_errors(error: Exception, phase: Phase, outcome: Outcome, detail: str) -> None:
    """Told apart by what an operator would do about each."""
    assert failure_of(error, phase) == (outcome, detail)


@pytest.mark.parametrize(
    ("phase", "outcome", "detail"),
    [
        (Phase.RESOLVING, Outcome.DNS, "name resolution took longer than 300 ms"),
        (Phase.CONNECTING, Outcome.CONNECT_TIMEOUT, "no connection within 300 ms"),
        (Phase.HANDSHAKING, Outcome.CONNECT_TIMEOUT, "connected, but TLS did not finish within 300 ms"),
        (Phase.AWAITING, Outcome.RESPONSE_TIMEOUT, "no response within 800 ms"),
    ],
)
def test_limits(phase: Phase, outcome: Outcome, detail: str) -> None:
    """Each limit says which it was."""
    target = target_of(origin("eu"), probe(connect_timeout_ms=300, response_timeout_ms=800))

    assert overtime_of(phase, target) == (outcome, detail)
