"""What a single value must be beyond its type. Each check returns what is wrong, or None.

The limits are CloudFront's for `request.origin` of an origin-request event (Developer
Guide, "Lambda@Edge event structure") and Lambda's for function names.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from urllib.parse import urlsplit

from origin_router.config.dev import HIGHEST_PORT, split_target
from origin_router.config.problems import show, suggest

HOST_CHARS = 253
"""Longest domain name, by DNS and by CloudFront."""

LABEL_CHARS = 63
"""Longest label of a domain name (RFC 1035)."""

PATH_CHARS = 255
"""Longest `origin.custom.path` that CloudFront takes."""

PATTERN_CHARS = 255
"""Longest path pattern of a CloudFront cache behavior; the rules follow the same grammar."""

URL_CHARS = 8_192
"""Longest URL that CloudFront sends."""

LAMBDA_NAME_CHARS = 64
"""Longest name of a Lambda function."""

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "OPTIONS", "DELETE")
"""What CloudFront forwards."""

HOST_HEADER_WORDS = ("origin", "viewer")

_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_URL_PATH = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*")
_STATUS = re.compile(r"[1-5](?:xx|[0-9][0-9])")


def name_problem(value: str) -> str | None:
    """Names of the function, of pools and origins: they go into log groups, header values and URLs."""
    if not value:
        return "is empty; allowed: letters, digits, - and _"
    if not _NAME.fullmatch(value):
        return f"{show(value)} has other characters than letters, digits, - and _"
    if len(value) > LAMBDA_NAME_CHARS:
        return f"has {len(value)} characters; at most {LAMBDA_NAME_CHARS} are allowed"
    return None


def zone_problem(value: str) -> str | None:
    """What an origin fails together with, in a word; none is fine."""
    return name_problem(value) if value else None


def host_problem(value: str) -> str | None:
    """A domain name that CloudFront accepts as `domainName`."""
    if not value:
        return 'is empty; give the DNS name of the origin, such as "eu.example.com"'
    return _not_a_bare_name(value) or _bad_spelling(value) or _bad_label(value)


def host_warning(value: str) -> str | None:
    """A single label is a valid name, but no public one."""
    if "." in value or host_problem(value):
        return None
    return f"{show(value)} has no dot: CloudFront finds only public DNS names"


def _not_a_bare_name(value: str) -> str | None:
    """What people paste instead of a name: URLs, addresses, a name with its port."""
    if _is_address(value):
        return f"{show(value)} is an IP address, which CloudFront refuses; give the origin a DNS name"
    if "/" in value:
        return f"{show(value)} is not a bare DNS name{_host_hint(value)}; scheme and path have keys of their own"
    if ":" in value:
        return f"{show(value)} has a colon, which CloudFront refuses{_host_hint(value)}; the port has a key of its own"
    return None


def _bad_spelling(value: str) -> str | None:
    if not value.isascii():
        return f"{show(value)} is not ASCII; write its xn-- form{_punycode_hint(value)}"
    if value.endswith("."):
        return f"{show(value)} ends with a dot; write {show(value.rstrip('.'))}"
    if value != value.lower():
        return f"{show(value)} has capital letters; write {show(value.lower())}, as certificates and logs do"
    return None


def _bad_label(value: str) -> str | None:
    if len(value) > HOST_CHARS:
        return f"has {len(value)} characters; a DNS name has at most {HOST_CHARS}"
    labels = value.split(".")
    for label in labels:
        if not _LABEL.fullmatch(label):
            return (
                f"{show(value)} is not a DNS name: {show(label)} is not a label "
                f"(1 to {LABEL_CHARS} letters, digits and hyphens, no hyphen at either end)"
            )
    if _NUMBER.fullmatch(labels[-1]):
        return f"{show(value)} ends in a number, so that resolvers take it for an IP address"
    return None


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value.strip("[]"))
    except ValueError:
        return False
    return True


def _host_hint(value: str) -> str:
    """Return the name inside a URL or a `name:port`, if there is a usable one."""
    try:
        host = urlsplit(value if "://" in value else f"//{value}").hostname
    except ValueError:
        return ""
    return f"; write {show(host)}" if host and host_problem(host) is None else ""


def _punycode_hint(value: str) -> str:
    try:
        return f", {show(value.encode('idna').decode('ascii'))}"
    except UnicodeError:
        return ""


def host_header_problem(value: str) -> str | None:
    """`origin`, `viewer`, or a literal domain name."""
    if value in HOST_HEADER_WORDS:
        return None
    problem = host_problem(value)
    return None if problem is None else f"{problem} (allowed: origin, viewer or a DNS name)"


def host_header_warning(value: str) -> str | None:
    """A single label is valid, but more likely a misspelt word."""
    if value in HOST_HEADER_WORDS or "." in value:
        return None
    meant = suggest(value, HOST_HEADER_WORDS)
    hint = f"; did you mean {show(meant)}?" if meant else ""
    return f"{show(value)} is sent as the literal Host header{hint}"


def port_problem(value: int) -> str | None:
    """A port that CloudFront connects to."""
    if value in (80, 443) or 1_024 <= value <= HIGHEST_PORT:
        return None
    return f"{value} is not a port that CloudFront connects to; allowed: 80, 443, and 1024 to {HIGHEST_PORT}"


def origin_path_problem(value: str) -> str | None:
    """The prefix that CloudFront puts before the URI."""
    if not value:
        return None
    if not value.startswith("/"):
        return f"{show(value)} does not start with /{_if_right('/' + value.strip('/'), origin_path_problem)}"
    if value.endswith("/"):
        return f"{show(value)} ends with /{_if_right(value.rstrip('/'), origin_path_problem)}"
    if len(value) > PATH_CHARS:
        return f"has {len(value)} characters; CloudFront takes at most {PATH_CHARS}"
    return not_encoded(value)


def probe_path_problem(value: str) -> str | None:
    """What a probe asks for: a path, perhaps with a query."""
    if not value.startswith("/"):
        return f"{show(value)} does not start with /{_if_right('/' + value, probe_path_problem)}"
    if len(value) > URL_CHARS:
        return f"has {len(value)} characters; a URL has at most {URL_CHARS}"
    path, _, query = value.partition("?")
    return not_encoded(path) or not_encoded(query.replace("?", ""))


def _if_right(value: str, problem: Callable[[str], str | None]) -> str:
    """Propose a spelling, unless that is wrong too."""
    return "" if problem(value) else f"; write {show(value)}"


def not_encoded(value: str) -> str | None:
    """A path or query as it goes over the wire."""
    match = _URL_PATH.match(value)
    end = match.end() if match else 0
    if end == len(value):
        return None
    encoded = "".join(f"%{byte:02X}" for byte in value[end].encode())
    return f"{show(value)} is not URL-encoded: {show(value[end])} must be written as {encoded}"


def pattern_problem(value: str) -> str | None:
    """A path pattern of a rule: it is held against the URL-encoded path, without the query."""
    if not value:
        return 'is empty and would never match; "*" is any path'
    if len(value) > PATTERN_CHARS:
        return f"has {len(value)} characters; CloudFront's patterns have at most {PATTERN_CHARS}"
    for char in value:
        if not char.isascii() or not char.isprintable() or char in " #":
            return f"{show(value)} can never match: {show(char)} does not occur in a URL-encoded path"
    return None


def method_problem(value: str) -> str | None:
    """An HTTP method of a rule."""
    if value in METHODS:
        return None
    if value.upper() in METHODS:
        return f"{show(value)} must be in capitals; write {show(value.upper())}"
    likely = suggest(value, METHODS)
    meant = f"; did you mean {show(likely)}?" if likely else ""
    return f"{show(value)} is not a method that CloudFront forwards; allowed: {', '.join(METHODS)}{meant}"


def status_problem(value: str) -> str | None:
    """A class or code of `expect`."""
    if _STATUS.fullmatch(value):
        return None
    hint = f"; write {show(value.lower())}" if _STATUS.fullmatch(value.lower()) else ""
    return f'{show(value)} is not a status; allowed: classes "1xx" to "5xx" and codes "100" to "599"{hint}'


def target_problem(value: str) -> str | None:
    """A value of `[dev] resolve`."""
    try:
        split_target(value)
    except ValueError as error:
        return f'{show(value)} {error}; allowed: an address such as "127.0.0.2", or with a port "127.0.0.1:8443"'
    return None
