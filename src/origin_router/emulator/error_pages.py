"""What viewers get in place of an error: the page that the distribution configures, kept for a while (developer
guide, "Generate custom error responses").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from origin_router.emulator.access_log import Record
from origin_router.emulator.cache import Cache
from origin_router.emulator.cache_key import cache_key
from origin_router.emulator.distribution.model import Distribution
from origin_router.emulator.forwarding import ViewerRequest
from origin_router.emulator.freshness import Lifetime, error_lifetime_s
from origin_router.emulator.invocation import FailureKind
from origin_router.emulator.keeping import Keeping, how_kept, read_whole
from origin_router.emulator.origin_side import Asked, OriginSide, without_body
from origin_router.emulator.reply import Reply
from origin_router.emulator.response_headers import passed_on
from origin_router.emulator.revalidation import unconditional

MakeRecord = Callable[[ViewerRequest], Record]
"""For requests that are not a viewer's own."""


class ErrorPages:
    """The error pages of one edge."""

    def __init__(
        self, distribution: Distribution, origin_side: OriginSide, cache: Cache, make_record: MakeRecord
    ) -> None:
        self._distribution = distribution
        self._origin_side = origin_side
        self._cache = cache
        self._make_record = make_record

    def lifetime(self, reply: Reply) -> Lifetime:
        """How long an error is kept. What went wrong with the function itself is not."""
        least_s = self._distribution.error_ttl_s(reply.status)
        return Lifetime(error_lifetime_s(reply.status, reply.headers, least_s) if reply.is_of_origin else 0)

    async def instead(self, asked: Asked, error: Reply) -> Reply:
        """Return the page for an error, or the error; a page that fails itself is the error then."""
        configured = self._distribution.error_response(error.status)
        if configured is None or not configured.page or error.result == FailureKind.LIMIT:
            return error
        error.discard()
        page = await self._fetch(asked, configured.page)
        if page.status < 400:
            page.status, page.reason = configured.answered_status, ""
        page.result = page.detailed_result = "Error"
        page.x_cache = "Error from cloudfront"
        return page

    async def _fetch(self, asked: Asked, path: str) -> Reply:
        """Fetch a page as if it had been asked for: behavior, cache, function and all."""
        viewer = replace(unconditional(asked.viewer), method="GET", uri=path, querystring="")
        behavior = self._distribution.behavior(path)
        key = cache_key(viewer, behavior)
        entry = self._cache.find(key) if key else None
        if entry is not None and entry.is_fresh(self._cache.now()):
            return Reply(status=entry.status, headers=entry.headers, body=entry.body, error=entry.error)
        record = self._make_record(viewer)
        reply = await self._origin_side.ask(without_body(viewer, record), behavior)
        asked.record.lambda_ms += record.lambda_ms
        reply.headers = passed_on(reply.headers, behavior)
        kept_under, kept_for = how_kept(key, reply, behavior, self._cache.now())
        await read_whole(reply, Keeping(self._cache, kept_under, reply, kept_for))
        return reply
