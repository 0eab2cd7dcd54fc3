"""The way of a viewer's request through CloudFront: from its arrival at the edge to the answer.

Cache, else origin-request event, function, check of its result, chosen origin, answer. The
steps are in that order in `RequestPath.answer` and below it.
"""

from __future__ import annotations

import asyncio
import json
import time

import aiohttp
from aiohttp import web

from origin_router.emulator import pages
from origin_router.emulator.announce import Announcer
from origin_router.emulator.cache import ENTRY_LIMIT_BYTES, Cache, Key, cache_key
from origin_router.emulator.event import build_event
from origin_router.emulator.invocation import Failed, FailureKind
from origin_router.emulator.origin_client import OriginClient, OriginFailure, read_chunk
from origin_router.emulator.outcome import ForwardRequest, GeneratedResponse, InvalidResult
from origin_router.emulator.placeholder import Placeholder
from origin_router.emulator.pool import Pool
from origin_router.emulator.validation import check_result
from origin_router.emulator.viewer import Exchange

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"})
"""All that a distribution can allow."""


class RequestPath:
    """Answers the viewers of one edge, with that edge's cache, environments and connections to origins."""

    def __init__(
        self,
        *,
        pool: Pool,
        origins: OriginClient,
        placeholder: Placeholder,
        forward_host: bool,
        via: str,
        announcer: Announcer,
    ) -> None:
        self._pool = pool
        self._origins = origins
        self._placeholder = placeholder
        self._forward_host = forward_host
        self._via = via
        self._announcer = announcer
        self._cache = Cache()
        self._loop = asyncio.get_running_loop()

    async def answer(self, exchange: Exchange) -> web.StreamResponse:
        refused = _refusal(exchange)
        if refused:
            return await exchange.send_error(
                403, refused, result="Error", detailed_result="InvalidRequest", x_cache="Error from cloudfront"
            )
        key = cache_key(exchange.viewer)
        now = time.time()
        entry = self._cache.find(key, now) if key else None
        if entry is not None:
            result = "Error" if entry.status >= 400 else "Hit"
            return await exchange.send(
                entry.status, entry.reason, entry.headers, entry.body, result=result, age_s=entry.age_s(now)
            )
        return await self._answer_miss(exchange, key)

    async def _answer_miss(self, exchange: Exchange, key: Key | None) -> web.StreamResponse:
        placeholder = self._placeholder
        try:  # a placeholder that does not resolve fails the request before the function is asked (aws-facts 1.9)
            await self._origins.resolver.resolve(placeholder.domain, placeholder.port)
        except OSError as error:
            unknown = OriginFailure(502, "OriginDnsError", pages.ORIGIN_UNKNOWN, f"placeholder origin: {error}")
            return await _send_origin_failure(exchange, unknown)
        event = build_event(
            exchange.viewer,
            placeholder,
            request_id=exchange.request_id,
            via=self._via,
            forward_host=self._forward_host,
        )
        began = self._loop.time()
        outcome = await self._pool.invoke(json.dumps(event).encode())
        exchange.record.lambda_ms.append(round((self._loop.time() - began) * 1000, 2))
        if isinstance(outcome, Failed):
            return await _send_function_failure(exchange, outcome)
        checked = check_result(outcome.payload, event["Records"][0]["cf"]["request"])
        match checked:
            case InvalidResult(message, detail):
                return await self._send_invalid(exchange, message, detail)
            case GeneratedResponse():
                return await self._send_generated(exchange, key, checked)
            case ForwardRequest():
                return await self._forward(exchange, key, checked)

    async def _send_invalid(self, exchange: Exchange, message: str, detail: str) -> web.StreamResponse:
        self._announcer.log("", f"ERROR Validation error: {message} {detail} ({exchange.request_id})")
        kind = FailureKind.VALIDATION
        return await exchange.send_error(
            502, message, result=kind, detailed_result=kind, x_cache=f"{kind} from CloudFront", detail=detail
        )

    async def _send_generated(
        self, exchange: Exchange, key: Key | None, response: GeneratedResponse
    ) -> web.StreamResponse:
        reason = response.description or None
        if key:
            self._cache.keep(key, response.status, reason or "", response.headers, response.body, time.time())
        is_error = response.status >= 400
        return await exchange.send(
            response.status,
            reason,
            response.headers,
            response.body,
            result="Error" if is_error else "Miss",
            detailed_result="Error" if is_error else "MissGeneratedResponse",
        )

    async def _forward(self, exchange: Exchange, key: Key | None, request: ForwardRequest) -> web.StreamResponse:
        record = exchange.record
        record.origin = request.target.domain
        began = self._loop.time()
        try:
            response = await self._origins.fetch(request, await _body(exchange, request), exchange.request_id)
        except OriginFailure as failed:
            return await _send_origin_failure(exchange, failed)
        record.origin_first_byte_s = self._loop.time() - began
        async with response:
            return await self._pass_on(exchange, key, response)

    async def _pass_on(
        self, exchange: Exchange, key: Key | None, response: aiohttp.ClientResponse
    ) -> web.StreamResponse:
        """Stream the origin's response, keeping it when it may be; what is complete already goes out in one piece."""
        status, reason, headers = response.status, response.reason or "", tuple(response.headers.items())
        result = "Error" if status >= 400 else "Miss"
        may_keep = key is not None and self._cache.may_keep(status, headers, time.time())
        if response.content.is_eof():
            body = response.content.read_nowait()
            if key and may_keep:
                self._cache.keep(key, status, reason, headers, body, time.time())
            return await exchange.send(status, reason, headers, body, result=result)
        sending = await exchange.begin_stream(status, reason, headers, result=result)
        kept: bytearray | None = bytearray() if may_keep else None
        try:
            while chunk := await read_chunk(response):
                exchange.record.sent_bytes += len(chunk)
                await sending.write(chunk)
                if kept is not None:
                    kept.extend(chunk)
                    kept = kept if len(kept) <= ENTRY_LIMIT_BYTES else None
        except OriginFailure as failed:
            exchange.abort_stream(failed.detailed_result)
            return sending
        if key and kept is not None:
            self._cache.keep(key, status, reason, headers, bytes(kept), time.time())
        await exchange.end_stream(sending)
        return sending


def _refusal(exchange: Exchange) -> str:
    """Why CloudFront would not even look for an answer."""
    if exchange.viewer.method not in METHODS:
        return pages.METHOD_REFUSED
    if exchange.viewer.method == "GET" and exchange.request.body_exists:
        return pages.BODY_REFUSED
    return ""


async def _body(exchange: Exchange, request: ForwardRequest) -> aiohttp.StreamReader | bytes | None:
    """The body for the origin. A viewer that waits for permission to send it is told to go on."""
    if request.body is not None:
        return request.body
    if not exchange.request.body_exists:
        return None
    if exchange.request.headers.get("Expect", "").lower() == "100-continue":
        await exchange.request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    return exchange.request.content


async def _send_function_failure(exchange: Exchange, failed: Failed) -> web.StreamResponse:
    message = pages.FUNCTION_THROTTLED if failed.kind is FailureKind.LIMIT else pages.FUNCTION_FAILED
    return await exchange.send_error(
        503,
        message,
        result=failed.kind,
        detailed_result=failed.kind,
        x_cache=f"{failed.kind} from CloudFront",
        detail=failed.reason,
    )


async def _send_origin_failure(exchange: Exchange, failed: OriginFailure) -> web.StreamResponse:
    return await exchange.send_error(
        failed.status,
        failed.message,
        result="Error",
        detailed_result=failed.detailed_result,
        x_cache="Error from cloudfront",
        detail=failed.detail,
    )
