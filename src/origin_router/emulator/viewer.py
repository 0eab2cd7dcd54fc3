"""The viewer's side of a request: reading it, and answering it in CloudFront's manner."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from aiohttp import web
from multidict import CIMultiDict

from origin_router.emulator import pages
from origin_router.emulator.access_log import Record
from origin_router.emulator.forwarding import ViewerRequest
from origin_router.emulator.header_rules import HOP_BY_HOP

_DROPPED = HOP_BY_HOP | {"via", "x-cache", "x-amz-cf-pop", "x-amz-cf-id", "age"}
"""Of one connection only, or set by the edge itself whatever the origin said (its `via` is taken up)."""


@dataclass(frozen=True, slots=True)
class EdgeName:
    """How an edge calls itself in headers."""

    location: str
    """As in `x-amz-cf-pop` and `x-edge-location`."""
    via: str
    """As in Via."""


def new_request_id() -> str:
    """An id like CloudFront's: 40 random bytes in URL-safe base64, 56 characters that end in `==`."""
    return base64.urlsafe_b64encode(os.urandom(40)).decode("ascii")


def read_viewer(request: web.BaseRequest) -> ViewerRequest:
    """Take a request as it came; a path with scheme and host (as sent to a proxy) is reduced to the path."""
    path, _, query = request.raw_path.partition("?")
    if not path.startswith("/"):
        path = "/" + path.partition("://")[2].partition("/")[2]
    return ViewerRequest(
        method=request.method,
        uri=path,
        querystring=query,
        headers=tuple(request.headers.items()),
        client_ip=request.remote or "127.0.0.1",
        http_version=f"{request.version.major}.{request.version.minor}",
    )


def new_record(viewer: ViewerRequest, name: EdgeName, now: float) -> Record:
    """The beginning of a line of the access log. `now` is loop time."""
    return Record(viewer=viewer, request_id=new_request_id(), location=name.location, began=now)


class Exchange:
    """One request and its answer. Whatever is sent ends in a line of the access log."""

    def __init__(self, request: web.BaseRequest, name: EdgeName, log: Callable[[Record], None]) -> None:
        self.request = request
        self.viewer = read_viewer(request)
        self._name = name
        self._log = log
        self._is_logged = False
        self._loop = asyncio.get_running_loop()
        self.record = new_record(self.viewer, name, self._loop.time())

    @property
    def request_id(self) -> str:
        """The id that header, event and log share."""
        return self.record.request_id

    async def send(
        self,
        status: int,
        reason: str | None,
        headers: Iterable[tuple[str, str]],
        body: bytes,
        *,
        result: str,
        detailed_result: str | None = None,
        x_cache: str | None = None,
        age_s: int | None = None,
    ) -> web.StreamResponse:
        """Answer at once. The log line is written before the bytes: who has the answer finds its line."""
        prepared = self._headers(headers, x_cache or f"{result} from cloudfront", age_s)
        response = web.Response(status=status, reason=reason, headers=prepared, body=body)
        self._close_if_last(response)
        if self.request.transport is None:
            raise ConnectionResetError("the viewer has gone")
        self.record.answer = response.headers
        self.record.sent_bytes = 0 if self.viewer.method == "HEAD" else len(body)
        self._answered(status, result, detailed_result)
        self._finish()
        await response.prepare(self.request)
        await response.write_eof()
        return response

    async def begin_stream(
        self, status: int, reason: str | None, headers: Iterable[tuple[str, str]], *, result: str
    ) -> web.StreamResponse:
        """Send status and headers; the caller writes the body and calls `end_stream`."""
        prepared = self._headers(headers, f"{result} from cloudfront", None)
        response = web.StreamResponse(status=status, reason=reason, headers=prepared)
        self._close_if_last(response)
        self.record.answer = response.headers
        await response.prepare(self.request)
        self._answered(status, result, None)
        return response

    async def end_stream(self, response: web.StreamResponse) -> None:
        """The body is complete."""
        self._finish()
        await response.write_eof()

    def abort_stream(self, detailed_result: str) -> None:
        """The body cannot be completed: close the connection so that the viewer notices."""
        self.record.result, self.record.detailed_result = "Error", detailed_result
        self._finish()
        if self.request.transport is not None:
            self.request.transport.abort()

    async def send_error(
        self, status: int, message: str, *, result: str, detailed_result: str, x_cache: str, detail: str = ""
    ) -> web.StreamResponse:
        """Answer with an error page."""
        body = pages.error_page(status, message, request_id=self.request_id, detail=detail)
        return await self.send(
            status,
            None,
            [("Content-Type", "text/html; charset=utf-8")],
            body,
            result=result,
            detailed_result=detailed_result,
            x_cache=x_cache,
        )

    def viewer_left(self) -> None:
        """The viewer has closed the connection before it was answered."""
        self.record.result, self.record.detailed_result = "Error", "ClientCommError"
        self._finish()

    def _close_if_last(self, response: web.StreamResponse) -> None:
        """End the connection after what is too long, as CloudFront does, and after an answer to who asked for a web
        socket, which is not imitated.
        """
        if response.status == 413 or "Upgrade" in self.request.headers:
            response.force_close()

    def _answered(self, status: int, result: str, detailed_result: str | None) -> None:
        self.record.first_byte = self._loop.time()
        self.record.status = status
        self.record.result = result
        self.record.detailed_result = detailed_result or result

    def _finish(self) -> None:
        if not self._is_logged:
            self._is_logged = True
            self._log(self.record)

    def _headers(self, headers: Iterable[tuple[str, str]], x_cache: str, age_s: int | None) -> CIMultiDict[str]:
        """What goes to the viewer: the given headers without those of a single connection, and the edge's own."""
        via = ""
        kept: CIMultiDict[str] = CIMultiDict()
        of_this_connection: list[str] = []
        for key, value in headers:
            name = key.lower()
            if name not in _DROPPED:
                kept.add(key, value)
            elif name == "connection":
                of_this_connection += value.split(",")
            elif name == "via":
                via = f"{via}{value}, "
        for name in of_this_connection:
            kept.popall(name.strip(), None)
        kept.setdefault("Server", "CloudFront")
        if age_s is not None:
            kept["Age"] = str(age_s)
        kept["X-Cache"] = x_cache
        kept["Via"] = f"{via}1.1 {self._name.via} (CloudFront)"
        kept["X-Amz-Cf-Pop"] = self._name.location
        kept["X-Amz-Cf-Id"] = self.request_id
        return kept
