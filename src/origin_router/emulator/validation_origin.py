"""The part of validation that concerns the chosen origin (CloudFront guide)."""

from __future__ import annotations

import re
from typing import Any

from origin_router.emulator.header_rules import is_denied_as_custom
from origin_router.emulator.names import is_domain_name
from origin_router.emulator.outcome import Headers, Target
from origin_router.emulator.validation_headers import Invalid, checked_entry

CONFIGURATION = "The Lambda function returned an invalid origin configuration"
CUSTOM_HEADERS = f"{CONFIGURATION}: One or more HeaderName or HeaderValue values are invalid."
ONE_ORIGIN = f"{CONFIGURATION}: Exactly one of custom and s3 must be given."

SSL_PROTOCOLS = frozenset({"SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2"})
TIMEOUT_LIMIT_S = 120
"""For readTimeout and keepaliveTimeout, in whole seconds. The quotas can be raised, and CloudFront lets an origin keep
connections for 300 s: what the distribution configures may always be handed back."""
CUSTOM_PATH_LIMIT = 255
CUSTOM_HEADER_NAME_LIMIT = 256
CUSTOM_HEADER_VALUE_LIMIT = 1_783
CUSTOM_HEADER_COUNT_LIMIT = 30
CUSTOM_HEADERS_TOTAL_LIMIT = 10_240
"""Limits of an origin's custom headers (CloudFront quotas)."""

_BUCKET_NAME = re.compile(r"(?=.{1,128}\Z)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\Z")


def checked_origin(origin: Any, original: dict[str, Any], headers: dict[str, Any]) -> tuple[Target, Headers]:
    """Return the origin to contact, and its custom headers. `headers` are those of the request."""
    if not isinstance(origin, dict) or len(origin) != 1 or not isinstance(_only(origin), dict):
        raise Invalid(ONE_ORIGIN)
    if "custom" in origin:
        target = _custom(origin["custom"], _only(original))
    elif "s3" in origin:
        target = _s3(origin["s3"], original)
    else:
        raise Invalid(ONE_ORIGIN)
    return target, _custom_headers(_only(origin).get("customHeaders"), headers)


def _only(origin: dict[str, Any]) -> Any:
    return next(iter(origin.values()))


def _field(origin: dict[str, Any], name: str) -> Any:
    return origin.get(name)


def _custom(custom: dict[str, Any], configured: dict[str, Any]) -> Target:
    domain, port, protocol = (_field(custom, name) for name in ("domainName", "port", "protocol"))
    _require(isinstance(domain, str) and is_domain_name(domain), "DomainName", domain)
    _require(_is_int(port) and (port in (80, 443) or 1024 <= port <= 65535), "Port", port)
    _require(protocol in ("http", "https"), "Protocol", protocol)
    path = _field(custom, "path")
    _require(_is_path(path) and len(path) <= CUSTOM_PATH_LIMIT, "Path", path)
    protocols = _field(custom, "sslProtocols")
    _require(
        isinstance(protocols, list)
        and bool(protocols)
        and all(isinstance(each, str) for each in protocols)
        and SSL_PROTOCOLS.issuperset(protocols),
        "SslProtocols",
        protocols,
    )
    keepalive, read = _field(custom, "keepaliveTimeout"), _field(custom, "readTimeout")
    _require(_is_timeout(keepalive, configured.get("keepaliveTimeout")), "KeepaliveTimeout", keepalive)
    _require(_is_timeout(read, configured.get("readTimeout")), "ReadTimeout", read)
    return Target(
        domain=domain,
        port=port,
        protocol=protocol,
        path=path,
        read_timeout_s=read,
        keepalive_timeout_s=keepalive,
        completion_timeout_s=_completion(custom, read),
        ssl_protocols=tuple(protocols),
    )


def _s3(s3: dict[str, Any], original: dict[str, Any]) -> Target:
    domain, path, method = (_field(s3, name) for name in ("domainName", "path", "authMethod"))
    _require(isinstance(domain, str) and bool(_BUCKET_NAME.match(domain)), "DomainName", domain)
    _require(_is_path(path), "Path", path)
    _require(method in ("none", "origin-access-identity"), "AuthMethod", method)
    if method == "origin-access-identity":
        _require(
            "s3" in original, "AuthMethod", "an identity cannot be used where the distribution has a custom origin"
        )
        _require(isinstance(s3.get("region"), str) and bool(s3["region"]), "Region", s3.get("region"))
    read = s3.get("readTimeout", 30)
    _require(_is_timeout(read, _only(original).get("readTimeout")), "ReadTimeout", read)
    return Target(
        domain=domain, path=path, read_timeout_s=read, completion_timeout_s=_completion(s3, read), is_bucket=True
    )


def _completion(origin: dict[str, Any], read_s: int) -> float | None:
    completion = origin.get("responseCompletionTimeout") or 0
    _require(_is_int(completion) and (completion == 0 or completion >= read_s), "ResponseCompletionTimeout", completion)
    return completion or None


def _custom_headers(custom: Any, request_headers: dict[str, Any]) -> Headers:
    if not isinstance(custom, dict):
        raise Invalid(CUSTOM_HEADERS, "customHeaders must be an object")
    checked: Headers = []
    for name, entry in custom.items():
        if is_denied_as_custom(name):
            raise Invalid(CUSTOM_HEADERS, f"{name} may not be a custom header")
        if name in request_headers:
            raise Invalid(CUSTOM_HEADERS, f"{name} is in the headers of the request too")
        try:
            checked += checked_entry(name, entry)
        except Invalid as invalid:
            raise Invalid(CUSTOM_HEADERS, f"{invalid.message} {invalid.detail}") from None
    _check_custom_limits(checked)
    return checked


def _check_custom_limits(headers: Headers) -> None:
    if len(headers) > CUSTOM_HEADER_COUNT_LIMIT:
        raise Invalid(CUSTOM_HEADERS, f"more than {CUSTOM_HEADER_COUNT_LIMIT}")
    for name, value in headers:
        if len(name) > CUSTOM_HEADER_NAME_LIMIT or len(value) > CUSTOM_HEADER_VALUE_LIMIT:
            raise Invalid(CUSTOM_HEADERS, f"{name[:40]} is too long")
    if sum(len(name) + len(value) for name, value in headers) > CUSTOM_HEADERS_TOTAL_LIMIT:
        raise Invalid(CUSTOM_HEADERS, f"together more than {CUSTOM_HEADERS_TOTAL_LIMIT} characters")


def _require(holds: bool, field: str, value: Any) -> None:
    if not holds:
        raise Invalid(f"{CONFIGURATION}: The value of {field} is invalid.", f"it is {value!r}"[:200])


def _is_path(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    return value == "" or (
        value.startswith("/") and not value.endswith("/") and value.isascii() and value.isprintable()
    )


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_timeout(value: Any, configured: int | None) -> bool:
    """Whether it is within the quota, or within what the configured origin has already."""
    return _is_int(value) and 1 <= value <= max(TIMEOUT_LIMIT_S, configured or 0)
