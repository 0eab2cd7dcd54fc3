"""Every rule that CloudFront applies to a function's result, one case per statement of the CloudFront guide."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from origin_router.emulator.header_rules import CUSTOM_DENIED, DISALLOWED, READ_ONLY_IN_REQUEST
from origin_router.emulator.outcome import ForwardRequest, GeneratedResponse, InvalidResult, Target
from origin_router.emulator.validation import check_result
from origin_router.emulator.validation_response import BODY_LIMIT_BYTES

READ_ONLY = (
    "The Lambda function result failed validation: The function tried to add, delete, or change a read-only header."
)
BODY = (
    "The Lambda function result failed validation: "
    "The body is not a string, is not an object, or exceeds the maximum size."
)
CONFIGURATION = "The Lambda function returned an invalid origin configuration: "
HEADER_VALUES = CONFIGURATION + "One or more HeaderName or HeaderValue values are invalid."
NOT_ARRAY = (
    "The Lambda function returned an invalid entry in the headers object: "
    "Each header entry in the headers object must be an array."
)

REQUEST: dict[str, Any] = {
    "clientIp": "203.0.113.178",
    "method": "GET",
    "uri": "/index.html",
    "querystring": "a=b",
    "headers": {
        "host": [{"key": "Host", "value": "placeholder.example.com"}],
        "via": [{"key": "Via", "value": "1.1 edge (CloudFront)"}],
        "accept-encoding": [{"key": "Accept-Encoding", "value": "gzip"}],
        "x-own": [{"key": "X-Own", "value": "1"}, {"key": "X-Own", "value": "2"}],
    },
    "origin": {
        "custom": {
            "customHeaders": {"x-from-config": [{"key": "X-From-Config", "value": "c"}]},
            "domainName": "placeholder.example.com",
            "keepaliveTimeout": 5,
            "path": "",
            "port": 443,
            "protocol": "https",
            "readTimeout": 30,
            "sslProtocols": ["TLSv1.2"],
        }
    },
}

S3 = {
    "authMethod": "none",
    "customHeaders": {},
    "domainName": "bucket.s3.eu-west-1.amazonaws.com",
    "path": "/site",
    "region": "eu-west-1",
    "readTimeout": 20,
}

Change = Callable[[dict[str, Any]], Any]


def check(result: Any, request: dict[str, Any] = REQUEST) -> ForwardRequest | GeneratedResponse | InvalidResult:
    return check_result(json.dumps(result).encode(), request)


def changed(change: Change, request: dict[str, Any] = REQUEST) -> ForwardRequest | GeneratedResponse | InvalidResult:
    """The request as a function changed it."""
    result = copy.deepcopy(request)
    change(result)
    return check(result, request)


def put(path: str, value: Any) -> Change:
    """Set a value by its dotted path; `...` removes it."""

    def change(result: dict[str, Any]) -> None:
        *steps, last = path.split(".")
        for step in steps:
            result = result[step]
        if value is ...:
            del result[last]
        else:
            result[last] = value

    return change


def message(checked: object) -> str:
    assert isinstance(checked, InvalidResult), checked
    return checked.message


def test_the_request_unchanged() -> None:
    """It goes to the placeholder, with the custom headers of the configuration."""
    assert check(REQUEST) == ForwardRequest(
        method="GET",
        uri="/index.html",
        querystring="a=b",
        headers=[
            ("Host", "placeholder.example.com"),
            ("Via", "1.1 edge (CloudFront)"),
            ("Accept-Encoding", "gzip"),
            ("X-Own", "1"),
            ("X-Own", "2"),
            ("X-From-Config", "c"),
        ],
        target=Target(domain="placeholder.example.com"),
    )


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"{", "The Lambda function returned invalid JSON: The json output is not parsable."),
        (b"null", "The Lambda function returned invalid JSON: The JSON output must be an object type."),
        (b"[]", "The Lambda function returned invalid JSON: The JSON output must be an object type."),
        (b'"text"', "The Lambda function returned invalid JSON: The JSON output must be an object type."),
        (b"{}", "The Lambda function returned an invalid request or response to CloudFront."),
        (b'{"Records": []}', "The Lambda function returned an invalid request or response to CloudFront."),
    ],
)
def test_what_is_neither_request_nor_response(payload: bytes, expected: str) -> None:
    """Not JSON, not an object, or the event itself."""
    assert message(check_result(payload, REQUEST)) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (put("headers.x-own", "text"), NOT_ARRAY),
        (put("headers.x-own", {"value": "1"}), NOT_ARRAY),
        (put("headers.x-own", ["1"]), "Each element must be an object"),
        (put("headers.x-own", [{"key": "X-Own"}]), "a value that is a string"),
        (put("headers.x-own", [{"value": 1}]), "a value that is a string"),
        (put("headers.x-own", [{"key": "X-Other", "value": "1"}]), "header name is invalid"),
        (put("headers.X-Own", [{"value": "1"}]), "not in lower case"),
        (put("headers.x own", [{"value": "1"}]), "header name is invalid"),
        (put("headers.x-own", [{"value": "a\r\nb"}]), "invalid character"),
        (put("headers", ...), "The headers must be an object."),
        (put("headers", []), "The headers must be an object."),
        (put("headers.x-big", [{"value": "x" * 33_000}]), "exceeds the maximum size"),
    ],
)
def test_malformed_headers(change: Change, expected: str) -> None:
    """The shape of the headers object, names, values, and their size together."""
    assert expected in message(changed(change))


def test_a_missing_key_is_filled_in_and_an_empty_list_removes() -> None:
    """`key` is optional: the name is capitalized part by part. No values, no header."""
    checked = changed(put("headers.x-new-name", [{"value": "1"}]))
    assert isinstance(checked, ForwardRequest)
    assert ("X-New-Name", "1") in checked.headers

    checked = changed(put("headers.x-own", []))
    assert isinstance(checked, ForwardRequest)
    assert not [name for name, _ in checked.headers if name == "X-Own"]


@pytest.mark.parametrize("name", [*sorted(DISALLOWED), "x-amz-cf-anything", "x-edge-anything"])
def test_disallowed_headers_cannot_be_added(name: str) -> None:
    """In the request and in a generated response."""
    added = [{"value": "x"}]

    assert "disallowed header" in message(changed(put(f"headers.{name}", added)))
    assert "disallowed header" in message(check({"status": "200", "headers": {name: added}}))


@pytest.mark.parametrize("name", READ_ONLY_IN_REQUEST)
def test_read_only_headers_stay_as_they_are(name: str) -> None:
    """Adding, changing and deleting are the same error; handing back is none, with or without `key`."""
    value = [{"key": name.title(), "value": "old"}]
    given = copy.deepcopy(REQUEST)
    given["headers"][name] = value

    assert isinstance(check(given, given), ForwardRequest)
    assert isinstance(changed(put(f"headers.{name}", [{"value": "old"}]), given), ForwardRequest)
    assert message(changed(put(f"headers.{name}", [{"value": "new"}]), given)) == READ_ONLY
    assert message(changed(put(f"headers.{name}", ...), given)) == READ_ONLY
    without = copy.deepcopy(REQUEST)
    without["headers"].pop(name, None)
    assert message(changed(put(f"headers.{name}", value), without)) == READ_ONLY


def test_host_is_writable() -> None:
    """The function chooses the Host header at origin-request."""
    checked = changed(put("headers.host", [{"key": "Host", "value": "other.example.com"}]))

    assert isinstance(checked, ForwardRequest)
    assert checked.headers[0] == ("Host", "other.example.com")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (put("method", "POST"), "read-only field"),
        (put("clientIp", "192.0.2.9"), "read-only field"),
        (put("uri", "index.html"), "URI has an invalid format"),
        (put("uri", ""), "URI has an invalid format"),
        (put("uri", None), "URI has an invalid format"),
        (put("uri", "/a b"), "URI has an invalid format"),
        (put("uri", "/ü"), "URI has an invalid format"),
        (put("uri", "/a?b"), "URI has an invalid format"),
        (put("uri", "/a#b"), "URI has an invalid format"),
        (put("uri", "/" + "x" * 8_191), "URI has an invalid format"),
        (put("querystring", "a b"), "query string has an invalid format"),
        (put("querystring", "a#b"), "query string has an invalid format"),
        (put("querystring", "a\n"), "query string has an invalid format"),
        (put("querystring", {}), "query string has an invalid format"),
    ],
)
def test_url_and_read_only_fields(change: Change, expected: str) -> None:
    """URI and query string may change, within limits; method and client address may not."""
    assert expected in message(changed(change))


def test_url_may_change() -> None:
    """Up to the limit, percent-encoded as it will be sent."""
    checked = changed(lambda result: result.update(uri="/%20" + "x" * 8_000, querystring=""))

    assert isinstance(checked, ForwardRequest)
    assert checked.uri.startswith("/%20")
    assert checked.querystring == ""


CUSTOM = "origin.custom."


@pytest.mark.parametrize(
    ("field", "refused", "accepted"),
    [
        (
            "domainName",
            ["", None, "192.0.2.1", "2001:db8::1", "[::1]", "a:443", "a..b", "-a.com", "a b", "x" * 254, "a/b", "1.1"],
            ["a", "a.example.com", "xn--bcher-kva.example", "A.EXAMPLE.com", "under_score.example.com"],
        ),
        ("port", [0, 22, 81, 1023, 65536, "443", None, True, 443.0], [80, 443, 1024, 65535]),
        ("protocol", ["ftp", "HTTPS", None], ["http", "https"]),
        ("path", ["a", "/", "/a/", "/ü", "/" + "x" * 255, None, 1], ["", "/a", "/a/b%20c", "/" + "x" * 254]),
        ("readTimeout", [0, 121, -1, "30", 1.5, None, True], [1, 30, 120]),
        ("keepaliveTimeout", [0, 121, None], [1, 120]),
        ("sslProtocols", [[], ["TLSv1.3"], "TLSv1.2", None, [1]], [["TLSv1.2"], ["SSLv3", "TLSv1", "TLSv1.1"]]),
        ("responseCompletionTimeout", [29, "60", -1], [0, 30, 3_600, None]),
    ],
)  # fmt: skip
def test_values_of_a_custom_origin(field: str, refused: list[Any], accepted: list[Any]) -> None:
    """Each field's range; the message names the field as CloudFront does."""
    named = field[0].upper() + field[1:]

    for value in refused:
        assert message(changed(put(CUSTOM + field, value))) == f"{CONFIGURATION}The value of {named} is invalid.", value
    for value in accepted:
        assert isinstance(changed(put(CUSTOM + field, value)), ForwardRequest), value


@pytest.mark.parametrize("field", ["domainName", "port", "protocol", "path", "readTimeout", "keepaliveTimeout"])
def test_a_custom_origin_needs_all_its_fields(field: str) -> None:
    """None of them has a default."""
    assert message(changed(put(CUSTOM + field, ...))).startswith(CONFIGURATION)


def test_a_completion_timeout_may_be_removed() -> None:
    """Then there is no limit."""
    checked = changed(put("origin.custom.responseCompletionTimeout", 60))
    assert isinstance(checked, ForwardRequest)
    assert checked.target.completion_timeout_s == 60
    assert isinstance(check(REQUEST), ForwardRequest)


@pytest.mark.parametrize(
    "origin",
    [{}, None, [], {"custom": REQUEST["origin"]["custom"], "s3": S3}, {"other": {}}, {"custom": None}, {"custom": []}],
)
def test_exactly_one_origin(origin: Any) -> None:
    """Custom or S3, not both, not none."""
    assert message(changed(put("origin", origin))).startswith(CONFIGURATION)


@pytest.mark.parametrize(
    ("field", "refused", "accepted"),
    [
        ("domainName", ["Bucket.s3.amazonaws.com", "", "x" * 129, None], ["my-bucket.s3.amazonaws.com"]),
        ("path", ["/a/", "a", None], ["", "/a"]),
        ("authMethod", ["oac", None, "origin-access-identity"], ["none"]),
        ("readTimeout", [0, 121], [1, 120]),
    ],
)
def test_values_of_an_s3_origin(field: str, refused: list[Any], accepted: list[Any]) -> None:
    """Instead of a custom one; an identity cannot come from there (CloudFront guide)."""
    for value in refused:
        assert message(changed(put("origin", {"s3": S3 | {field: value}}))).startswith(CONFIGURATION), value
    for value in accepted:
        checked = changed(put("origin", {"s3": S3 | {field: value}}))
        assert isinstance(checked, ForwardRequest), value
        assert (checked.target.protocol, checked.target.port) == ("https", 443)


def test_an_identity_goes_from_s3_to_s3_with_its_region() -> None:
    """Switching buckets keeps it; the Region is needed then."""
    given = REQUEST | {"origin": {"s3": S3}}
    with_identity = S3 | {"authMethod": "origin-access-identity"}

    assert isinstance(changed(put("origin", {"s3": with_identity}), given), ForwardRequest)
    assert message(changed(put("origin", {"s3": with_identity | {"region": ""}}), given)).startswith(CONFIGURATION)


@pytest.mark.parametrize("name", [*sorted(CUSTOM_DENIED), "if-match", "proxy-anything", "x-amz-key", "x-edge-key"])
def test_denied_custom_headers(name: str) -> None:
    """The deny list of origin custom headers, prefixes included."""
    assert message(changed(put(f"origin.custom.customHeaders.{name}", [{"value": "x"}]))) == HEADER_VALUES


@pytest.mark.parametrize(
    "headers",
    [
        None,
        [],
        {"x-own": [{"value": "in the request too"}]},
        {"x-a": "text"},
        {"X-A": [{"value": "1"}]},
        {"x-a": [{"value": "a\nb"}]},
        {"x-a": [{"value": "x" * 1_784}]},
        {"x" * 257: [{"value": "1"}]},
        {f"x-{number}": [{"value": "1"}] for number in range(31)},
        {f"x-{number}": [{"value": "x" * 1_700}] for number in range(7)},
    ],
)
def test_bad_custom_headers(headers: Any) -> None:
    """Shape, limits, and names that are in the request's headers as well."""
    assert message(changed(put("origin.custom.customHeaders", headers))) == HEADER_VALUES


def test_a_replaced_body() -> None:
    """Text or base64; read-only leaves the viewer's body."""
    for body, expected in (
        ({"action": "replace", "encoding": "text", "data": "Grüße"}, "Grüße".encode()),
        ({"action": "replace", "encoding": "base64", "data": "AAEC"}, b"\0\1\2"),
        ({"action": "replace", "encoding": "text", "data": ""}, b""),
        ({"action": "read-only", "encoding": "base64", "data": "AAEC", "inputTruncated": False}, None),
    ):
        checked = changed(put("body", body))
        assert isinstance(checked, ForwardRequest)
        assert checked.body == expected


@pytest.mark.parametrize(
    "body",
    [
        "text",
        {"action": "delete", "data": ""},
        {"action": "replace", "encoding": "latin-1", "data": ""},
        {"action": "replace", "encoding": "text", "data": None},
        {"action": "replace", "encoding": "base64", "data": "not base64"},
        {"action": "replace", "encoding": "text", "data": "x" * (BODY_LIMIT_BYTES + 1)},
        {"action": "replace", "encoding": "base64", "data": "A" * 1_398_108},
    ],
)
def test_a_bad_body(body: Any) -> None:
    """Not an object, an unknown action or encoding, too large."""
    assert message(changed(put("body", body))) == BODY
