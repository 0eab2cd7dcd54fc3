"""Origin-request events as CloudFront makes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

EVENT_FILE = Path(__file__).parent / "events" / "origin-request.json"


class Context:
    """What Lambda gives a handler beside the event."""

    def __init__(self, aws_request_id: str = "11111111-2222-3333-4444-555555555555") -> None:
        self.aws_request_id = aws_request_id


def custom_event(*, uri: str = "/catalogue/picture.jpg", method: str = "GET") -> dict[str, Any]:
    """An event whose placeholder is a custom origin."""
    event: dict[str, Any] = json.loads(EVENT_FILE.read_bytes())
    request = event["Records"][0]["cf"]["request"]
    request["uri"] = uri
    request["method"] = method
    request["origin"]["custom"]["customHeaders"] = {"x-attempt": [{"key": "X-Attempt", "value": "1"}]}
    return event


def s3_event() -> dict[str, Any]:
    """An event whose placeholder is a bucket."""
    event = custom_event()
    request = event["Records"][0]["cf"]["request"]
    request["headers"]["host"] = [{"key": "Host", "value": "bucket.s3.eu-central-1.amazonaws.com"}]
    request["origin"] = {
        "s3": {
            "authMethod": "none",
            "customHeaders": {},
            "domainName": "bucket.s3.eu-central-1.amazonaws.com",
            "path": "",
            "readTimeout": 30,
            "region": "eu-central-1",
            "responseCompletionTimeout": 30,
        }
    }
    return event
