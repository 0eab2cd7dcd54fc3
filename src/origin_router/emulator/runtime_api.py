"""The HTTP side of one execution environment: Lambda's Runtime API and Extensions API.

The runtime client finds one server per environment at AWS_LAMBDA_RUNTIME_API. This module speaks
HTTP and keeps the order of the protocol; what it means for the environment is told to an
`Observer`. The environment may be frozen when the runtime and every registered extension have
asked for their next event: `settled`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any, NamedTuple, Protocol

from aiohttp import web

from origin_router.emulator.extensions import Extension, Extensions, Refusal
from origin_router.emulator.function import Function

RUNTIME = "/2018-06-01/runtime/"
EXTENSION = "/2020-01-01/extension/"

NEVER_S = 86_400.0
"""Idle connections are kept: those who hold them may be frozen for long and must find them open."""

PAYLOAD_LIMIT_BYTES = 6_291_556
"""Largest answer that Lambda takes from a function: 6 MB and 100 bytes, as its own emulator has it."""


class Invocation(NamedTuple):
    """One event for the function."""

    request_id: str
    payload: bytes
    deadline_ms: int
    """Wall clock, milliseconds since the epoch."""
    trace_id: str


class Observer(Protocol):
    """What the environment wants to know."""

    def answered(self, request_id: str, payload: bytes) -> None:
        """The function returned."""

    def failed(self, request_id: str, error: bytes) -> None:
        """The function raised; the runtime goes on."""

    def init_failed(self, error: bytes) -> None:
        """The runtime or an extension could not start."""

    def extension_lags(self) -> None:
        """The runtime has asked for its next event, an extension has not."""

    def settled(self) -> None:
        """All have asked for their next event."""


class RuntimeApi:
    """One environment's server on a free port of loopback."""

    def __init__(self, function: Function, observer: Observer, *, allow_extensions: bool) -> None:
        self.extensions = Extensions(are_allowed=allow_extensions)
        self.address = ""
        """`host:port` once started."""
        self._function = function
        self._observer = observer
        self._runtime: asyncio.Future[Invocation] | None = None
        self._waiting: dict[Extension, asyncio.Future[Invocation]] = {}
        self._current = ""
        self._server = web.Server(
            self._answer,
            request_factory=_make_request,
            access_log=None,
            keepalive_timeout=NEVER_S,
            handler_cancellation=True,
        )
        self._listener: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._server, "127.0.0.1", 0)
        host, port = self._listener.sockets[0].getsockname()[:2]
        self.address = f"{host}:{port}"

    def deliver(self, invocation: Invocation) -> bool:
        """Hand the event to the runtime and to the extensions that want it, all of which have asked.

        False when one of them has gone away meanwhile: the process is dying.
        """
        runtime, self._runtime = self._runtime, None
        wanting = [extension for extension in self._waiting if extension.wants_invoke]
        waiting = [runtime, *(self._waiting.pop(extension) for extension in wanting)]
        self._current = invocation.request_id
        for extension in wanting:
            extension.has_asked = False
        for each in waiting:
            if each is None or each.done():
                return False
            each.set_result(invocation)
        return True

    async def close(self) -> None:
        """End the server and every connection."""
        if self._listener is not None:
            self._listener.close()
        await self._server.shutdown(0)

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        path = request.path
        if path.startswith(RUNTIME):
            return await self._answer_runtime(request, path.removeprefix(RUNTIME))
        if path.startswith(EXTENSION):
            return await self._answer_extension(request, path.removeprefix(EXTENSION))
        return _error(404, "NotFound", f"nothing at {path}")

    async def _answer_runtime(self, request: web.BaseRequest, what: str) -> web.Response:
        if what == "invocation/next":
            return await self._next()
        body = await _read(request)
        if body is None:
            return _error(
                413, "RequestEntityTooLarge", f"Exceeded maximum allowed payload size ({PAYLOAD_LIMIT_BYTES})"
            )
        if what == "init/error":
            self._observer.init_failed(body)
            return _accepted()
        match what.split("/"):
            case ["invocation", self._current, "response"]:
                self._observer.answered(self._current, body)
                return _accepted()
            case ["invocation", self._current, "error"]:
                self._observer.failed(self._current, body)
                return _accepted()
            case ["invocation", _, "response" | "error"]:
                return _error(400, "InvalidRequestID", "Invalid request ID")
        return _error(404, "NotFound", f"nothing at {request.path}")

    async def _next(self) -> web.Response:
        self.extensions.close_registration()
        self._runtime = asyncio.get_running_loop().create_future()
        waiting = self._runtime
        self._settle()
        invocation = await waiting
        return web.Response(
            body=invocation.payload,
            content_type="application/json",
            headers={
                "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
                "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
                "Lambda-Runtime-Invoked-Function-Arn": self._function.arn,
                "Lambda-Runtime-Trace-Id": invocation.trace_id,
            },
        )

    async def _answer_extension(self, request: web.BaseRequest, what: str) -> web.Response:
        if what == "register":
            name = request.headers.get("Lambda-Extension-Name", "")
            return self._register(self.extensions.register(name, await request.read()))
        found = self.extensions.find(request.headers.get("Lambda-Extension-Identifier"))
        if isinstance(found, Refusal):
            return _error(403, *found)
        match what:
            case "event/next":
                return await self._next_event(found)
            case "init/error" | "exit/error":
                self._observer.init_failed(await request.read())
                return _accepted()
        return _error(404, "NotFound", f"nothing at {request.path}")

    def _register(self, registered: Extension | Refusal) -> web.Response:
        if isinstance(registered, Refusal):
            return _error(403, *registered)
        about = {
            "functionName": self._function.replica_name,
            "functionVersion": self._function.version,
            "handler": self._function.handler,
        }
        return web.json_response(about, headers={"Lambda-Extension-Identifier": registered.identifier})

    async def _next_event(self, extension: Extension) -> web.Response:
        if extension in self._waiting:
            return _error(403, "Extension.InvalidExtensionState", f"{extension.name} already waits for its next event")
        waiting = self._waiting[extension] = asyncio.get_running_loop().create_future()
        extension.has_asked = True
        self._settle()
        invocation = await waiting
        event = {
            "eventType": "INVOKE",
            "deadlineMs": invocation.deadline_ms,
            "requestId": invocation.request_id,
            "invokedFunctionArn": self._function.arn,
            "tracing": {"type": "X-Amzn-Trace-Id", "value": invocation.trace_id},
        }
        return web.json_response(event, headers={"Lambda-Extension-Event-Identifier": extension.identifier})

    def _settle(self) -> None:
        if self._runtime is None:
            return
        if self.extensions.are_ready:
            self._observer.settled()
        else:
            self._observer.extension_lags()


def _make_request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    """As aiohttp does, with Lambda's limit for bodies."""
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=PAYLOAD_LIMIT_BYTES)


async def _read(request: web.BaseRequest) -> bytes | None:
    """The body of a request, or None when it is larger than Lambda allows."""
    with contextlib.suppress(web.HTTPRequestEntityTooLarge):
        return await request.read()
    return None


def _accepted() -> web.Response:
    return web.Response(status=202, body=b'{"status":"OK"}\n', content_type="application/json")


def _error(status: int, error_type: str, message: str) -> web.Response:
    body = json.dumps({"errorMessage": message, "errorType": error_type})
    return web.Response(status=status, text=body, content_type="application/json")
