"""The router's log: one JSON object per line on standard output. The only module that writes.

CloudWatch takes such lines as they are. At the default level there is a line for a race,
a transition or an error, and none for an ordinary request; Lambda's own setting of the
application log level (AWS_LAMBDA_LOG_LEVEL) turns on a line per decision and per probe.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from origin_router.edge.exchange import Exchange
from origin_router.edge.moments import Change
from origin_router.routing.model import Decision, OriginRef, Transition

MAX_ERRORS = 20
"""Lines about errors per environment: a fault in every request must not flood the log, nor its bill."""


def write_line(line: str) -> None:
    """Write to standard output at once: after the answer the process may be stopped.

    A line that cannot be written is lost: it must not cost a request.
    """
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


class Journal:
    """Writes the lines."""

    def __init__(
        self,
        environ: Mapping[str, str] = os.environ,
        *,
        write: Callable[[str], None] = write_line,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.is_debug = environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper() in ("DEBUG", "TRACE")
        """Whether each decision and each probe is written."""
        self._region = environ.get("AWS_REGION", "")
        self._write = write
        self._wall = wall
        self._errors_left = MAX_ERRORS

    def probe(self, ref: OriginRef, exchange: Exchange, moment: str, *, is_news: bool) -> None:
        """A probe ended; `is_news` if its outcome is another than the last one's or it belongs to a race."""
        if not (is_news or self.is_debug):
            return
        self._line(
            "probe",
            "INFO" if is_news else "DEBUG",
            pool=ref.pool,
            origin=ref.origin,
            outcome=exchange.outcome,
            detail=exchange.detail,
            status=exchange.status,
            moment=moment,
            dns_ms=_ms(exchange.dns_s),
            connect_ms=_ms(exchange.connect_s),
            tls_ms=_ms(exchange.tls_s),
            response_ms=_ms(exchange.response_s),
            withheld=exchange.withheld,
        )

    def race(self, pool: str, winner: str | None, reason: str, seconds: float) -> None:
        """A cold start's race ended with its first acceptable answer, or at the watchdog's deadline."""
        self._line("race", "INFO", pool=pool, winner=winner, reason=reason, ms=_ms(seconds))

    def health(self, transition: Transition) -> None:
        """An origin changed its state."""
        level = "INFO" if transition.after in ("serving", "probation") else "WARN"
        self._line(
            "health",
            level,
            pool=transition.origin.pool,
            origin=transition.origin.origin,
            before=transition.before,
            after=transition.after,
            cause=transition.cause,
        )

    def choice(self, decision: Decision, previous: str | None, standing: dict[str, Any]) -> None:
        """A pool's choice changed."""
        ref = decision.origin
        self._line(
            "choice", "INFO", pool=ref.pool, origin=ref.origin, previous=previous, reason=decision.reason, **standing
        )

    def decision(
        self, decision: Decision, request: Mapping[str, Any], request_id: str, standing: dict[str, Any]
    ) -> None:
        """A request was sent on its way (written at DEBUG only)."""
        self._line(
            "decision",
            "DEBUG",
            pool=decision.origin.pool,
            origin=decision.origin.origin,
            reason=decision.reason,
            rule=decision.rule,
            method=request.get("method"),
            uri=request.get("uri"),
            request_id=request_id,
            **standing,
        )

    def moment(self, change: Change, extension: str) -> None:
        """Measurements are made at another moment from now on."""
        self._line("moment", "INFO", moment=change.moment, why=change.why, extension=extension)

    def control(self, version: int, problem: str, note: str = "") -> None:
        """A control document was taken, or could not be: then the last good one stays in force."""
        level = "WARN" if problem else "INFO"
        self._line("control", level, version=version, problem=problem or None, note=note or None)

    def summary(self, lines: list[dict[str, Any]]) -> None:
        """The periodic summary, in CloudWatch's embedded metric format: one line per origin."""
        for fields in lines:
            self._line("summary", "INFO", **fields)

    def error(self, where: str, error: BaseException) -> None:
        """Something of ours failed; the request went on regardless."""
        if self._errors_left > 0:
            self._errors_left -= 1
            self._line("error", "ERROR", where=where, error=f"{type(error).__name__}: {error}")

    def _line(self, event: str, level: str, **fields: Any) -> None:
        now = self._wall()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"
        line = {"timestamp": stamp, "level": level, "event": event, "region": self._region, **fields}
        self._write(json.dumps(line, separators=(",", ":")))


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 2)
