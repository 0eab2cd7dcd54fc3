"""The rules for responses that a function makes or changes (CloudFront guide, 1.7 and 2.3)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from origin_router.emulator.outcome import ChangedResponse, ForwardRequest, GeneratedResponse, InvalidResult
from origin_router.emulator.validation import check_response_result, check_result
from origin_router.emulator.validation_response import BODY_LIMIT_BYTES

READ_ONLY = (
    "The Lambda function result failed validation: The function tried to add, delete, or change a read-only header."
)
BODY = (
    "The Lambda function result failed validation: "
    "The body is not a string, is not an object, or exceeds the maximum size."
)
NOT_ARRAY = (
    "The Lambda function returned an invalid entry in the headers object: "
    "Each header entry in the headers object must be an array."
)

RESPONSE: dict[str, Any] = {
    "status": "200",
    "statusDescription": "OK",
    "headers": {
        "via": [{"key": "Via", "value": "1.1 origin"}],
        "transfer-encoding": [{"key": "Transfer-Encoding", "value": "chunked"}],
        "x-own": [{"key": "X-Own", "value": "1"}],
    },
}


def check(result: Any) -> ForwardRequest | GeneratedResponse | InvalidResult:
    """As the answer to an origin-request event."""
    return check_result(json.dumps(result).encode(), {})


def check_change(result: Any) -> ChangedResponse | InvalidResult:
    """As the answer to the origin-response event with RESPONSE."""
    return check_response_result(json.dumps(result).encode(), RESPONSE)


def message(checked: object) -> str:
    assert isinstance(checked, InvalidResult), checked
    return checked.message


def test_a_generated_response() -> None:
    """Only `status` is required; the body may be base64."""
    body = base64.b64encode(b"\0\1").decode()
    full = {
        "status": "404",
        "statusDescription": "Gone Fishing",
        "headers": {"content-type": [{"key": "Content-Type", "value": "image/x"}]},
        "body": body,
        "bodyEncoding": "base64",
    }

    assert check({"status": "200"}) == GeneratedResponse(status=200)
    assert check(full) == GeneratedResponse(
        status=404, description="Gone Fishing", headers=[("Content-Type", "image/x")], body=b"\0\1"
    )


@pytest.mark.parametrize("status", [200, "99", "199", "600", "abc", "20", "2000", None, " 200"])
def test_a_status_is_a_string_from_200_to_599(status: Any) -> None:
    """As documented; a number is none."""
    assert "The status is not a string from 200 to 599." in message(check({"status": status}))


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ({"status": "200", "body": {}}, BODY),
        ({"status": "200", "body": "x", "bodyEncoding": "gzip"}, BODY),
        ({"status": "200", "body": "x" * BODY_LIMIT_BYTES, "headers": {"x-a": [{"value": "1"}]}}, BODY),
        ({"status": "200", "headers": {"via": [{"value": "x"}]}}, READ_ONLY),
        ({"status": "200", "headers": {"transfer-encoding": [{"value": "chunked"}]}}, READ_ONLY),
        ({"status": "200", "headers": {"x-a": "1"}}, NOT_ARRAY),
    ],
)
def test_a_bad_generated_response(response: dict[str, Any], expected: str) -> None:
    """Body, its size with the headers, and headers that a response may not set."""
    assert message(check(response)) == expected


def test_a_response_handed_back() -> None:
    """As it is: the origin's body goes on."""
    assert check_change(RESPONSE) == ChangedResponse(
        status=200,
        description="OK",
        headers=[("Via", "1.1 origin"), ("Transfer-Encoding", "chunked"), ("X-Own", "1")],
    )


@pytest.mark.parametrize(("body", "expected"), [("", b""), ("new", b"new"), (..., None)])
def test_a_body_in_place_of_the_origins(body: Any, expected: bytes | None) -> None:
    """An empty one blanks it, a missing one leaves it."""
    checked = check_change(RESPONSE | ({} if body is ... else {"body": body}))

    assert isinstance(checked, ChangedResponse)
    assert checked.body == expected


@pytest.mark.parametrize(
    ("headers", "verb"),
    [
        ({"via": None}, "delete"),
        ({"via": []}, "delete"),
        ({"transfer-encoding": None}, "delete"),
        ({"via": [{"value": "other"}]}, "change"),
        ({"via": [{"value": "1.1 origin"}, {"value": "more"}]}, "change"),
    ],
)
def test_read_only_headers_of_a_response(headers: dict[str, Any], verb: str) -> None:
    """Transfer-Encoding and Via go back as they came."""
    changed = {name: entry for name, entry in (RESPONSE["headers"] | headers).items() if entry is not None}
    checked = check_change(RESPONSE | {"headers": changed})

    assert message(checked) == READ_ONLY
    assert isinstance(checked, InvalidResult)
    assert f"tried to {verb} read-only header" in checked.detail


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (None, "must be an object type"),
        ({"uri": "/", "headers": {}}, "invalid request or response"),
        (RESPONSE | {"status": 200}, "The status is not a string"),
        (RESPONSE | {"body": "x" * BODY_LIMIT_BYTES}, "exceeds the maximum size"),
        (RESPONSE | {"headers": RESPONSE["headers"] | {"x-cache": [{"value": "Hit"}]}}, "a disallowed header"),
    ],
)
def test_what_may_not_answer_an_origin_response_event(result: Any, told: str) -> None:
    """Neither a request nor a malformed response."""
    assert told in message(check_change(result))
