"""The Lambda@Edge function: `handler` is attached to CloudFront's origin-request trigger.

Importing this module is the cold start: it reads the configuration that the build put
beside it and races the origins. It fails open, always: whatever goes wrong, the request
goes back unchanged and CloudFront uses the origin that its own configuration names.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from origin_router.edge.environment import Environment, start_environment
from origin_router.edge.journal import Journal
from origin_router.routing.config import decode

CONFIG_FILE = Path(__file__).with_name("config.json")
"""Written by the build."""


def _start() -> Environment | None:
    try:
        return start_environment(decode(json.loads(CONFIG_FILE.read_bytes())))
    except Exception as error:  # noqa: BLE001 - fail open
        Journal().error("starting", error)
        return None


ENVIRONMENT = _start()


def handler(event: Any, context: Any) -> Any:
    """Return the request of an origin-request event, directed to the best origin."""
    invocation_id = getattr(context, "aws_request_id", "")
    try:
        cf = event["Records"][0]["cf"]
        request = cf["request"]
    except Exception as error:  # noqa: BLE001 - fail open
        _failed("reading the event", error)
        return event
    try:
        if ENVIRONMENT is not None and cf["config"]["eventType"] == "origin-request":
            request = ENVIRONMENT.handle(request, cf["config"]["requestId"])
    except Exception as error:  # noqa: BLE001 - fail open
        _failed("handling a request", error)
    finally:
        if ENVIRONMENT is not None:
            ENVIRONMENT.afterwards.answered(invocation_id)
    return request


def _failed(where: str, error: Exception) -> None:
    journal = Journal() if ENVIRONMENT is None else ENVIRONMENT.journal
    journal.error(where, error)
