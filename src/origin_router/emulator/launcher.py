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

OVERLAY_FILE = "ORIGIN_ROUTER_LOCAL_EDGE_RESOLVE_FILE"
"""Variable that names a file with what may change meanwhile: JSON `{"addresses": {...}, "failing": ["host"]}`."""


def overlay_name_resolution(text: str, file: str = "") -> None:
    """Answer lookups of the given `host:port` pairs with the given addresses; ask the system for all others.

    What the text says about a pair goes before what the file says. A failing name fails whatever is said about it.
    """
    import json
    import socket

    own = json.loads(text) if text else {}
    ask_system = socket.getaddrinfo

    def read_file() -> tuple:  # type: ignore[type-arg]
        if not file:
            return {}, ()
        with open(file, encoding="utf-8") as shared:  # noqa: PTH123 - pathlib would be imported for this alone
            content = json.load(shared)
        return content["addresses"], content["failing"]

    def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):  # type: ignore[no-untyped-def]  # noqa: A002
        name = host.decode("ascii") if isinstance(host, bytes) else host
        key = f"{name}:{port}"
        addresses, failing = read_file()
        if name in failing:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        mapped = own.get(key) or addresses.get(key)
        host, port = mapped or (host, port)
        return ask_system(host, port, family, type, proto, flags)

    socket.getaddrinfo = getaddrinfo


def main() -> None:
    """Prepare the process as Lambda's image would and hand over to the runtime client."""
    sys.path[:0] = [os.environ["LAMBDA_TASK_ROOT"], os.environ["LAMBDA_RUNTIME_DIR"]]
    overlay, file = os.environ.pop(OVERLAY, ""), os.environ.pop(OVERLAY_FILE, "")
    if overlay or file:
        overlay_name_resolution(overlay, file)
    from awslambdaric.__main__ import main as run_runtime_client  # type: ignore[import-untyped]

    run_runtime_client(sys.argv)


if __name__ == "__main__":
    main()
