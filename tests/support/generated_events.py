"""Generated events of CloudFront's two origin-facing triggers, and mutations of them.

The shape is that of the Developer Guide, "Lambda@Edge event structure": what is generated
without a mutation is what CloudFront may send.
"""

from __future__ import annotations

import copy
import string
from typing import Any

from hypothesis import strategies as st

from origin_router.edge.feedback import ATTEMPT_HEADER, STAMP_HEADER
from origin_router.emulator.header_rules import is_disallowed

BUCKET = "bucket.s3.eu-central-1.amazonaws.com"

_text = st.text(string.ascii_letters + string.digits + " -._~=;,/*", max_size=20)
_names = st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=12)
_paths = st.text(string.ascii_letters + string.digits + "-._~/%*", max_size=20).map("/{}".format)


def header(name: str, *values: str) -> list[dict[str, str]]:
    """One entry of a headers object."""
    return [{"key": name.title(), "value": value} for value in values]


_stamps = st.builds(
    "{}/{};a={};t={};r={}".format,
    st.sampled_from(["web", "", "a/b"]),
    st.sampled_from(["eu", ""]),
    st.sampled_from(["1", "2", "x", "-1"]),
    st.sampled_from(["0", "1700000000000", "9" * 30, "-5", "x"]),
    st.sampled_from(["id-0", "id-1", ""]),
)
"""What a viewer might send in place of ours."""

_viewer_headers = st.dictionaries(
    st.one_of(
        _names.filter(lambda name: not is_disallowed(name)),
        st.sampled_from(["cookie", "if-none-match", "accept-encoding", "content-length", ATTEMPT_HEADER]),
        st.sampled_from(["cloudfront-viewer-country", "transfer-encoding", "cdn-loop", "range"]),
    ),
    st.lists(_text, min_size=1, max_size=2),
    max_size=5,
).map(lambda headers: {name: header(name, *values) for name, values in headers.items()})

_custom_headers: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.sampled_from(["1", "2", "3", ""]).map(lambda attempt: {ATTEMPT_HEADER: header(ATTEMPT_HEADER, attempt)}),
    _text.map(lambda text: {"x-secret": header("x-secret", text)}),
)

_server = st.builds(
    lambda custom_headers, port, protocol: {
        "custom": {
            "customHeaders": custom_headers,
            "domainName": "origin.example.com",
            "keepaliveTimeout": 5,
            "path": "",
            "port": port,
            "protocol": protocol,
            "readTimeout": 30,
            "responseCompletionTimeout": 30,
            "sslProtocols": ["TLSv1", "TLSv1.1", "TLSv1.2"],
        }
    },
    _custom_headers,
    st.sampled_from([80, 443, 8443]),
    st.sampled_from(["http", "https"]),
)

_bucket = st.builds(
    lambda custom_headers, auth_method: {
        "s3": {
            "authMethod": auth_method,
            "customHeaders": custom_headers,
            "domainName": BUCKET,
            "path": "",
            "readTimeout": 30,
            "region": "eu-central-1",
            "responseCompletionTimeout": 30,
        }
    },
    _custom_headers,
    st.sampled_from(["none", "origin-access-identity"]),
)

_bodies = st.one_of(
    st.none(),
    st.just({"action": "read-only", "data": "aGVsbG8=", "encoding": "base64", "inputTruncated": False}),
)


def _request(
    origin: dict[str, Any], headers: dict[str, Any], forged: str | None, body: Any, **fields: Any
) -> dict[str, Any]:
    host = next(iter(origin.values()))["domainName"]
    headers = {"host": header("host", host), "via": header("via", "2.0 x (CloudFront)"), **headers}
    if forged is not None:
        headers[STAMP_HEADER] = header(STAMP_HEADER, forged)
    taken = next(iter(origin.values()))["customHeaders"]
    request = {"clientIp": "203.0.113.7", "headers": {n: v for n, v in headers.items() if n not in taken}, **fields}
    return request | {"origin": origin} | ({} if body is None else {"body": body})


def requests(*, only_buckets: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Requests of events; `only_buckets`: whose placeholder is a bucket."""
    return st.builds(
        _request,
        _bucket if only_buckets else st.one_of(_server, _bucket),
        _viewer_headers,
        st.one_of(st.none(), _stamps),
        _bodies,
        method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "OPTIONS", "DELETE"]),
        uri=_paths,
        querystring=st.text(string.ascii_letters + string.digits + "=&%+", max_size=20),
    )


responses = st.builds(
    lambda status, headers: {
        "status": str(status),
        "statusDescription": "whatever",
        "headers": {"via": header("via", "1.1 origin"), "transfer-encoding": header("te", "chunked"), **headers},
    },
    st.one_of(st.integers(200, 599), st.sampled_from([200, 404, 429, 500, 503])),
    st.dictionaries(
        st.one_of(_names, st.just("server-timing")).filter(lambda name: not is_disallowed(name)),
        st.lists(_text, min_size=1, max_size=2),
        max_size=4,
    ).map(lambda headers: {name: header(name, *values) for name, values in headers.items()}),
)


def event(event_type: str, request_id: str, request: Any, response: Any = None) -> dict[str, Any]:
    """Wrap what a trigger is called with."""
    config = {
        "distributionDomainName": "d111111abcdef8.cloudfront.net",
        "distributionId": "EDFDVBD6EXAMPLE",
        "eventType": event_type,
        "requestId": request_id,
    }
    cf = {"config": config, "request": request} | ({} if response is None else {"response": response})
    return {"Records": [{"cf": cf}]}


_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=5), inner, max_size=2)),
    max_leaves=4,
)

mutations = st.tuples(st.lists(st.integers(0, 30), min_size=1, max_size=9), st.one_of(st.just("delete"), _json))
"""Where (which child, at each depth), and what is put there; `delete` takes it away."""


def mutated(document: Any, mutation: tuple[list[int], Any]) -> Any:
    """Return a copy with one place changed."""
    steps, value = mutation
    document = copy.deepcopy(document)
    node, parent, key = document, None, None
    for step in steps:
        children = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else []
        if not children:
            break
        parent, key = node, children[step % len(children)]
        node = parent[key]
    if parent is None:
        return value
    if value == "delete":
        del parent[key]
    else:
        parent[key] = value
    return document
