"""Where an object comes from: the cache, or the origin's side; and what stands in for it where that fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from origin_router.emulator.cache import Cache, Entry
from origin_router.emulator.cache_key import Key, cache_key
from origin_router.emulator.distribution.model import Behavior, Distribution
from origin_router.emulator.error_pages import ErrorPages, MakeRecord
from origin_router.emulator.forwarding import ViewerRequest
from origin_router.emulator.header_rules import joined
from origin_router.emulator.keeping import Keeping, Pending, how_kept, part_key, read_whole
from origin_router.emulator.origin_side import Asked, OriginSide, without_body
from origin_router.emulator.reply import Reply
from origin_router.emulator.response_headers import passed_on
from origin_router.emulator.revalidation import CONDITIONS, conditional, confirmed, unconditional

Now = Callable[[], float]


class Found(NamedTuple):
    """An object from the cache, and CloudFront's word for that."""

    entry: Entry
    result: str
    age_s: int = 0


class Missed(NamedTuple):
    """A reply of the origin's side; whoever sends it feeds `keeping` and discards the reply."""

    reply: Reply
    keeping: Keeping


class Objects:
    """The objects of one edge."""

    def __init__(self, distribution: Distribution, origin_side: OriginSide, make_record: MakeRecord, now: Now) -> None:
        self._distribution = distribution
        self._origin_side = origin_side
        self._make_record = make_record
        self._cache = Cache(now=now)
        self._error_pages = ErrorPages(distribution, origin_side, self._cache, make_record)
        self._pending: dict[Key, Pending] = {}
        self._behind: dict[Key, asyncio.Task[None]] = {}

    async def close(self) -> None:
        """End what goes on in the background."""
        tasks = list(self._behind.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def get(self, asked: Asked, behavior: Behavior) -> Found | Missed:
        """Return an object for a viewer, or what comes in place of it."""
        key = cache_key(asked.viewer, behavior)
        if key is None:
            return await self._fetch(asked, behavior, None, None)
        conditions = joined(h for h in asked.viewer.headers if h[0].lower() in CONDITIONS)
        entry = self._kept(key, conditions.get("range"))
        now = self._cache.now()
        if entry is not None and entry.is_fresh(now):
            return Found(entry, "Hit", entry.age_s(now))
        if entry is not None and entry.may_revalidate_behind(now):
            self._revalidate_behind(asked.viewer, behavior, key, entry)
            return Found(entry, "Hit", entry.age_s(now))
        if conditions:
            return await self._fetch(asked, behavior, part_key(key, conditions.get("range")), entry)
        if behavior.forwards_cookies:  # then CloudFront does not collapse requests (developer guide)
            return await self._fetch(asked, behavior, key, entry)
        return await self._collapse(asked, behavior, key, entry)

    async def _collapse(self, asked: Asked, behavior: Behavior, key: Key, entry: Entry | None) -> Found | Missed:
        """Wait for an equal request that is under way, and go on alone if it brought nothing to keep."""
        under_way = self._pending.get(key)
        if under_way is None:
            pending = Pending(self._pending, key)
            try:
                return await self._fetch(asked, behavior, key, entry, pending)
            except BaseException:
                pending.release()
                raise
        await under_way.wait()
        entry = self._kept(key, None)
        if entry is not None and entry.is_fresh(self._cache.now()):
            return Found(entry, "Hit", entry.age_s(self._cache.now()))
        return await self._fetch(asked, behavior, key, entry)

    def _kept(self, key: Key, range_: str | None) -> Entry | None:
        """The whole object, or the very range of it."""
        entry = self._cache.find(key)
        if range_ is not None and (entry is None or not entry.is_fresh(self._cache.now())):
            return self._cache.find(part_key(key, range_))
        return entry

    async def _fetch(
        self,
        asked: Asked,
        behavior: Behavior,
        key: Key | None,
        entry: Entry | None,
        pending: Pending | None = None,
    ) -> Found | Missed:
        """Ask the origin's side. `entry` is what there is and has expired."""
        question = None if entry is None else conditional(asked.viewer, entry, behavior)
        reply = await self._origin_side.ask(asked if question is None else replace(asked, viewer=question), behavior)
        reply.headers = passed_on(reply.headers, behavior)
        now = self._cache.now()
        if key is not None and entry is not None:
            found = self._still_good(key, entry, reply, behavior, was_asked=question is not None)
            if found is not None:
                reply.discard()
                if pending is not None:
                    pending.release()
                return found
        if reply.status >= 400:
            kept_under: Key | None = key
            kept_for = self._error_pages.lifetime(reply)
            reply = await self._error_pages.instead(asked, reply)
        else:
            kept_under, kept_for = how_kept(key, reply, behavior, now)
        return Missed(reply, Keeping(self._cache, kept_under, reply, kept_for, pending))

    def _still_good(self, key: Key, entry: Entry, reply: Reply, behavior: Behavior, *, was_asked: bool) -> Found | None:
        """An expired object that its origin has confirmed, or that stands in for an error of its origin."""
        now = self._cache.now()
        if was_asked and reply.status == 304:
            entry = confirmed(entry, reply.headers, behavior, now)
            if entry.lifetime.is_kept:
                self._cache.keep(key, entry)
            return Found(entry, "RefreshHit")
        if reply.is_of_origin and reply.status >= 500 and entry.may_replace_error(now):
            entry.held_until_at = now + self._distribution.error_ttl_s(reply.status)
            return Found(entry, "Hit", entry.age_s(now))
        return None

    def _revalidate_behind(self, viewer: ViewerRequest, behavior: Behavior, key: Key, entry: Entry) -> None:
        """Ask for an object again while its viewers are answered with what there is."""
        if key in self._behind:
            return
        asked = without_body(unconditional(viewer), self._make_record(viewer))
        task = asyncio.get_running_loop().create_task(self._revalidate(asked, behavior, key, entry))
        self._behind[key] = task
        task.add_done_callback(lambda _: self._behind.pop(key, None))

    async def _revalidate(self, asked: Asked, behavior: Behavior, key: Key, entry: Entry) -> None:
        found = await self._fetch(asked, behavior, key, entry)
        if isinstance(found, Missed):
            await read_whole(found.reply, found.keeping)
