"""Work after the answer: an internal extension of the Lambda runtime.

A thread registers with the Extensions API while the function is initialised. Lambda
answers its caller when the handler is done, and freezes the environment only once the
thread has asked for its next event; in between there is time that no viewer waits for.

A registered extension that never asks again would keep its environment from being used,
so every path here leads back to `_next_event`, and if the API does not answer any more
the process ends: Lambda then starts a fresh environment.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

NAME = "origin-router"
"""Lambda-Extension-Name."""

REGISTER_TIMEOUT_S = 1.0
"""Registration is a call to the same machine; a cold start does not wait for it longer than this."""

ANSWER_TIMEOUT_S = 30.0
"""The longest that a Lambda@Edge function may run: the handler has ended by then."""

LET_ANSWER_GO_S = 0.003
"""Pause after the handler's end in which the runtime posts the answer, undisturbed by this thread."""

NEXT_ATTEMPTS = 3
"""Tries to ask for the next event before the process gives up its environment."""


class Afterwards:
    """The extension. `state`: absent (no API), refused, or registered."""

    def __init__(
        self,
        api: str | None,
        *,
        has_work: Callable[[], bool],
        work: Callable[[], None],
        failed: Callable[[str, BaseException], None],
        exit_process: Callable[[int], Any] = os._exit,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        """`api` is host:port of the Runtime API. `work` is called after an answer if `has_work` says so then."""
        self.state = "absent"
        self._api = api
        self._has_work = has_work
        self._work = work
        self._failed = failed
        self._exit_process = exit_process
        self._answer_timeout_s = answer_timeout_s
        self._identifier = ""
        self._answered_id = ""
        self._is_waiting = False
        self._condition = threading.Condition()

    def register(self) -> None:
        """Register for invocations and start the thread; being refused is an ordinary outcome."""
        if not self._api:
            return
        try:
            status, headers, _ = self._call(
                "POST", "register", {"Lambda-Extension-Name": NAME}, {"events": ["INVOKE"]}, REGISTER_TIMEOUT_S
            )
            self._identifier = headers.get("lambda-extension-identifier", "")
        except (OSError, ValueError):
            return  # nobody there speaks the Extensions API
        if status != 200 or not self._identifier:
            self.state = "refused"
            return
        self.state = "registered"
        try:
            threading.Thread(target=self._serve, name="afterwards", daemon=True).start()
        except RuntimeError:  # registered, and nobody to ask for the next event
            self._exit_process(1)

    def answered(self, invocation_id: str) -> None:
        """The handler is done with an invocation. Called by the handler; costs nothing unless the thread waits."""
        self._answered_id = invocation_id
        if self._is_waiting:
            with self._condition:
                self._condition.notify_all()

    def _serve(self) -> None:
        try:
            while (invocation_id := self._next_invocation()) is not None:
                try:
                    self._after(invocation_id)
                except Exception as error:  # noqa: BLE001 - whatever it is, the next event must be asked for
                    self._failed("after the answer", error)
        finally:
            self._exit_process(1)

    def _after(self, invocation_id: str) -> None:
        if not invocation_id or not self._has_work() or not self._wait_for_answer(invocation_id):
            return
        time.sleep(LET_ANSWER_GO_S)
        self._work()

    def _wait_for_answer(self, invocation_id: str) -> bool:
        with self._condition:
            self._is_waiting = True
            try:
                return self._condition.wait_for(lambda: self._answered_id == invocation_id, self._answer_timeout_s)
            finally:
                self._is_waiting = False

    def _next_invocation(self) -> str | None:
        """Ask for the next event, which ends this invocation for the extension, and return its id.

        Empty if the event does not tell it; None if it is impossible to ask.
        """
        problem: BaseException = RuntimeError("not asked")
        for _ in range(NEXT_ATTEMPTS):
            try:
                status, _headers, body = self._call(
                    "GET", "event/next", {"Lambda-Extension-Identifier": self._identifier}, None, None
                )
            except (OSError, ValueError) as error:
                problem = error
            else:
                if status == 200:
                    return _invocation_id(body)
                problem = RuntimeError(f"the Extensions API answered {status}")
            time.sleep(0.05)
        self._failed("asking for the extension's next event", problem)
        return None

    def _call(
        self, method: str, path: str, headers: dict[str, str], body: Any, timeout_s: float | None
    ) -> tuple[int, dict[str, str], bytes]:
        """Make one HTTP call. `http.client` would cost every cold start 10 ms of imports."""
        assert self._api is not None  # noqa: S101 - register returns early otherwise
        host, _, port = self._api.rpartition(":")
        payload = b"" if body is None else json.dumps(body).encode()
        head = [f"{method} /2020-01-01/extension/{path} HTTP/1.1", f"Host: {self._api}", "Connection: close"]
        head += [f"{name}: {value}" for name, value in headers.items()]
        head += ["Content-Type: application/json", f"Content-Length: {len(payload)}", "", ""]
        with socket.create_connection((host, int(port)), REGISTER_TIMEOUT_S) as connection:
            connection.settimeout(timeout_s)
            connection.sendall("\r\n".join(head).encode("ascii") + payload)
            with connection.makefile("rb") as reader:
                version, _, rest = reader.readline().partition(b" ")
                if not version.startswith(b"HTTP/1."):
                    raise ValueError("the answer is not HTTP/1.1")
                status = int(rest[:3])
                fields: dict[str, str] = {}
                for line in iter(reader.readline, b"\r\n"):
                    if not line:
                        raise ValueError("the answer was cut short")
                    name, _, value = line.decode("latin-1").partition(":")
                    fields[name.strip().lower()] = value.strip()
                return status, fields, reader.read(int(fields.get("content-length", "0")))


def _invocation_id(body: bytes) -> str:
    """Return the id in an INVOKE event: what the function's context calls `aws_request_id`."""
    try:
        event = json.loads(body)
    except ValueError:
        return ""
    return str(event.get("requestId", "")) if isinstance(event, dict) else ""
