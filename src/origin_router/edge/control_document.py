"""Reads the control document: from a private bucket with the function's role, or from an https URL.

The last good document is kept; a bad or an older one changes nothing but a line in the journal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from origin_router.edge.exchange import Exchange
from origin_router.edge.signing import signed_get
from origin_router.edge.target import USER_AGENT, Target
from origin_router.routing.config import ControlConfig, RouterConfig
from origin_router.routing.control import NO_CONTROL, Control
from origin_router.routing.control_document import ControlError, parse_control
from origin_router.routing.model import Outcome
from origin_router.routing.named import NamedTuple

CONNECT_TIMEOUT_S = 2.0
RESPONSE_TIMEOUT_S = 5.0
"""Nobody waits for the document, so its limits may be generous."""

CONNECTION_MAX_AGE_S = 60.0
"""As for origins: names move."""

NOT_FOUND = 404
"""No document: nothing is ordered. It is how `undrain` may leave the bucket, and how every deployment begins."""

FORBIDDEN = 403
"""S3's answer about an object that is not there, to a role that may not list; and about one that may not be read."""


class News(NamedTuple):
    """What a reading of the document brought: a new one to obey, a problem or a note for the journal."""

    control: Control | None = None
    problem: str = ""
    note: str = ""
    """How things are before anybody has ordered anything, which is no problem."""


class ControlDocument:
    """Knows where the document is and what was last read."""

    def __init__(self, config: RouterConfig, environ: Mapping[str, str], wall: Callable[[], float]) -> None:
        self._config = config
        self._environ = environ
        self._wall = wall
        self._last = NO_CONTROL
        self._last_problem = ""
        self._is_absence_told = False
        self.target = _target(config.control)

    def request(self) -> bytes:
        """Return the request for it, made anew each time: a signature has a date."""
        control = self._config.control
        if control.bucket:
            return signed_get(_bucket_host(control), "/" + control.key, control.region, self._environ, self._wall())
        parts = urlsplit(control.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [f"GET {path} HTTP/1.1", f"Host: {parts.netloc}", f"User-Agent: {USER_AGENT}", "", ""]
        return "\r\n".join(lines).encode("ascii")

    def take(self, exchange: Exchange) -> News | None:
        """Return what a reading brought; None if nothing new."""
        if exchange.status == FORBIDDEN or (exchange.status == NOT_FOUND and self._last == NO_CONTROL):
            return self._absent(exchange)
        try:
            control = self._parse(exchange)
        except (ValueError, RecursionError) as error:
            if str(error) == self._last_problem:
                return None
            self._last_problem = str(error)
            return News(problem=str(error))
        self._last_problem = ""
        self._is_absence_told = self._is_absence_told and exchange.status == NOT_FOUND
        if control == self._last:
            return None
        self._last = control
        return News(control, _unobeyed(control, self._config, self._wall()))

    def _absent(self, exchange: Exchange) -> News | None:
        """There is no document, or it cannot be told whether there is one: said once, and nothing changes."""
        if self._is_absence_told:
            return None
        self._is_absence_told = True
        what = "no document is there"
        if exchange.status == FORBIDDEN:
            what += ", or it may not be read: 403, which S3 says of both without s3:ListBucket"
        return News(note=f"{what}; {'what was read before' if self._last.version else 'nothing'} is in force")

    def _parse(self, exchange: Exchange) -> Control:
        if exchange.status == NOT_FOUND:
            return NO_CONTROL
        if exchange.outcome is not Outcome.OK:
            raise ControlError(f"not read: {exchange.outcome.value} {exchange.detail}".rstrip())
        control = parse_control(json.loads(exchange.body), self._config)
        if control.version < self._last.version:
            raise ControlError(f"version {control.version} is older than {self._last.version}, which stays in force")
        return control


def _unobeyed(control: Control, config: RouterConfig, wall: float) -> str:
    """Say what of a good document cannot be obeyed."""
    problems = [f"passed over, no such origin: {', '.join(control.unknown)}"] if control.unknown else []
    problems += [f"every origin of pool {name} is drained, so none is" for name in control.emptied(config, wall)]
    return "; ".join(problems)


def _bucket_host(control: ControlConfig) -> str:
    return f"{control.bucket}.s3.{control.region}.amazonaws.com"


def _target(control: ControlConfig) -> Target:
    parts = urlsplit(control.url or f"https://{_bucket_host(control)}")
    return Target(
        host=parts.hostname or "",
        port=parts.port or 443,
        is_tls=True,
        request=b"GET",
        has_body=True,
        expected=frozenset({"200"}),
        connect_timeout_s=CONNECT_TIMEOUT_S,
        response_timeout_s=RESPONSE_TIMEOUT_S,
        max_age_s=CONNECTION_MAX_AGE_S,
        keeps_body=True,
    )
