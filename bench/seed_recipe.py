"""The baseline: the recipe that this project grew from, written out from its description.

In a public note of 2019 the recipe is this: one thread per origin makes a HEAD request with
`http.client` and a timeout of 0.8 s; a thread that watches over them publishes a default
after 0.9 s; a listener takes the first thing published; the choice is cached. What the note
leaves open is filled in in the recipe's favour or, where there is no better or worse, simply:

- HTTPSConnection instead of the note's HTTPConnection, so that it can speak to the TLS
  origins of the benchmark, with one TLS context that all its threads share instead of one
  that each of them makes;
- the cache is renewed after the same `refresh_s` that our router has, by the request that
  finds it too old;
- a default that the watchdog published is not cached, for the note reports 900 ms whenever
  no origin answers, not once in a while.

As in the note, the first *answer* wins, whatever its status, and a thread whose request fails
publishes nothing. Standard library only and self-contained: it also runs as a Lambda function.
"""

from __future__ import annotations

import http.client
import queue
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

REQUEST_TIMEOUT_S = 0.8
WATCHDOG_S = 0.9


class Server(NamedTuple):
    """One origin."""

    host: str
    port: int


Connect = Callable[[Server], http.client.HTTPConnection]
"""Makes the connection for one request; it connects when the request is sent."""


class SeedRecipe:
    """Chooses the server that answers first, and remembers it for `refresh_s`."""

    def __init__(
        self,
        servers: Sequence[Server],
        *,
        refresh_s: float,
        connect: Connect,
        watchdog_s: float = WATCHDOG_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """The first server is the default."""
        self._servers = servers
        self._refresh_s = refresh_s
        self._connect = connect
        self._watchdog_s = watchdog_s
        self._clock = clock
        self._choice: Server | None = None
        self._chosen_at = 0.0

    def choose(self) -> Server:
        """Return the cached choice, or wait for a new one."""
        now = self._clock()
        if self._choice is None or now - self._chosen_at >= self._refresh_s:
            self._choice = self._race()
            self._chosen_at = now
        return self._choice or self._servers[0]

    def _race(self) -> Server | None:
        """Return the first server to answer, or None if the watchdog came first."""
        published: queue.SimpleQueue[Server | None] = queue.SimpleQueue()
        for server in self._servers:
            threading.Thread(target=self._evaluate, args=(server, published), daemon=True).start()
        threading.Thread(target=self._watch, args=(published,), daemon=True).start()
        return published.get()

    def _evaluate(self, server: Server, published: queue.SimpleQueue[Server | None]) -> None:
        connection = self._connect(server)
        try:
            connection.request("HEAD", "/")
            connection.getresponse()
        except (OSError, http.client.HTTPException):
            return
        finally:
            connection.close()
        published.put(server)

    def _watch(self, published: queue.SimpleQueue[Server | None]) -> None:
        time.sleep(self._watchdog_s)
        published.put(None)


def plain(server: Server) -> http.client.HTTPConnection:
    """Connect without TLS, as the note does."""
    return http.client.HTTPConnection(*server, timeout=REQUEST_TIMEOUT_S)


def tls() -> Connect:
    """Connect with TLS; all connections share one context."""
    context = ssl.create_default_context()
    return lambda server: http.client.HTTPSConnection(*server, timeout=REQUEST_TIMEOUT_S, context=context)


def make_handler(servers: Sequence[Server], *, refresh_s: float, is_tls: bool) -> Callable[[Any, Any], Any]:
    """Return the recipe as a Lambda handler."""
    recipe = SeedRecipe(servers, refresh_s=refresh_s, connect=tls() if is_tls else plain)

    def handler(event: Any, context: Any) -> Any:
        del context
        request = event["Records"][0]["cf"]["request"]
        server = recipe.choose()
        request["origin"]["custom"]["domainName"] = server.host
        request["origin"]["custom"]["port"] = server.port
        return request

    return handler
