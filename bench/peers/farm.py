"""The three origins of a cell: a process of their own, so that nobody's waiting disturbs their answering.

Run as `python -m bench.peers.farm CERTIFICATE`: prints the ports as JSON, then reads one
command per line of standard input and answers each with one line, both JSON. Ends when its
input ends.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import sys
import time
from typing import Any

from bench.peers.faults import Fault
from bench.peers.origin import BreakableOrigin

THINK_S = {"near": 0.010, "middle": 0.040, "far": 0.080}
"""Time between request and response. `near` is the one that breaks."""


async def serve(certificate: str) -> None:
    """Obey commands until standard input ends."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, _context: None)  # clients come and go without ceremony
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    origins = {name: BreakableOrigin(name, _free_port(), tls, think_s) for name, think_s in THINK_S.items()}
    print(json.dumps({name: origin.port for name, origin in origins.items()}), flush=True)
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    async for line in commands:
        print(json.dumps(_obey(origins, json.loads(line))), flush=True)
    for origin in origins.values():
        origin.close()
    await asyncio.sleep(0)


def _obey(origins: dict[str, BreakableOrigin], command: dict[str, Any]) -> Any:
    if command["do"] == "break":
        fault = command["fault"]
        origins[command["origin"]].set_fault(None if fault is None else Fault(fault))
        return time.monotonic()
    return {name: {"viewers": each.seen.viewers, "probes": each.seen.probes} for name, each in origins.items()}


def _free_port() -> int:
    """A port is only kept while nobody listens on it if it was asked for by number."""
    with socket.socket() as finder:
        finder.bind(("127.0.0.1", 0))
        return int(finder.getsockname()[1])


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
