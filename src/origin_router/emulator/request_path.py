"""The way of a viewer's request through CloudFront: from its arrival at the edge to the answer.

Behavior, then the object (from the cache or from the origin's side), then the answer.
"""

from __future__ import annotations

from dataclasses import replace

import aiohttp
from aiohttp import web

from origin_router.emulator.distribution.model import Distribution
from origin_router.emulator.forwarding import ViewerRequest
from origin_router.emulator.header_rules import joined
from origin_router.emulator.keeping import Keeping
from origin_router.emulator.objects import Found, Objects
from origin_router.emulator.origin_client import OriginFailure, read_chunk
from origin_router.emulator.origin_side import Asked
from origin_router.emulator.partial import part_for
from origin_router.emulator.refusal import refusal
from origin_router.emulator.reply import Reply
from origin_router.emulator.viewer import Exchange


class RequestPath:
    """Answers the viewers of one edge."""

    def __init__(self, distribution: Distribution, objects: Objects) -> None:
        self._distribution = distribution
        self._objects = objects

    async def answer(self, exchange: Exchange) -> web.StreamResponse:
        viewer = self._with_root_object(exchange.viewer)
        behavior = self._distribution.behavior(viewer.uri)
        refused = refusal(viewer, behavior, has_body=exchange.request.body_exists)
        if refused is not None:
            return await exchange.send_error(
                *refused, result="Error", detailed_result="InvalidRequest", x_cache="Error from cloudfront"
            )
        found = await self._objects.get(_asked(exchange, viewer), behavior)
        if isinstance(found, Found):
            return await _send_entry(exchange, found)
        try:
            return await _send_reply(exchange, found.reply, found.keeping)
        finally:
            found.keeping.drop()
            found.reply.discard()

    def _with_root_object(self, viewer: ViewerRequest) -> ViewerRequest:
        """A request for the root is one for the default root object, if there is one."""
        root = self._distribution.default_root_object
        return replace(viewer, uri=f"/{root}") if root and viewer.uri == "/" else viewer


async def _send_entry(exchange: Exchange, found: Found) -> web.StreamResponse:
    """Answer from the cache."""
    entry = found.entry
    if entry.error:
        return await exchange.send_error(
            entry.status,
            entry.error,
            result="Error",
            detailed_result="Error",
            x_cache="Error from cloudfront",
            detail=entry.detail,
        )
    part = part_for(entry, exchange.viewer.method, joined(exchange.viewer.headers))
    return await exchange.send(
        part.status,
        part.reason or None,
        part.headers,
        part.body,
        result="Error" if entry.status >= 400 else found.result,
        age_s=found.age_s,
    )


async def _send_reply(exchange: Exchange, reply: Reply, keeping: Keeping) -> web.StreamResponse:
    """Answer with what the origin's side has, keeping it when it may be."""
    if reply.source is not None:
        return await _stream(exchange, reply, reply.source, keeping)
    keeping.feed(reply.body)
    keeping.finish()
    if reply.error:
        return await exchange.send_error(
            reply.status,
            reply.error,
            result=reply.result,
            detailed_result=reply.detailed_result,
            x_cache=reply.x_cache,
            detail=reply.detail,
        )
    return await exchange.send(
        reply.status,
        reply.reason or None,
        reply.headers,
        reply.body,
        result=reply.result,
        detailed_result=reply.detailed_result,
    )


async def _stream(
    exchange: Exchange, reply: Reply, source: aiohttp.ClientResponse, keeping: Keeping
) -> web.StreamResponse:
    sending = await exchange.begin_stream(reply.status, reply.reason or None, reply.headers, result=reply.result)
    try:
        while chunk := await read_chunk(source):
            exchange.record.sent_bytes += len(chunk)
            await sending.write(chunk)
            keeping.feed(chunk)
    except OriginFailure as failed:
        exchange.abort_stream(failed.detailed_result)
        return sending
    keeping.finish()
    await exchange.end_stream(sending)
    return sending


def _asked(exchange: Exchange, viewer: ViewerRequest) -> Asked:
    async def read_body() -> aiohttp.StreamReader:
        """A viewer that waits for permission to send its body is told to go on."""
        if exchange.request.headers.get("Expect", "").lower() == "100-continue":
            await exchange.request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return exchange.request.content

    return Asked(viewer=viewer, record=exchange.record, has_body=exchange.request.body_exists, read_body=read_body)
