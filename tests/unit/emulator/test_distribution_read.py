"""A distribution's JSON: what becomes of it, what is wrong with it, what is not emulated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from origin_router.config import ConfigError
from origin_router.emulator.distribution.model import Distribution, OriginGroup, Trigger
from origin_router.emulator.distribution.policies import EVERYTHING, Mode, Selection
from origin_router.emulator.distribution.read import Read, load_distribution, parse_distribution
from origin_router.emulator.placeholder import Connection, CustomPlaceholder, S3Placeholder
from tests.support.distribution_parts import ALL_VIEWER, CACHING_DISABLED, custom_origin, listed
from tests.support.small_distribution import answer, behavior, config, function

CUSTOM_POLICY = {
    "ETag": "E1",
    "CachePolicy": {
        "Id": "my-cache",
        "CachePolicyConfig": {
            "Name": "mine",
            "MinTTL": 3,
            "DefaultTTL": 4,
            "MaxTTL": 5,
            "ParametersInCacheKeyAndForwardedToOrigin": {
                "EnableAcceptEncodingGzip": True,
                "EnableAcceptEncodingBrotli": False,
                "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": listed("X-Own")},
                "CookiesConfig": {"CookieBehavior": "allExcept", "Cookies": listed("track")},
                "QueryStringsConfig": {"QueryStringBehavior": "whitelist", "QueryStrings": listed("page")},
            },
        },
    },
}
REQUEST_POLICY = {
    "OriginRequestPolicy": {
        "Id": "my-request",
        "OriginRequestPolicyConfig": {
            "Name": "mine",
            "HeadersConfig": {
                "HeaderBehavior": "allViewerAndWhitelistCloudFront",
                "Headers": listed("CloudFront-Viewer-Country"),
            },
            "CookiesConfig": {"CookieBehavior": "none"},
            "QueryStringsConfig": {"QueryStringBehavior": "all"},
        },
    },
}


MEDIA_GROUP = {
    "Id": "both",
    "FailoverCriteria": {"StatusCodes": listed(500)},
    "Members": listed({"OriginId": "one"}, {"OriginId": "two"}),
    "SelectionCriteria": "media-quality-based",
}
MANY_HEADERS = listed(*({"HeaderName": f"X-{number}", "HeaderValue": "1"} for number in range(31)))


def read(**more: Any) -> Read:
    return parse_distribution(answer(**more), "x.json")


def distribution(**more: Any) -> Distribution:
    return read(**more).distribution


def warnings(**more: Any) -> list[str]:
    """What is warned about, without the word about botocore (it may be missing)."""
    return [str(each) for each in read(**more).warnings if "botocore" not in each.message]


def mistakes(**more: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(**more)
    return [str(each) for each in caught.value.problems]


def test_an_origin_with_everything() -> None:
    """Field by field."""
    origin = custom_origin(
        "one",
        "one.example.com",
        custom={
            "HTTPPort": 8080,
            "OriginProtocolPolicy": "http-only",
            "OriginSslProtocols": listed("TLSv1.1", "TLSv1.2"),
            "OriginReadTimeout": 7,
            "OriginKeepaliveTimeout": 9,
        },
        OriginPath="/app",
        CustomHeaders=listed({"HeaderName": "X-Key", "HeaderValue": "secret"}),
        ConnectionAttempts=2,
        ConnectionTimeout=4,
        ResponseCompletionTimeout=60,
    )

    assert distribution(Origins=listed(origin), OriginGroups=listed()).behaviors[0].target == CustomPlaceholder(
        domain="one.example.com",
        port=8080,
        protocol="http",
        path="/app",
        read_timeout_s=7,
        keepalive_timeout_s=9,
        completion_timeout_s=60,
        ssl_protocols=("TLSv1.1", "TLSv1.2"),
        custom_headers={"X-Key": "secret"},
        connection=Connection(timeout_s=4, attempts=2),
    )


def test_an_s3_origin() -> None:
    """Its Region is in its name; an identity is passed on to the event and warned about."""
    origin = custom_origin("one", "files.s3.eu-central-1.amazonaws.com") | {
        "CustomOriginConfig": None,
        "S3OriginConfig": {"OriginAccessIdentity": "origin-access-identity/cloudfront/E1"},
    }

    target = distribution(Origins=listed(origin), OriginGroups=listed()).behaviors[0].target
    assert isinstance(target, S3Placeholder)
    assert (target.region, target.auth_method) == ("eu-central-1", "origin-access-identity")
    (warning,) = warnings(Origins=listed(origin), OriginGroups=listed())
    assert "not signed" in warning


def test_an_origin_group() -> None:
    """Primary, secondary and criteria."""
    target = distribution(DefaultCacheBehavior=behavior("both")).behaviors[0].target

    assert isinstance(target, OriginGroup)
    assert (target.primary.domain, target.secondary.domain) == ("one.example.com", "two.example.com")
    assert target.criteria == {500, 503}


def test_behaviors() -> None:
    """In their order, the default last; methods, triggers and policies are each their own."""
    found = distribution(
        DefaultCacheBehavior=behavior(LambdaFunctionAssociations=listed(function(body=True))),
        CacheBehaviors=listed(
            behavior(
                "two",
                PathPattern="/api/*",
                AllowedMethods={**listed("GET", "HEAD", "POST"), "CachedMethods": listed("GET", "HEAD", "OPTIONS")},
                CachePolicyId=CACHING_DISABLED,
                OriginRequestPolicyId=ALL_VIEWER,
                LambdaFunctionAssociations=listed(function("origin-response")),
            ),
            behavior(PathPattern="*.jpg"),
        ),
    )
    api, _, default = found.behaviors

    assert [each.path_pattern for each in found.behaviors] == ["/api/*", "*.jpg", "*"]
    assert api.allowed_methods == {"GET", "HEAD", "POST"}
    assert api.cached_methods == {"GET", "HEAD", "OPTIONS"}
    assert api.cache.is_disabled
    assert api.request.headers == EVERYTHING
    assert (api.origin_request, api.origin_response) == (None, Trigger())
    assert (default.origin_request, default.origin_response) == (Trigger(includes_body=True), None)
    assert [found.behavior(path) is found.behaviors[at] for path, at in (("/api/x", 0), ("/a.jpg", 1), ("/a", 2))]


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("images/*.jpg", "/images/a/b.jpg", True),
        ("/images/*.jpg", "/images/a.jpg", True),
        ("images/*.jpg", "/images/a.JPG", False),
        ("*.jpg", "/a/b.jpg", True),
        ("a??.jpg", "/ant.jpg", True),
        ("a??.jpg", "/apple.jpg", False),
        ("/a.b", "/axb", False),
        ("/a/b*", "/a/b/..", False),
        ("/a*", "/a/b/..", True),
        ("/a/b", "/a//b", True),
        ("/a/b", "/a/%62", True),
        ("/a/*", "/a/", True),
    ],
)
def test_path_patterns(pattern: str, path: str, matches: bool) -> None:
    """The guide's examples: case-sensitive, wildcards across slashes, on the normalized path."""
    found = distribution(CacheBehaviors=listed(behavior(PathPattern=pattern)))

    assert (found.behavior(path) is found.behaviors[0]) == matches


def test_policies_of_ones_own(tmp_path: Path) -> None:
    """Given as files; without them the message says which command prints them."""
    path, cache, request = (tmp_path / name for name in ("x.json", "cache.json", "request.json"))
    own = behavior(CachePolicyId="my-cache", OriginRequestPolicyId="my-request")
    path.write_text(json.dumps(answer(DefaultCacheBehavior=own)))
    cache.write_text(json.dumps(CUSTOM_POLICY))
    request.write_text(json.dumps(REQUEST_POLICY))

    found = load_distribution(path, [cache, request]).distribution.behaviors[0]
    assert (found.cache.min_ttl_s, found.cache.default_ttl_s, found.cache.max_ttl_s) == (3, 4, 5)
    assert (found.cache.has_gzip, found.cache.has_brotli, found.cache.headers) == (True, False, frozenset({"x-own"}))
    assert found.cache.cookies == Selection(Mode.EXCEPT, frozenset({"track"}))
    assert found.cache.query == Selection(Mode.LISTED, frozenset({"page"}))
    assert found.request.cloudfront_headers == {"cloudfront-viewer-country"}
    with pytest.raises(ConfigError, match="get-origin-request-policy --id my-request"):
        load_distribution(path, [cache])


def test_old_cache_settings() -> None:
    """ForwardedValues and TTLs of the behavior; forwarding every header means no caching."""
    old = {key: value for key, value in behavior().items() if key != "CachePolicyId"}
    values = {
        "QueryString": True,
        "QueryStringCacheKeys": listed("page"),
        "Cookies": {"Forward": "whitelist", "WhitelistedNames": listed("session")},
        "Headers": listed("Origin"),
    }
    found = distribution(DefaultCacheBehavior=old | {"ForwardedValues": values, "DefaultTTL": 60}).behaviors[0]
    all_headers = distribution(DefaultCacheBehavior=old | {"ForwardedValues": values | {"Headers": listed("*")}})

    assert (found.cache.min_ttl_s, found.cache.default_ttl_s, found.request.is_legacy) == (0, 60, True)
    assert found.cache.headers == {"origin"}
    assert found.cache.query == Selection(Mode.LISTED, frozenset({"page"}))
    assert found.cache.cookies == Selection(Mode.LISTED, frozenset({"session"}))
    assert all_headers.behaviors[0].cache.is_disabled
    assert all_headers.behaviors[0].request.headers == EVERYTHING


def test_error_responses() -> None:
    """With and without a page."""
    found = distribution(
        CustomErrorResponses=listed(
            {"ErrorCode": 404, "ResponsePagePath": "/404.html", "ResponseCode": "200", "ErrorCachingMinTTL": 60},
            {"ErrorCode": 500, "ResponsePagePath": "", "ResponseCode": "", "ErrorCachingMinTTL": 0},
        )
    )
    page = found.error_response(404)

    assert page is not None
    assert (page.page, page.answered_status) == ("/404.html", 200)
    assert [found.error_ttl_s(status) for status in (404, 500, 503)] == [60, 0, 10]


def test_the_three_forms_of_the_document() -> None:
    """get-distribution-config, get-distribution (which knows the names), and the configuration alone."""
    named = {"Distribution": {"Id": "E1", "DomainName": "d1.cloudfront.net", "DistributionConfig": config()}}

    assert parse_distribution(config(), "x").distribution == parse_distribution(answer(), "x").distribution
    found = parse_distribution(named, "x").distribution
    assert (found.id, found.domain) == ("E1", "d1.cloudfront.net")


def test_every_mistake_at_once_with_its_path() -> None:
    """Nothing is repaired silently, and one run finds them all."""
    found = mistakes(
        Origins=listed(
            custom_origin("one", "one.example.com", ConnectionTimeout=11, OriginPath="app/"),
            custom_origin("two", "two.example.com", CustomHeaders=listed({"HeaderName": "Host", "HeaderValue": "x"})),
            custom_origin("one", "three.example.com", custom={"OriginProtocolPolicy": "gopher"}),
        ),
        DefaultCacheBehavior=behavior("missing", CachePolicyId="unknown"),
        CustomErrorResponses=listed({"ErrorCode": 418}, {"ErrorCode": 404, "ResponsePagePath": "/x"}),
    )

    expected = {
        "DistributionConfig.Origins.Items[0].ConnectionTimeout: is 11; allowed: 1 to 10",
        "DistributionConfig.Origins.Items[0].OriginPath: is 'app/'; it begins with / and does not end with one",
        "DistributionConfig.Origins.Items[1].CustomHeaders.Items[0].HeaderName: Host may not be a custom header",
        "DistributionConfig.Origins.Items[2].Id: there are two origins 'one'",
        "DistributionConfig.DefaultCacheBehavior.TargetOriginId: there is no origin or origin group 'missing'",
        "DistributionConfig.CustomErrorResponses.Items[1].ResponsePagePath: must be given together with ResponseCode",
    }
    assert expected <= set(found)
    assert any(".Items[2].CustomOriginConfig.OriginProtocolPolicy: is 'gopher'; allowed:" in each for each in found)
    assert any("CachePolicyId: unknown is not a managed policy; `aws cloudfront get-cache-policy" in e for e in found)
    assert any("CustomErrorResponses.Items[0].ErrorCode: is 418; allowed: 400, 403" in each for each in found)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"Origins": listed()}, "Origins: there is no origin"),
        ({"Origins": {"Quantity": 1, "Items": "one"}}, "Origins.Items: must be an array, not a text"),
        ({"Origins": {"Quantity": 3, "Items": [custom_origin("one", "a.test")]}}, "is 3, but there are 1 items"),
        ({"Origins": listed("one")}, "Origins.Items[0]: must be an object, not a text"),
        ({"Origins": listed(custom_origin("one", "a") | {"CustomOriginConfig": None})}, "must have either"),
        ({"Origins": listed(custom_origin("one", "a", VpcOriginConfig={"VpcOriginId": "v"}))}, "VPC origins"),
        ({"CacheBehaviors": listed(behavior(LambdaFunctionAssociations=listed(*[function()] * 2)))}, "two functions"),
        ({"DefaultCacheBehavior": behavior(CachePolicyId=None)}, "is missing, and so is ForwardedValues"),
        ({"DefaultCacheBehavior": behavior(AllowedMethods=listed("PURGE"))}, "AllowedMethods: has ['PURGE']"),
        ({"CacheBehaviors": listed(behavior())}, "CacheBehaviors.Items[0].PathPattern: is missing"),
        ({"OriginGroups": listed({"Id": "g", "Members": listed({"OriginId": "one"})})}, "must be 2 members, not 1"),
        ({"OriginGroups": listed({"Id": "g", "Members": listed({"OriginId": "x"}, {})})}, "no origin 'x'"),
        ({"Origins": listed(custom_origin("one", "192.0.2.1"))}, "Origins.Items[0].DomainName: is '192.0.2.1'"),
        ({"Origins": listed(custom_origin("one", "a.test", custom={"HTTPPort": 81}))}, "HTTPPort: is 81; allowed: 80"),
        ({"Origins": listed(custom_origin("one", "a.test", OriginPath="/" + "x" * 255))}, "[0]: The value of Path"),
        ({"Origins": listed(custom_origin("one", "a.test", CustomHeaders=MANY_HEADERS))}, "[0]: One or more Header"),
    ],
)  # fmt: skip
def test_a_mistake(more: dict[str, Any], told: str) -> None:
    """Each with its path."""
    assert any(told in each for each in mistakes(**more)), mistakes(**more)


@pytest.mark.parametrize("document", [None, [], "text", {}, {"DistributionConfig": []}, {"Origins": {}}])
def test_what_is_no_distribution_at_all(document: Any) -> None:
    """The message says what prints one."""
    with pytest.raises(ConfigError, match="get-distribution-config"):
        parse_distribution(document, "x.json")


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    """Missing, and not JSON."""
    with pytest.raises(ConfigError, match="cannot be read"):
        load_distribution(tmp_path / "missing.json")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(ConfigError, match="is not JSON"):
        load_distribution(tmp_path / "bad.json")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"WebACLId": "arn:aws:wafv2:x"}, "WebACLId: is not emulated: no request is blocked by a web ACL"),
        ({"Enabled": False}, "the distribution is disabled; here it serves"),
        (
            {"Restrictions": {"GeoRestriction": {"RestrictionType": "whitelist", **listed("DE")}}},
            "no country is blocked",
        ),
        (
            {"DefaultCacheBehavior": behavior(LambdaFunctionAssociations=listed(function("viewer-request")))},
            "DefaultCacheBehavior.LambdaFunctionAssociations: is not emulated: functions on viewer triggers do not run",
        ),
        ({"DefaultCacheBehavior": behavior(Compress=True)}, "not compressed by the edge"),
        ({"DefaultCacheBehavior": behavior(ViewerProtocolPolicy="https-only")}, "count as having used HTTPS"),
        *(
            ({"Origins": listed(custom_origin("one", "a.test", **about)), "OriginGroups": None}, told)
            for about, told in (
                ({"OriginShield": {"Enabled": True}}, "OriginShield: is not emulated: there is no second layer"),
                ({"OriginAccessControlId": "E2"}, "OriginAccessControlId: is not emulated: requests to the origin are"),
                ({"custom": {"OriginProtocolPolicy": "match-viewer"}}, "every viewer counts as one that came by it"),
                ({"custom": {"IpAddressType": "dualstack"}}, "the origin is asked by IPv4"),
                ({"custom": {"OriginMtlsConfig": {"ClientCertificateArn": "arn:x"}}}, "client certificates are not"),
            )
        ),
        ({"OriginGroups": listed(MEDIA_GROUP)}, "SelectionCriteria: is not emulated: media quality is not scored"),
        (
            {
                "DefaultCacheBehavior": behavior(
                    LambdaFunctionAssociations=listed(function(), function("origin-response", arn="arn:other:1"))
                )
            },
            "one function runs in place of all 2: arn:",
        ),
    ],
)
def test_what_is_not_emulated_is_warned_about(more: dict[str, Any], told: str) -> None:
    """Once for each setting."""
    (warning,) = warnings(**more)
    assert told in warning


def test_a_plain_distribution_has_no_warnings() -> None:
    """Only what differs is told; what many behaviors share is told once."""
    assert warnings() == []
    compressing = behavior(PathPattern="/a", Compress=True)
    (warning,) = warnings(CacheBehaviors=listed(compressing, compressing | {"PathPattern": "/b"}))
    assert "(and in 1 more)" in warning


def test_the_shape_as_aws_models_it() -> None:
    """Where botocore is installed: wrong types anywhere are mistakes, unknown names may only be newer."""
    pytest.importorskip("botocore")

    assert "DistributionConfig.HttpVersion: is 'http9'" in " ".join(mistakes(HttpVersion="http9"))
    assert "DistributionConfig.Comment: must be a string" in " ".join(mistakes(Comment=1))
    assert "DistributionConfig.NewIn2031: is not known" in " ".join(warnings(NewIn2031=1))
