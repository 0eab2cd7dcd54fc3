"""What runs first in an execution environment's process: a few preparations, then AWS's runtime client.

Run by path, as `python -I -S -B launcher.py HANDLER`, so that nothing of the local edge's own
Python is visible to the function: its modules come from the unzipped zip (LAMBDA_TASK_ROOT),
from what Lambda's runtime brings along (LAMBDA_RUNTIME_DIR) and from the standard library,
in Lambda's order. Standard library only, any Python from 3.11 on.
"""

import os
import sys

OVERLAY = "ORIGIN_ROUTER_LOCAL_EDGE_RESOLVE"
"""Variable that carries the names to overlay: JSON `{"host:port": ["address", port]}`."""


def overlay_name_resolution(text: str) -> None:
    """Answer lookups of the given `host:port` pairs with the given addresses; ask the system for all others."""
    import json
    import socket

    overlay = {key: tuple(target) for key, target in json.loads(text).items()}
    ask_system = socket.getaddrinfo

    def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):  # type: ignore[no-untyped-def]  # noqa: A002
        name = host.decode("ascii") if isinstance(host, bytes) else host
        mapped = overlay.get(f"{name}:{port}")
        host, port = mapped or (host, port)
        return ask_system(host, port, family, type, proto, flags)

    socket.getaddrinfo = getaddrinfo


def main() -> None:
    """Prepare the process as Lambda's image would and hand over to the runtime client."""
    sys.path[:0] = [os.environ["LAMBDA_TASK_ROOT"], os.environ["LAMBDA_RUNTIME_DIR"]]
    overlay = os.environ.pop(OVERLAY, "")
    if overlay:
        overlay_name_resolution(overlay)
    from awslambdaric.__main__ import main as run_runtime_client  # type: ignore[import-untyped]

    run_runtime_client(sys.argv)


if __name__ == "__main__":
    main()
