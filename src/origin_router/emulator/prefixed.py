"""A viewer's body of which the beginning has been read already, for a function to see."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp


class Prefixed:
    """The beginning, and the rest as it comes."""

    def __init__(self, prefix: bytes, surplus: bytes, rest: aiohttp.StreamReader) -> None:
        """Use `read`."""
        self.prefix = prefix
        self.has_more = bool(surplus)
        """Whether the body is longer than its beginning."""
        self._surplus = surplus
        self._rest = rest

    @classmethod
    async def read(cls, stream: aiohttp.StreamReader, limit: int) -> Prefixed:
        """Read at most `limit` bytes, and see whether there are more."""
        begun = bytearray()
        while len(begun) <= limit and (chunk := await stream.readany()):
            begun += chunk
        return cls(bytes(begun[:limit]), bytes(begun[limit:]), stream)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self.prefix:
            yield self.prefix
        if self._surplus:
            yield self._surplus
        async for chunk in self._rest.iter_any():
            yield chunk
