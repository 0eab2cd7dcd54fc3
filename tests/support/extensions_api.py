"""A scripted Extensions API of Lambda on loopback: one extension, events when the test says so."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

LIMIT_S = 5.0
IDENTIFIER = "0b4d3c62-test"


class ExtensionsApi:
    """Serves registration and events; a context manager."""

    def __init__(
        self,
        *,
        register: tuple[int, dict[str, str]] = (200, {"Lambda-Extension-Identifier": IDENTIFIER}),
        next_status: Callable[[], int] = lambda: 200,
        on_register: Callable[[], object] = lambda: None,
    ) -> None:
        """`register`: status and headers of the answer to a registration; `next_status`: of each next event.

        `on_register` is called before a registration is answered.
        """
        self.registrations: list[tuple[dict[str, str], Any]] = []
        self.asked = 0
        """How often the next event was asked for."""
        self._register = register
        self._next_status = next_status
        self._on_register = on_register
        self._events: queue.Queue[bytes | None] = queue.Queue()
        self._has_asked = threading.Semaphore(0)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler_class())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def __enter__(self) -> ExtensionsApi:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def address(self) -> str:
        """What AWS_LAMBDA_RUNTIME_API holds."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def invoke(self, request_id: str) -> None:
        """Hand the extension an INVOKE event."""
        self.send(json.dumps({"eventType": "INVOKE", "requestId": request_id, "deadlineMs": 0}).encode())

    def send(self, body: bytes) -> None:
        """Hand the extension any body as its next event."""
        self._events.put(body)

    def wait_until_asked(self) -> None:
        """Wait until the extension has asked for the next event once more."""
        assert self._has_asked.acquire(timeout=LIMIT_S), "the extension does not ask for its next event"

    def is_asked_within(self, seconds: float) -> bool:
        """Whether the extension asks for the next event in this time."""
        return self._has_asked.acquire(timeout=seconds)

    def stop(self) -> None:
        """Go away: what waits for an event is hung up on."""
        self._server.shutdown()
        self._server.server_close()
        self._events.put(None)
        self._thread.join(LIMIT_S)

    def _handler_class(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/2020-01-01/extension/register"
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                api.registrations.append((dict(self.headers), body))
                api._on_register()
                status, headers = api._register
                self._answer(status, b"{}", headers)

            def do_GET(self) -> None:
                assert self.path == "/2020-01-01/extension/event/next"
                assert self.headers["Lambda-Extension-Identifier"] == IDENTIFIER
                api.asked += 1
                status = api._next_status()
                if status != 200:
                    self._answer(status, b'{"errorType": "scripted"}', {})
                    return
                api._has_asked.release()
                event = api._events.get()
                if event is not None:
                    self._answer(200, event, {})

            def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the base class has
                pass

        return Handler
