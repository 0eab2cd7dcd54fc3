"""Times one race for the first decision in a process that never made one.

Arguments: ours|seed TASK_ROOT EVENT_FILE, or alone HOST PORT
Answers milliseconds. Imports of modules are done before the clock starts; everything a first
race does for the first time (importing `ssl` if the function leaves that to its race, making
the TLS context, encoding a host name) is inside, for both.
`alone` is one connection to one origin with blocking calls and everything done before once:
connect, TLS and response, and nothing else.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.workers.prelude import answer, prepare

REQUEST = b"HEAD / HTTP/1.1\r\nHost: %s\r\n\r\n"


def ours(task_root: str, event: dict[str, Any]) -> float:
    """From the start of the environment to its first decision."""
    from origin_router.edge.environment import start_environment
    from origin_router.routing.compiled import decode

    document = json.loads(Path(task_root, "origin_router/edge/config.json").read_bytes())
    request = event["Records"][0]["cf"]["request"]
    began = time.perf_counter()
    start_environment(decode(document)).handle(request, "")
    return time.perf_counter() - began


def seed(task_root: str, event: dict[str, Any]) -> float:
    """From making the recipe's handler to its first decision."""
    import seed_recipe  # type: ignore[import-not-found]  # noqa: F401 - what it imports should not count

    del task_root
    began = time.perf_counter()
    import seed_function  # type: ignore[import-not-found]

    seed_function.handler(event, None)
    return time.perf_counter() - began


def alone(host: str, port: str) -> float:
    """One origin's own connect, TLS and response; the second of two."""
    import ssl  # by nobody else here: it would be there before the function's race needs it

    context = ssl.create_default_context()
    address = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0][4]
    _exchange(context, address, host)
    began = time.perf_counter()
    _exchange(context, address, host)
    return time.perf_counter() - began


def _exchange(context: Any, address: Any, host: str) -> None:
    with socket.create_connection(address) as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with context.wrap_socket(raw, server_hostname=host) as connection:
            connection.sendall(REQUEST % host.encode())
            connection.recv(65536)


def main(arguments: list[str]) -> None:
    """Do what the first argument says."""
    mode, first, second = arguments
    if mode == "alone":
        prepare("")
        answer(alone(first, second) * 1000)
    else:
        prepare(first)
        race: Callable[..., float] = {"ours": ours, "seed": seed}[mode]
        answer(race(first, json.loads(Path(second).read_bytes())) * 1000)
