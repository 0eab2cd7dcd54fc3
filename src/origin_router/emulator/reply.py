"""What the origin side has for a viewer: the origin's response, the function's, or CloudFront's own error page."""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp

from origin_router.emulator import pages
from origin_router.emulator.invocation import Failed, FailureKind
from origin_router.emulator.origin_client import OriginFailure
from origin_router.emulator.outcome import GeneratedResponse, InvalidResult

HeaderLines = tuple[tuple[str, str], ...]


@dataclass(slots=True, kw_only=True)
class Reply:
    """See the module. Whoever has it last calls `discard`."""

    status: int
    reason: str = ""
    headers: HeaderLines = ()
    body: bytes = b""
    source: aiohttp.ClientResponse | None = None
    """Where the body still has to be read from."""
    result: str = "Miss"
    """For `x-edge-result-type`."""
    detailed_result: str = "Miss"
    x_cache: str = "Miss from cloudfront"
    error: str = ""
    """What CloudFront's own page says."""
    detail: str = ""
    """What it would write to a log."""
    is_of_origin: bool = True
    """It is the origin's, or stands for the origin's silence; not so what came of a function that failed."""
    failover_status: int | None = None
    """What an origin group's criteria look at; None: nothing that would be better elsewhere."""

    def discard(self) -> None:
        """Give the connection to the origin up if its response has not been read to the end."""
        if self.source is not None:
            self.source.close()


def from_origin(response: aiohttp.ClientResponse) -> Reply:
    """What the origin says, its body unread unless it is here already."""
    is_error = response.status >= 400
    is_complete = response.content.is_eof()
    return Reply(
        status=response.status,
        reason=response.reason or "",
        headers=tuple(response.headers.items()),
        body=response.content.read_nowait() if is_complete else b"",
        source=None if is_complete else response,
        result="Error" if is_error else "Miss",
        detailed_result="Error" if is_error else "Miss",
        x_cache=f"{'Error' if is_error else 'Miss'} from cloudfront",
        failover_status=response.status,
    )


def generated(response: GeneratedResponse) -> Reply:
    """What the function made itself."""
    is_error = response.status >= 400
    return Reply(
        status=response.status,
        reason=response.description,
        headers=tuple(response.headers),
        body=response.body,
        result="Error" if is_error else "Miss",
        detailed_result="Error" if is_error else "MissGeneratedResponse",
        x_cache=f"{'Error' if is_error else 'Miss'} from cloudfront",
    )


def origin_failed(failed: OriginFailure) -> Reply:
    """No response of the origin."""
    return Reply(
        status=failed.status,
        result="Error",
        detailed_result=failed.detailed_result,
        x_cache="Error from cloudfront",
        error=failed.message,
        detail=failed.detail,
        failover_status=failed.failover_status,
    )


def function_failed(failed: Failed) -> Reply:
    """No result of the function."""
    message = pages.FUNCTION_THROTTLED if failed.kind is FailureKind.LIMIT else pages.FUNCTION_FAILED
    return _of_function(503, failed.kind, message, failed.reason)


def result_invalid(invalid: InvalidResult) -> Reply:
    """A result of the function that CloudFront does not accept."""
    return _of_function(502, FailureKind.VALIDATION, invalid.message, invalid.detail)


def _of_function(status: int, kind: FailureKind, message: str, detail: str) -> Reply:
    return Reply(
        status=status,
        result=kind,
        detailed_result=kind,
        x_cache=f"{kind} from CloudFront",
        error=message,
        detail=detail,
        is_of_origin=False,
    )
