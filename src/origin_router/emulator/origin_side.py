"""The way from a cache miss to a reply: placeholder, origin-request, chosen origin, origin-response, and a
group's second origin where the first one failed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import aiohttp

from origin_router.emulator.access_log import Record
from origin_router.emulator.distribution.model import Behavior, Distribution, OriginGroup, SecondAttempt
from origin_router.emulator.event import body_object, build_event, second_event
from origin_router.emulator.forwarding import ViewerRequest, forwarded_query
from origin_router.emulator.origin_client import DNS, Body, OriginClient, OriginFailure
from origin_router.emulator.outcome import ForwardRequest
from origin_router.emulator.placeholder import Placeholder
from origin_router.emulator.prefixed import Prefixed
from origin_router.emulator.reply import Reply, from_origin, origin_failed
from origin_router.emulator.triggers import Triggers
from origin_router.emulator.validation import as_it_is

Event = dict[str, Any]

SHOWN_BODY_BYTES = 1_048_576
"""A function on the origin's side gets so much of a body at most (CloudFront guide)."""


@dataclass(slots=True, kw_only=True)
class Asked:
    """A viewer's request, and what becomes known about it on the way."""

    viewer: ViewerRequest
    record: Record
    has_body: bool
    read_body: Callable[[], Awaitable[aiohttp.StreamReader]]
    """Makes the viewer send its body; called at most once, and only where there is one."""
    body: aiohttp.StreamReader | Prefixed | None = None
    """The body, as far as it has not been shown to the function."""
    sent: ForwardRequest | None = None
    """What the function made of the request, last."""


def without_body(viewer: ViewerRequest, record: Record) -> Asked:
    """A request that no viewer waits for."""

    async def read_body() -> aiohttp.StreamReader:
        raise RuntimeError("there is no body")

    return Asked(viewer=viewer, record=record, has_body=False, read_body=read_body)


class OriginSide:
    """Asks origins for one edge."""

    def __init__(
        self,
        distribution: Distribution,
        triggers: Triggers,
        origins: OriginClient,
        *,
        via: str,
        second_attempt: SecondAttempt,
    ) -> None:
        self._distribution = distribution
        self._triggers = triggers
        self._origins = origins
        self._via = via
        self._second_attempt = second_attempt
        self._loop = asyncio.get_running_loop()

    async def ask(self, asked: Asked, behavior: Behavior) -> Reply:
        """Return what the viewer gets; the caller discards it."""
        target = behavior.target
        if not isinstance(target, OriginGroup):
            return await self._attempt(asked, behavior, target)
        reply = await self._attempt(asked, behavior, target.primary)
        if asked.has_body or not behavior.fails_over(asked.viewer.method, reply.failover_status):
            return reply
        reply.discard()
        asked.record.failover = f"Failover:{reply.failover_status}"
        first = asked.sent if self._second_attempt is SecondAttempt.REWRITTEN else None
        return await self._attempt(asked, behavior, target.secondary, first)

    async def _attempt(
        self, asked: Asked, behavior: Behavior, placeholder: Placeholder, first: ForwardRequest | None = None
    ) -> Reply:
        """Ask one origin. `first`: the request of the first attempt, if this is the second one and goes on from it."""
        record = asked.record
        try:  # a placeholder that does not resolve fails the request before the function is asked (CloudFront guide)
            await self._origins.resolver.resolve(placeholder.domain, placeholder.port)
        except OSError as error:
            record.origin = placeholder.domain
            return origin_failed(OriginFailure(DNS, f"placeholder origin: {error}"))
        event = build_event(
            asked.viewer,
            self._distribution,
            behavior,
            placeholder,
            request_id=record.request_id,
            via=self._via,
        )
        if first is not None:
            event = second_event(event, first.as_event, placeholder)
        if behavior.origin_request and behavior.origin_request.includes_body:
            event["Records"][0]["cf"]["request"]["body"] = await self._shown_body(asked)
        request: ForwardRequest | Reply
        if behavior.origin_request:
            request = await self._triggers.origin_request(event, placeholder.connection, record)
        else:
            request = as_it_is(event["Records"][0]["cf"]["request"])
            request = replace(request, target=replace(request.target, connection=placeholder.connection))
        if isinstance(request, Reply):
            return request
        if not request.querystring:  # a function does not see one of which only some is forwarded
            request = replace(request, querystring=forwarded_query(asked.viewer.querystring, behavior))
        asked.sent = request
        return await self._fetch(asked, behavior, event, request)

    async def _shown_body(self, asked: Asked) -> dict[str, Any]:
        """The body as the function gets it; what was read of it for that still goes to the origin."""
        shown = b""
        is_cut = False
        if asked.has_body:
            asked.body = await Prefixed.read(await asked.read_body(), SHOWN_BODY_BYTES)
            shown, is_cut = asked.body.prefix, asked.body.has_more
        return body_object(shown, is_cut=is_cut)

    async def _fetch(self, asked: Asked, behavior: Behavior, event: Event, request: ForwardRequest) -> Reply:
        record = asked.record
        record.origin = request.target.domain
        body: Body | None = request.body
        if body is None and asked.has_body:
            body = asked.body or await asked.read_body()
        began = self._loop.time()
        try:
            response = await self._origins.fetch(request, body, record.request_id)
        except OriginFailure as failed:
            return origin_failed(failed)
        record.origin_first_byte_s = self._loop.time() - began
        reply = from_origin(response)
        if not behavior.origin_response:
            return reply
        try:
            return await self._triggers.origin_response(event, request, reply, record)
        except BaseException:
            reply.discard()
            raise
