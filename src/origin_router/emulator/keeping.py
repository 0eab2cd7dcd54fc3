"""What is collected of a reply while it goes to a viewer, so that it can be kept once it is complete."""

from __future__ import annotations

import asyncio
import contextlib

from origin_router.emulator.cache import ENTRY_LIMIT_BYTES, Cache, Entry
from origin_router.emulator.cache_key import Key
from origin_router.emulator.distribution.model import Behavior
from origin_router.emulator.freshness import CACHEABLE_STATUSES, NO_LIFETIME, Lifetime, lifetime
from origin_router.emulator.origin_client import OriginFailure, read_chunk
from origin_router.emulator.reply import Reply

BODY_WAIT_S = 1.0
"""How long others wait for the body of an object that is being sent to its first viewer, who may be slow. CloudFront
sends it to all of them as it comes; here they ask for themselves then."""


class Pending:
    """An object that is being asked for; others who want it wait for the outcome, whatever it is."""

    def __init__(self, pending: dict[Key, Pending], key: Key) -> None:
        self._pending = pending
        self._key = key
        self._is_answered = asyncio.Event()
        self._done = asyncio.Event()
        pending[key] = self

    async def wait(self) -> None:
        """Until it is in the cache or known not to come, or its body takes long."""
        await self._is_answered.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BODY_WAIT_S):
                await self._done.wait()

    def answered(self) -> None:
        """The origin's headers are here, and the object will be kept once its body is."""
        self._is_answered.set()

    def release(self) -> None:
        """Let the others go on. Harmless when they have already."""
        if self._pending.get(self._key) is self:
            del self._pending[self._key]
        self._is_answered.set()
        self._done.set()


class Keeping:
    """One reply on its way. `drop` may be called at any time, also after `finish`."""

    def __init__(
        self, cache: Cache, key: Key | None, reply: Reply, lifetime: Lifetime, pending: Pending | None = None
    ) -> None:
        self._cache = cache
        self._key = key
        self._reply = reply
        self._lifetime = lifetime
        self._pending = pending
        self._parts: list[bytes] = []
        self._size = 0
        self._is_wanted = key is not None and lifetime.is_kept
        if not self._is_wanted:
            self.drop()
        elif pending is not None:
            pending.answered()

    def feed(self, data: bytes) -> None:
        """Take a piece of the body."""
        if self._is_wanted:
            self._parts.append(data)
            self._size += len(data)
            if self._size > ENTRY_LIMIT_BYTES:
                self.drop()

    def finish(self) -> None:
        """The body is complete."""
        if self._is_wanted and self._key is not None:
            reply = self._reply
            entry = Entry(
                status=reply.status,
                reason=reply.reason,
                headers=reply.headers,
                body=b"".join(self._parts),
                stored_at=self._cache.now(),
                lifetime=self._lifetime,
                error=reply.error,
                detail=reply.detail,
            )
            self._cache.keep(self._key, entry)
        self.drop()

    def drop(self) -> None:
        """Nothing more is to be kept."""
        self._is_wanted = False
        self._parts.clear()
        if self._pending is not None:
            self._pending.release()


def part_key(key: Key, range_: str | None) -> Key:
    """The key of a range of an object; without range, that of the object."""
    return key if range_ is None else (*key, f"range:{range_}")


def how_kept(key: Key | None, reply: Reply, behavior: Behavior, now: float) -> tuple[Key | None, Lifetime]:
    """Under which key and for how long: parts have keys of their own, whole objects have not."""
    if key is None or reply.status not in CACHEABLE_STATUSES:
        return None, NO_LIFETIME
    is_part_key = key[-1].startswith("range:")
    if reply.status == 206 and not is_part_key:
        return None, NO_LIFETIME
    whole_key = key[:-1] if is_part_key and reply.status != 206 else key
    return whole_key, lifetime(behavior.cache, reply.headers, now)


async def read_whole(reply: Reply, keeping: Keeping) -> None:
    """Read a body that no viewer waits for piece by piece, and keep it if it may be kept."""
    try:
        keeping.feed(reply.body)
        while reply.source is not None and (chunk := await read_chunk(reply.source)):
            reply.body += chunk
            keeping.feed(chunk)
        keeping.finish()
    except OriginFailure:
        pass  # incomplete: what there is is shown, and not kept
    finally:
        keeping.drop()
        reply.discard()
        reply.source = None
