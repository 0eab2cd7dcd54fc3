"""What AWS would never tell about behaviors: what they take, keep and forward."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.distribution_parts import ALL_VIEWER, CACHING_OPTIMIZED, association, behavior, custom_origin, listed
from tests.support.distributions import FOREIGN_FUNCTION, SECRET
from tests.support.preflight_cases import (
    BLOCKING,
    NOTE,
    VIEWER_HOST,
    WARNING,
    Case,
    changed,
    check,
    default,
    find,
    with_rule,
)
from tests.support.wanted import router_config

HOST_IN_KEY = {
    "ParametersInCacheKeyAndForwardedToOrigin": {
        "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": listed("Host")}
    }
}


def sending(id_: str, header: str, *, host: str = "eu.example.com") -> dict[str, Any]:
    """A distribution with an origin that is sent a custom header."""
    headers = listed({"HeaderName": header, "HeaderValue": SECRET})
    others = [custom_origin("plain", "plain.example.com")] if id_ != "plain" else []
    return {**default(), "Origins": listed(*others, custom_origin(id_, host, CustomHeaders=headers))}


CASES = [
    # Behaviors
    Case("no behavior", BLOCKING, "--behavior /imgs/*", "no such behavior", asked={"behaviors": ("/imgs/*",)}),
    Case(
        "taken",
        BLOCKING,
        "behavior default",
        FOREIGN_FUNCTION,
        distribution=default(LambdaFunctionAssociations=listed(association(FOREIGN_FUNCTION, "origin-request"))),
    ),
    Case(
        "response taken",
        BLOCKING,
        "behavior default",
        "its origin-response trigger",
        asked={"has_feedback": True},
        distribution=default(LambdaFunctionAssociations=listed(association(FOREIGN_FUNCTION, "origin-response"))),
    ),
    Case(
        "stamp at a placeholder",
        BLOCKING,
        "placeholder origin origin-router-shop-1",
        "is sent the custom header X-Origin-Router, a name that the router uses itself: the function passes it on",
        distribution=sending("origin-router-shop-1", "X-Origin-Router"),
    ),
    Case(
        "stamp at an origin of the pools",
        BLOCKING,
        "origin mine",
        "is sent the custom header x-origin-router, a name",
        distribution=sending("mine", "x-origin-router"),
    ),
    Case(
        "attempt at an origin of the pools",
        BLOCKING,
        "origin mine",
        "is sent the custom header X-Origin-Router-Attempt, a name",
        distribution=sending("mine", "X-Origin-Router-Attempt"),
    ),
    Case(
        "stamp at the present origin",
        BLOCKING,
        "origin plain",
        "is sent the custom header x-origin-router, a name",
        distribution=sending("plain", "x-origin-router", host="plain.example.com"),
    ),
    Case("smooth", BLOCKING, "behavior default", "Smooth Streaming", distribution=default(SmoothStreaming=True)),
    Case("grpc", WARNING, "behavior default", "gRPC", distribution=default(GrpcConfig={"Enabled": True})),
    Case(
        "quality",
        WARNING,
        "behavior default",
        "media quality",
        distribution={
            "OriginGroups": listed(
                {
                    "Id": "g",
                    "SelectionCriteria": "media-quality-based",
                    "Members": listed({"OriginId": "alb"}, {"OriginId": "backup"}),
                }
            ),
            "DefaultCacheBehavior": behavior("g"),
        },
    ),
    # What reaches the function
    Case(
        "host not forwarded",
        BLOCKING,
        "behavior default",
        "does not forward Host",
        config=VIEWER_HOST,
        distribution=default(),
    ),
    Case(
        "certificates",
        NOTE,
        "behavior default",
        "forwards Host to eu",
        config=VIEWER_HOST,
        distribution=default(OriginRequestPolicyId=ALL_VIEWER),
    ),
    Case(
        "host replaced",
        NOTE,
        "behavior default",
        "which the router replaces",
        distribution=default(OriginRequestPolicyId=ALL_VIEWER),
    ),
    Case(
        "host cached",
        WARNING,
        "behavior default",
        "caches every Host",
        distribution=default(),
        observed=changed(policies={CACHING_OPTIMIZED: HOST_IN_KEY}),
    ),
    Case(
        "rule on header",
        WARNING,
        "behavior default",
        "header x-tenant",
        config=with_rule(headers={"x-tenant": "*"}),
        distribution=default(),
    ),
    Case(
        "rule on cookie",
        WARNING,
        "behavior default",
        "cookie beta",
        config=with_rule(cookies={"beta": "1"}),
        distribution=default(),
    ),
    Case(
        "rule on query",
        WARNING,
        "behavior default",
        "query string",
        config=with_rule(query={"v": "2"}),
        distribution=default(),
    ),
    Case(
        "rule on host",
        WARNING,
        "behavior default",
        "header Host",
        config=with_rule(hosts=("a.example.com",)),
        distribution=default(),
    ),
    Case(
        "rule on country",
        WARNING,
        "behavior default",
        "CloudFront-Viewer-Country",
        config=with_rule(countries=("DE",)),
        distribution=default(),
    ),
    Case(
        "sticky by cookie",
        WARNING,
        "behavior default",
        "cookie sid",
        config=router_config(key="cookie:sid"),
        distribution=default(),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_is_found(case: Case) -> None:
    """Each with where, what, and unless it is good news what to do."""
    check(case)


@pytest.mark.parametrize(
    ("id_", "header", "host"),
    [
        ("origin-router-shop-1", "x-origin-router-attempt", "eu.example.com"),
        ("origin-router-blog-1", "x-origin-router-attempt", "eu.example.com"),
        ("mine", "x-origin-router-key", "eu.example.com"),
        ("other", "x-origin-router", "elsewhere.example.com"),
    ],
)
def test_a_header_that_clashes_with_nothing_is_nobodys_business(id_: str, header: str, host: str) -> None:
    """Placeholders have their attempt by right; an origin that has nothing to do with the router may have any name."""
    findings = find(Case("", NOTE, "", "", distribution=sending(id_, header, host=host)))

    assert not [each for each in findings if "uses itself" in each.what]
