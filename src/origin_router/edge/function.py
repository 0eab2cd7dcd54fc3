"""The Lambda@Edge function: `handler` is attached to CloudFront's origin-request trigger, and
to origin-response too where real traffic is to be a signal.

Importing this module is the cold start: it reads the configuration that the build put
beside it and races the origins. It fails open, always: whatever goes wrong, the request
goes back unchanged and CloudFront uses the origin that its own configuration names.
"""

from __future__ import annotations

import gc
import sys

# Nearly all that is made from here on stays: collections would search it in vain (1.4 ms of a cold start).
gc.disable()
# Lambda's /var/task cannot be written to, and Python would try that for each of our modules (2 ms).
sys.dont_write_bytecode = True

import json
from typing import Any

from origin_router.edge.environment import Environment, start_environment
from origin_router.edge.journal import Journal
from origin_router.routing.compiled import decode

CONFIG_FILE = __file__.rpartition("/")[0] + "/config.json"
"""Written by the build. (pathlib would cost every cold start 3 ms of imports.)"""


def start(config_file: str, journal: Journal) -> Environment | None:
    """Return this process' environment, its race run; None if there is no usable configuration."""
    try:
        with open(config_file, "rb") as file:  # noqa: PTH123 - see CONFIG_FILE
            return start_environment(decode(json.load(file)), journal)
    except Exception as error:  # noqa: BLE001 - fail open
        journal.error("starting", error)
        return None


def answer(environment: Environment | None, journal: Journal, event: Any, context: Any) -> Any:
    """Return the request of an origin-request event, directed to the best origin if possible, or a response.

    The response of an origin-response event goes back as it came.
    """
    result = event
    try:
        cf = event["Records"][0]["cf"]
        is_response = "response" in cf
        result = cf["response"] if is_response else cf["request"]
        if environment is not None:
            event_type, request_id = cf["config"]["eventType"], cf["config"]["requestId"]
            if event_type == "origin-request":
                result = environment.handle(cf["request"], request_id)
            elif event_type == "origin-response":
                result = environment.handle_response(cf["request"], result, request_id)
    except Exception as error:  # noqa: BLE001 - fail open
        journal.error("handling an event", error)
    finally:
        if environment is not None:
            environment.answered(getattr(context, "aws_request_id", ""))
    return result


_JOURNAL = Journal()
ENVIRONMENT = start(CONFIG_FILE, _JOURNAL)
# What is there now is there for good. A full collection that looked through it all would take 2.4 ms of some
# request on a full CPU, and far more on a small function's share of one.
gc.freeze()
gc.enable()


def handler(event: Any, context: Any) -> Any:
    """What Lambda calls."""
    return answer(ENVIRONMENT, _JOURNAL, event, context)
