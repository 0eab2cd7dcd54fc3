"""The two attempts of one request: what the second one, or its response, tells of the first one's origin.

CloudFront makes a second attempt where an origin group's first one failed, in whichever
environment is free. Its origin stands in the stamp, if CloudFront hands us the request as we
rewrote it, or in our memory, if the first attempt ran here. Otherwise nobody knows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from origin_router.edge.feedback import Stamp, read_stamp
from origin_router.routing.model import Decision, Observation, OriginRef, Outcome, Request, Source
from origin_router.routing.router import Router

REMEMBERED = 64
"""First attempts whose origin is remembered: an environment serves at most 10 requests/s, and a failed attempt
takes seconds."""

METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""CloudFront makes a second attempt for these, and we hear of it."""


class Attempts:
    """One environment's memory of attempts."""

    __slots__ = ("_observe", "_origins", "_router")

    def __init__(self, router: Router, observe: Callable[[Observation], None]) -> None:
        """`observe` takes what is learned."""
        self._router = router
        self._observe = observe
        self._origins: dict[str, OriginRef | None] = {}
        """By request: where its first attempt went, or None after its second one ran here."""

    def remember(self, request_id: str, attempt: int, ref: OriginRef) -> None:
        """Take note of where an attempt goes."""
        self._origins[request_id] = ref if attempt == 1 else None
        if len(self._origins) > REMEMBERED:
            del self._origins[next(iter(self._origins))]

    def failed_before(self, headers: dict[str, Any], request_id: str) -> OriginRef | None:
        """Return the origin of a second attempt's first one, if that is known."""
        stamp = read_stamp(headers, request_id)
        failed = stamp.ref if stamp is not None else self._origins.get(request_id)
        return failed if failed is not None and self._router.knows(failed) else None

    def decide_again(self, request: Request, failed: OriginRef | None, at: float) -> Decision:
        """CloudFront gave the first attempt's origin up: learn that, and choose another one."""
        router = self._router
        if failed is not None:
            self._observe(Observation(failed, Outcome.FAILED_OVER, at, None, Source.TRAFFIC))
            return router.decide(request, at, avoid=failed)
        own, decision = router.decide(request, at), router.decide_blindly(request, at)
        router.hear(own.origin, at)
        return decision

    def answered(self, stamp: Stamp, at: float) -> None:
        """A second attempt was answered: its first one failed, which this environment may not have heard yet."""
        failed = self._origins.get(stamp.request_id, stamp.failed)
        if failed is None and stamp.request_id in self._origins:
            return
        pool = self._router.pools[stamp.ref.pool]
        if failed is not None and self._router.knows(failed):
            self._observe(Observation(failed, Outcome.FAILED_OVER, at, None, Source.TRAFFIC))
        elif pool.current is not None and pool.current != stamp.ref.origin and not pool.is_per_viewer:
            self._router.hear(OriginRef(pool.name, pool.current), at)
