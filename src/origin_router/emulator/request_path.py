"""The way of a viewer's request through CloudFront: from its arrival at the edge to the answer.

Cache, else the origin side, and what came of it goes to the viewer and into the cache.
"""

from __future__ import annotations

import time
from dataclasses import replace

import aiohttp
from aiohttp import web

from origin_router.emulator import pages
from origin_router.emulator.cache import ENTRY_LIMIT_BYTES, Cache
from origin_router.emulator.cache_key import Key, cache_key
from origin_router.emulator.distribution.model import Behavior, Distribution
from origin_router.emulator.forwarding import ViewerRequest
from origin_router.emulator.origin_client import OriginFailure, read_chunk
from origin_router.emulator.origin_side import Asked, OriginSide
from origin_router.emulator.reply import Reply
from origin_router.emulator.viewer import Exchange


class RequestPath:
    """Answers the viewers of one edge, with that edge's cache."""

    def __init__(self, distribution: Distribution, origin_side: OriginSide) -> None:
        self._distribution = distribution
        self._origin_side = origin_side
        self._cache = Cache()

    async def answer(self, exchange: Exchange) -> web.StreamResponse:
        viewer = self._with_root_object(exchange.viewer)
        behavior = self._distribution.behavior(viewer.uri)
        refused = _refusal(exchange, behavior)
        if refused:
            return await exchange.send_error(
                403, refused, result="Error", detailed_result="InvalidRequest", x_cache="Error from cloudfront"
            )
        key = cache_key(viewer, behavior)
        now = time.time()
        entry = self._cache.find(key, now) if key else None
        if entry is not None:
            result = "Error" if entry.status >= 400 else "Hit"
            return await exchange.send(
                entry.status, entry.reason, entry.headers, entry.body, result=result, age_s=entry.age_s(now)
            )
        reply = await self._origin_side.ask(_asked(exchange, viewer), behavior)
        try:
            return await self._pass_on(exchange, key, reply)
        finally:
            reply.discard()

    def _with_root_object(self, viewer: ViewerRequest) -> ViewerRequest:
        """A request for the root is one for the default root object, if there is one."""
        root = self._distribution.default_root_object
        return replace(viewer, uri=f"/{root}") if root and viewer.uri == "/" else viewer

    async def _pass_on(self, exchange: Exchange, key: Key | None, reply: Reply) -> web.StreamResponse:
        """Send what the origin side has, keeping it when it may be."""
        if reply.error:
            return await exchange.send_error(
                reply.status,
                reply.error,
                result=reply.result,
                detailed_result=reply.detailed_result,
                x_cache=reply.x_cache,
                detail=reply.detail,
            )
        if reply.source is not None:
            return await self._stream(exchange, key, reply, reply.source)
        if key:
            self._cache.keep(key, reply.status, reply.reason, reply.headers, reply.body, time.time())
        return await exchange.send(
            reply.status,
            reply.reason or None,
            reply.headers,
            reply.body,
            result=reply.result,
            detailed_result=reply.detailed_result,
        )

    async def _stream(
        self, exchange: Exchange, key: Key | None, reply: Reply, source: aiohttp.ClientResponse
    ) -> web.StreamResponse:
        may_keep = key is not None and self._cache.may_keep(reply.status, reply.headers, time.time())
        sending = await exchange.begin_stream(reply.status, reply.reason, reply.headers, result=reply.result)
        kept: bytearray | None = bytearray() if may_keep else None
        try:
            while chunk := await read_chunk(source):
                exchange.record.sent_bytes += len(chunk)
                await sending.write(chunk)
                if kept is not None:
                    kept.extend(chunk)
                    kept = kept if len(kept) <= ENTRY_LIMIT_BYTES else None
        except OriginFailure as failed:
            exchange.abort_stream(failed.detailed_result)
            return sending
        if key and kept is not None:
            self._cache.keep(key, reply.status, reply.reason, reply.headers, bytes(kept), time.time())
        await exchange.end_stream(sending)
        return sending


def _asked(exchange: Exchange, viewer: ViewerRequest) -> Asked:
    async def read_body() -> aiohttp.StreamReader:
        """A viewer that waits for permission to send its body is told to go on."""
        if exchange.request.headers.get("Expect", "").lower() == "100-continue":
            await exchange.request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return exchange.request.content

    return Asked(viewer=viewer, record=exchange.record, has_body=exchange.request.body_exists, read_body=read_body)


def _refusal(exchange: Exchange, behavior: Behavior) -> str:
    """Why CloudFront would not even look for an answer."""
    if exchange.viewer.method not in behavior.allowed_methods:
        return pages.METHOD_REFUSED
    if exchange.viewer.method == "GET" and exchange.request.body_exists:
        return pages.BODY_REFUSED
    return ""
