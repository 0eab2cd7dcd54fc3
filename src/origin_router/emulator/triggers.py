"""The two triggers on the origin's side: the function is asked, and what it says is checked and translated."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

from origin_router.emulator.access_log import Record
from origin_router.emulator.announce import Announcer
from origin_router.emulator.event import response_event, response_object
from origin_router.emulator.header_rules import is_disallowed
from origin_router.emulator.invocation import Answer, Failed, Outcome
from origin_router.emulator.outcome import ChangedResponse, ForwardRequest, GeneratedResponse, InvalidResult
from origin_router.emulator.placeholder import Connection
from origin_router.emulator.pool import Pool
from origin_router.emulator.reply import Reply, function_failed, generated, result_invalid
from origin_router.emulator.validation import check_response_result, check_result

Event = dict[str, Any]


class Triggers:
    """The function of one edge, at both triggers."""

    def __init__(self, pool: Pool, announcer: Announcer) -> None:
        self._pool = pool
        self._announcer = announcer
        self._loop = asyncio.get_running_loop()

    async def origin_request(self, event: Event, connection: Connection, record: Record) -> ForwardRequest | Reply:
        """Return the request for the origin, or what the viewer gets without asking one.

        The origin inherits `connection` from the one that the distribution configures.
        """
        outcome = await self._invoke(event, record)
        if isinstance(outcome, Failed):
            return function_failed(outcome)
        checked = check_result(outcome.payload, event["Records"][0]["cf"]["request"])
        match checked:
            case InvalidResult():
                return self._refused(checked, record, outcome)
            case GeneratedResponse():
                return generated(checked)
            case ForwardRequest():
                return replace(checked, target=replace(checked.target, connection=connection))

    async def origin_response(self, event: Event, sent: ForwardRequest, reply: Reply, record: Record) -> Reply:
        """Return the origin's response as the function leaves it. It sees no body, and may replace it."""
        response = response_object(reply.status, reply.reason, reply.headers)
        outcome = await self._invoke(response_event(event, sent.as_event, response), record)
        if isinstance(outcome, Failed):
            failure = function_failed(outcome)
        else:
            checked = check_response_result(outcome.payload, response)
            if isinstance(checked, ChangedResponse):
                return _changed(reply, checked)
            failure = self._refused(checked, record, outcome)
        reply.discard()
        return failure

    async def _invoke(self, event: Event, record: Record) -> Outcome:
        began = self._loop.time()
        outcome = await self._pool.invoke(json.dumps(event).encode())
        record.lambda_ms.append(round((self._loop.time() - began) * 1000, 2))
        return outcome

    def _refused(self, invalid: InvalidResult, record: Record, answer: Answer) -> Reply:
        self._announcer.validation(
            f"Validation error: {invalid.message} {invalid.detail} "
            f"x-amz-cf-id: {record.request_id}, Lambda request id: {answer.request_id}"
        )
        return result_invalid(invalid)


def _changed(reply: Reply, response: ChangedResponse) -> Reply:
    """Put in what the function returned. Headers that it never saw stay, and the length is that of the body."""
    hidden = [header for header in reply.headers if is_disallowed(header[0].lower())]
    length = [header for header in reply.headers if header[0].lower() == "content-length"]
    headers = [header for header in response.headers if header[0].lower() != "content-length"] + hidden
    is_error = response.status >= 400
    changed = replace(
        reply,
        status=response.status,
        reason=response.description,
        headers=tuple(headers + length if response.body is None else headers),
        result="Error" if is_error else "Miss",
        detailed_result="Error" if is_error else "Miss",
        x_cache=f"{'Error' if is_error else 'Miss'} from cloudfront",
    )
    if response.body is not None:
        reply.discard()
        changed.source, changed.body = None, response.body
    return changed
