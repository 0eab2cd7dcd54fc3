"""Rules on host, header, cookie, query, country and Region: each condition alone, and together."""

from __future__ import annotations

from typing import Any

import pytest

from origin_router.routing.config import PoolConfig, RuleConfig
from origin_router.routing.model import Decision, Reason
from origin_router.routing.router import Router
from origin_router.routing.rules import Rules
from tests.scenario.routing.player import START_AT, FakeRequest, origin, router_config


def takes(rule: RuleConfig, request: FakeRequest, *, region: str = "eu-west-1") -> bool:
    """Whether a rule takes a request."""
    pool = PoolConfig(origins=(origin("o"),))
    matched = Rules(router_config(pool, rules=[rule], other=pool), region).match(request)
    assert matched in (("other", 0), ("web", None))
    return matched == ("other", 0)


def rule(**conditions: Any) -> RuleConfig:
    """A rule that leads to another pool."""
    return RuleConfig(pool="other", **conditions)


HOSTS: list[tuple[tuple[str, ...], str | None, bool]] = [
    (("shop.example.com",), "shop.example.com", True),
    (("shop.example.com",), "SHOP.Example.com", True),
    (("Shop.Example.COM",), "shop.example.com", True),
    (("shop.example.com",), "shop.example.com:8443", True),
    (("shop.example.com",), "www.shop.example.com", False),
    (("shop.example.com",), "shop.example.com.evil.test", False),
    (("shop.example.com",), "shopxexample.com", False),
    (("*.example.com",), "shop.example.com", True),
    (("*.example.com",), "a.b.example.com", True),
    (("*.example.com",), "example.com", False),
    (("shop?.example.com",), "shop1.example.com", True),
    (("shop?.example.com",), "shop.example.com", False),
    (("a.test", "b.test"), "b.test", True),
    (("a.test", "b.test"), "c.test", False),
    (("*",), None, False),
]


@pytest.mark.parametrize(("hosts", "host", "expected"), HOSTS)
def test_hosts(hosts: tuple[str, ...], host: str | None, expected: bool) -> None:
    """One of the patterns; names know no case, and the port is none of theirs."""
    headers = {} if host is None else {"host": host}

    assert expected == takes(rule(hosts=hosts), FakeRequest(headers=headers))


VALUES: list[tuple[dict[str, str], dict[str, str], bool]] = [
    # (condition, what the request has, does it match)
    ({"x": "1"}, {"x": "1"}, True),
    ({"x": "1"}, {"x": "12"}, False),
    ({"x": "1"}, {}, False),
    ({"x": "*"}, {"x": "anything"}, True),
    ({"x": "*"}, {"x": ""}, True),
    ({"x": "*"}, {"y": "1"}, False),
    ({"x": "?*"}, {"x": ""}, False),
    ({"x": "beta-*"}, {"x": "beta-7"}, True),
    ({"x": "beta-*"}, {"x": "Beta-7"}, False),
    ({"x": "a?c"}, {"x": "abc"}, True),
    ({"x": "*mobile*"}, {"x": "a mobile b"}, True),
    ({"x": ".*"}, {"x": "abc"}, False),
    ({"x": "1", "y": "2"}, {"x": "1", "y": "2"}, True),
    ({"x": "1", "y": "2"}, {"x": "1"}, False),
    ({"x": "1", "y": "2"}, {"x": "1", "y": "3"}, False),
]


@pytest.mark.parametrize("kind", ["headers", "cookies", "query"])
@pytest.mark.parametrize(("condition", "given", "expected"), VALUES)
def test_headers_cookies_and_query(kind: str, condition: dict[str, str], given: dict[str, str], expected: bool) -> None:
    """All that are named must be there and match; patterns are those of paths, and case counts in values."""
    request = FakeRequest(**{"queries" if kind == "query" else kind: given})  # type: ignore[arg-type]

    assert expected == takes(rule(**{kind: condition}), request)


def test_header_names_know_no_case() -> None:
    """Written as people write them; CloudFront hands them over in lower case."""
    assert takes(rule(headers={"X-Beta": "1"}), FakeRequest(headers={"x-beta": "1"}))


def test_cookie_and_query_names_do() -> None:
    """As browsers and servers treat them."""
    assert not takes(rule(cookies={"Beta": "1"}), FakeRequest(cookies={"beta": "1"}))
    assert not takes(rule(query={"Beta": "1"}), FakeRequest(queries={"beta": "1"}))


@pytest.mark.parametrize(
    ("countries", "country", "expected"),
    [(("DE",), "DE", True), (("DE", "AT"), "AT", True), (("DE",), "FR", False), (("DE",), None, False)],
)
def test_countries(countries: tuple[str, ...], country: str | None, expected: bool) -> None:
    """By CloudFront's own header; where it is not forwarded, no country matches."""
    headers = {} if country is None else {"cloudfront-viewer-country": country}

    assert expected == takes(rule(countries=countries), FakeRequest(headers=headers))


@pytest.mark.parametrize(
    ("regions", "region", "expected"),
    [
        ((), "", True),
        (("eu-west-1",), "eu-west-1", True),
        (("us-east-1", "eu-west-1"), "eu-west-1", True),
        (("us-east-1",), "eu-west-1", False),
        (("us-east-1",), "", False),
    ],
)
def test_regions(regions: tuple[str, ...], region: str, expected: bool) -> None:
    """Where the function executes."""
    assert expected == takes(rule(regions=regions), FakeRequest(), region=region)


FULL = rule(
    path="/api/*",
    methods=("POST",),
    hosts=("shop.*",),
    headers={"x-a": "1"},
    cookies={"b": "2"},
    query={"c": "3"},
    countries=("DE",),
    regions=("eu-west-1",),
)
FITTING: dict[str, Any] = {
    "method": "POST",
    "uri": "/api/x",
    "headers": {"host": "shop.test", "x-a": "1", "cloudfront-viewer-country": "DE"},
    "cookies": {"b": "2"},
    "queries": {"c": "3"},
}
MISSES: list[dict[str, Any]] = [
    {"method": "GET"},
    {"uri": "/img/x"},
    {"headers": {**FITTING["headers"], "host": "www.test"}},
    {"headers": {**FITTING["headers"], "x-a": "2"}},
    {"headers": {**FITTING["headers"], "cloudfront-viewer-country": "FR"}},
    {"cookies": {}},
    {"queries": {"c": "4"}},
]


@pytest.mark.parametrize("missing", MISSES, ids=str)
def test_all_conditions_must_hold(missing: dict[str, Any]) -> None:
    """Each one of them can keep a rule from taking a request."""
    assert takes(FULL, FakeRequest(**FITTING))
    assert not takes(FULL, FakeRequest(**{**FITTING, **missing}))


def test_a_rule_for_another_region_keeps_its_place() -> None:
    """It is left out, and the ones after it still are called by their place in the file."""
    pool = PoolConfig(origins=(origin("o"),))
    rules = [rule(path="/a", regions=("us-east-1",)), rule(path="/a")]
    router = Router(router_config(pool, rules=rules, other=pool), lambda: 0.0, "eu-west-1")
    decision = router.decide(FakeRequest(uri="/a"), START_AT)

    assert Decision(decision.origin, Reason.ONLY_ORIGIN, 1) == decision


def test_writes_to_one_pool_while_reads_go_to_the_fastest() -> None:
    """The example of the documentation."""
    primary = PoolConfig(policy="priority", origins=(origin("main"), origin("standby", priority=2)))
    web = PoolConfig(origins=(origin("eu"), origin("us")))
    rules = [RuleConfig(pool="primary", methods=("POST", "PUT", "PATCH", "DELETE"))]
    router = Router(router_config(web, rules=rules, primary=primary), lambda: 0.0)
    went_to = {method: router.decide(FakeRequest(method=method), START_AT).origin.pool for method in ("GET", "POST")}

    assert went_to == {"GET": "web", "POST": "primary"}
