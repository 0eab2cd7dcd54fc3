"""When the control document is read, if there is one: it is polled like an origin, so that no request waits for it.

What reads it is imported only where one is configured: no other cold start has to pay for that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf

from origin_router.edge.control_document import News  # for annotations, which do not ship
from origin_router.edge.exchange import Exchange
from origin_router.edge.prober import Document
from origin_router.routing.config import RouterConfig
from origin_router.routing.model import OriginRef

CONTROL_REF = OriginRef("", "control")
"""The name under which the prober reports the document; no pool has an empty name."""


class ControlReader:
    """The document's turn among what the prober reads."""

    def __init__(self, config: RouterConfig, environ: Mapping[str, str], wall: Callable[[], float]) -> None:
        control = config.control
        self._refresh_s = control.refresh_s
        self.document: Document | None = None
        """What the prober reads; None if no document is configured."""
        self.due_at = inf
        """When it is to be read again."""
        if control.url or control.bucket:
            from origin_router.edge.control_document import ControlDocument

            self._read = ControlDocument(config, environ, wall)
            self.document = Document(CONTROL_REF, self._read.target, self._read.request)
            self.due_at = 0.0

    def launched(self, now: float) -> None:
        """It is being read."""
        self.due_at = now + self._refresh_s

    def take(self, exchange: Exchange) -> News | None:
        """Return what a reading of the configured document brought; None if nothing new."""
        return self._read.take(exchange)
