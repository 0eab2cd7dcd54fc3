"""What rules, viewer keys and generated responses may name: headers, cookies, parameters, countries.

As in `values`, each check returns what is wrong, or None.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from origin_router.config.cloudfront import READ_ONLY_IN_RESPONSE, is_hidden
from origin_router.config.problems import did_you_mean, show

KEY_FORMS = ("client", "cookie:NAME", "header:NAME", "query:NAME")
"""What tells viewers apart."""

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""Name of a header (RFC 9110, section 5.6.2)."""

_BAD_IN_COOKIE = re.compile(r"[\x00-\x20\x7f=;,\"]|[^\x00-\x7f]")
_BAD_IN_HEADER_VALUE = re.compile(r"[^\t\x20-\x7e]")
_BAD_IN_HOST_PATTERN = re.compile(r"[^A-Za-z0-9._*?-]")
_COUNTRY = re.compile(r"[A-Z]{2}")


def header_name_problem(value: str) -> str | None:
    """A header's name."""
    if _TOKEN.fullmatch(value):
        return None
    return f"{show(value)} is not the name of a header: letters, digits and - are allowed, and few other signs"


def seen_header_problem(value: str) -> str | None:
    """A header that a rule or a key reads: it must be one that functions see."""
    problem = header_name_problem(value)
    if problem is None and is_hidden(value.lower()):
        problem = f"{show(value)} is a header that CloudFront hides from functions, so that it is never there"
    return problem


def cookie_name_problem(value: str) -> str | None:
    """A cookie's name."""
    if value and not _BAD_IN_COOKIE.search(value):
        return None
    return f"{show(value)} is not the name of a cookie: no spaces, quotes, =, ; and comma, and ASCII only"


def query_name_problem(value: str) -> str | None:
    """A query parameter's name, as it reads when decoded: anything but nothing."""
    return None if value else "is empty; a query parameter has a name"


_NAME_PROBLEMS: dict[str, Callable[[str], str | None]] = {
    "cookie": cookie_name_problem,
    "header": seen_header_problem,
    "query": query_name_problem,
}


def key_problem(value: str) -> str | None:
    """What tells viewers apart: `client`, `cookie:NAME`, `header:NAME` or `query:NAME`."""
    kind, colon, name = value.partition(":")
    if value == "client":
        return None
    if kind not in _NAME_PROBLEMS or not colon:
        return f"{show(value)} is not understood{did_you_mean(value, KEY_FORMS)}"
    if not name:
        return f"{show(value)} names none; write {kind}:NAME"
    return _NAME_PROBLEMS[kind](name)


def pattern_of_value_problem(value: str) -> str | None:
    """What the value of a header, cookie or parameter must match."""
    return None if value else 'is empty and would match an empty value only; "*" is any value'


def host_pattern_problem(value: str) -> str | None:
    """A pattern of the Host header, which is compared without its port."""
    if not value:
        return 'is empty and would never match; "*" is any host'
    if ":" in value:
        return f"{show(value)} can never match: the Host header is compared without its port"
    bad = _BAD_IN_HOST_PATTERN.search(value)
    return f"{show(value)} can never match: {show(bad[0])} does not occur in a Host header" if bad else None


def country_problem(value: str) -> str | None:
    """An ISO 3166-1 code as CloudFront-Viewer-Country has it."""
    if _COUNTRY.fullmatch(value):
        return None
    hint = f"; write {show(value.upper())}" if _COUNTRY.fullmatch(value.upper()) else ""
    return f'{show(value)} is not a country code of two capital letters, such as "DE"{hint}'


def response_header_problem(name: str) -> str | None:
    """A header of a response that the router gives itself: what CloudFront refuses would become a 502."""
    lower = name.lower()
    problem = header_name_problem(name)
    if problem:
        return problem
    if is_hidden(lower):
        return f"{show(name)} is a header that functions may not add: CloudFront would answer 502"
    if lower in READ_ONLY_IN_RESPONSE:
        return f"{show(name)} is read-only for functions: CloudFront would answer 502"
    if lower == "content-length":
        return f"{show(name)} is worked out from the body by CloudFront"
    if lower == "retry-after":
        return f"{show(name)} has a key of its own: retry_after_s"
    return None


def header_value_problem(value: str) -> str | None:
    """A header's value."""
    bad = _BAD_IN_HEADER_VALUE.search(value)
    return f"{show(value)} has {show(bad[0])}, which a header cannot carry; printable ASCII is allowed" if bad else None
