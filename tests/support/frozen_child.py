"""Runs an environment in a process of its own, which a test can stop: `frozen_child.py CONFIG`.

Each line on standard input is an invocation id; it is answered by the line
`{"event": "answer", "origin": ...}`, between whatever lines the journal writes.
"""

from __future__ import annotations

import json
import sys

from origin_router.edge.function import answer, start
from origin_router.edge.journal import Journal, write_line


class Context:
    """What Lambda gives a handler beside the event."""

    def __init__(self, aws_request_id: str) -> None:
        self.aws_request_id = aws_request_id


def main() -> None:
    """Serve until standard input ends."""
    journal = Journal()
    environment = start(sys.argv[1], journal)
    write_line(json.dumps({"event": "answer", "origin": None}))
    for line in sys.stdin:
        request = {"method": "GET", "uri": "/", "headers": {}, "origin": {}}
        cf = {"config": {"eventType": "origin-request", "requestId": line.strip()}, "request": request}
        result = answer(environment, journal, {"Records": [{"cf": cf}]}, Context(line.strip()))
        write_line(json.dumps({"event": "answer", "origin": result["origin"]}))


main()
