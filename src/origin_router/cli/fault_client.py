"""Speaks to the admin address of a running local edge."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import click

from origin_router.cli.failures import ExitCode, report
from origin_router.emulator.admin_guard import PAGE_HEADER
from origin_router.emulator.running_edges import running_edges

TIMEOUT_S = 10.0
"""It answers at once; a fault waits for at most one look-up of a name, 5 s."""

_CODES = {400: ExitCode.USAGE, 404: ExitCode.PROBLEM}
"""What a refusal means: the fault cannot be, or it is not on."""


class AdminClient:
    """Asks, and ends the command where there is no good answer."""

    def __init__(self, ctx: click.Context, admin: str | None) -> None:
        """Without `admin`, the one local edge of this user that runs."""
        self._ctx = ctx
        self.url = (admin or self._find()).rstrip("/")
        try:
            self._address = urlsplit(self.url)
            is_usable = self._address.scheme == "http" and bool(self._address.hostname) and self._address.port != 0
        except ValueError:
            is_usable = False
        if not is_usable:
            raise click.UsageError(f"--admin {self.url}: is not an address such as http://127.0.0.1:8089")

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the answer's object; empty where there is none."""
        connection = http.client.HTTPConnection(str(self._address.hostname), self._address.port, timeout=TIMEOUT_S)
        try:
            connection.request(
                method, path, None if body is None else json.dumps(body), headers={PAGE_HEADER: "command"}
            )
            response = connection.getresponse()
            content = response.read()
            answer: dict[str, Any] = json.loads(content) if content else {}
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._end(
                f"{self.url} is not the page of a local edge that runs ({error}); see the address that "
                "`origin-router dev` printed",
                ExitCode.REMOTE,
            )
        finally:
            connection.close()
        if response.status >= 400:
            message = str(answer.get("error") or f"status {response.status}")
            self._end(message, _CODES.get(response.status, ExitCode.REMOTE))
        return answer

    def _find(self) -> str:
        edges = running_edges()
        if not edges:
            self._end(
                "no local edge of yours runs; start one with `origin-router dev`, or name its page with --admin URL",
                ExitCode.PROBLEM,
            )
        if len(edges) > 1:
            choice = ", ".join(f"{edge.admin} (process {edge.pid})" for edge in edges)
            raise click.UsageError(f"several local edges run; choose one with --admin: {choice}")
        return edges[0].admin

    def _end(self, message: str, code: ExitCode) -> Any:
        report(self._ctx, message)
        self._ctx.exit(code)
