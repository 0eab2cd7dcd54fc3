"""From configuration and options to what is wanted."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import Any

import pytest

from origin_router.aws.config_changes import config_changes
from origin_router.aws.desired import settings_for, timeout_s, with_settings
from origin_router.aws.naming import Names
from origin_router.aws.placeholders import choose_origins
from origin_router.routing.config import OriginConfig, PoolConfig, ProbeConfig, RouterConfig
from tests.support.distribution_parts import custom_origin, listed
from tests.support.distributions import config
from tests.support.wanted import BUNDLE, distribution, nothing, origin, router_config, stored, wanted


def chosen(*origins: OriginConfig, count: int = 2, **pool: Any) -> list[str]:
    """Return which origins stand in."""
    return [each.id for each in choose_origins(router_config(*origins, **pool), count)]


A, B, C = (origin(id_, f"{id_}.example.com") for id_ in "abc")


def test_the_placeholders_are_the_origins_that_best_stand_in() -> None:
    """They answer when the function does not."""
    assert chosen(A, B, C) == ["a", "b"]
    assert chosen(A, B, C, fallback="c") == ["c", "a"]
    assert chosen(replace(A, priority=2), B, C) == ["a", "b"]  # a is the fallback, being the first
    assert chosen(A, replace(B, priority=2), C) == ["a", "c"]
    assert chosen(A, B, C, count=1) == ["a"]
    identity = replace(C, type="s3", auth_method="origin-access-identity")
    assert chosen(A, B, identity) == ["c", "a"]


def test_a_placeholder_has_short_limits_to_connect_and_long_ones_to_answer() -> None:
    """CloudFront refuses a function that asks for more time than the configured origin has."""
    slow = replace(B, response_timeout_s=90, keepalive_timeout_s=60)
    first, second = wanted(router_config(A, slow)).origins

    assert (first["ConnectionTimeout"], first["ConnectionAttempts"]) == (1, 1)
    assert first["CustomOriginConfig"]["OriginReadTimeout"] == 90
    assert first["CustomOriginConfig"]["OriginKeepaliveTimeout"] == 60
    assert [each["CustomHeaders"]["Items"][0]["HeaderValue"] for each in (first, second)] == ["1", "2"]


def test_placeholders_have_the_custom_headers_that_every_origin_knows() -> None:
    """And those alone: the function passes them on to whichever origin it chooses."""

    def sent(*origins: dict[str, Any]) -> list[list[str]]:
        observed = nothing(distribution=distribution(Origins=listed(*origins)))
        placeholders = wanted(router_config(A, B), observed).origins
        return [[each["HeaderValue"] for each in one["CustomHeaders"]["Items"]] for one in placeholders]

    def known(origin_: OriginConfig, *headers: tuple[str, str], id_: str = "") -> dict[str, Any]:
        listed_ = listed(*({"HeaderName": name, "HeaderValue": value} for name, value in headers))
        return custom_origin(id_ or origin_.id, origin_.host, CustomHeaders=listed_)

    alb = custom_origin("alb-or-backup", "elsewhere.example.com")
    key, tenant = ("x-key", "secret"), ("X-Tenant", "7")

    assert sent(alb, known(A, key, tenant), known(B, tenant, key)) == [["1", "secret", "7"], ["2", "secret", "7"]]
    assert sent(alb, known(A, key), known(B, ("x-key", "another"))) == [["1"], ["2"]]
    assert sent(alb, known(A, key), known(B)) == [["1"], ["2"]]
    assert sent(alb, known(A, key)) == [["1"], ["2"]]
    assert sent(known(A, key), known(B, key), known(A, ("x-origin-router-attempt", "1"), id_="origin-router-shop-1"))


@pytest.mark.parametrize(
    ("origin_", "expected"),
    [
        (A, {"OriginProtocolPolicy": "https-only", "HTTPPort": 80, "HTTPSPort": 443}),
        (replace(A, port=8443), {"OriginProtocolPolicy": "https-only", "HTTPPort": 80, "HTTPSPort": 8443}),
        (
            replace(A, protocol="http", port=8080),
            {"OriginProtocolPolicy": "http-only", "HTTPPort": 8080, "HTTPSPort": 443},
        ),
    ],
)
def test_a_placeholder_speaks_as_its_origin_does(origin_: OriginConfig, expected: dict[str, Any]) -> None:
    """On its port."""
    (placeholder,) = wanted(router_config(origin_), is_failover=False).origins

    assert expected.items() <= placeholder["CustomOriginConfig"].items()


def test_a_bucket_keeps_the_identity_that_reads_it() -> None:
    """The function can keep one, but not add one."""
    identity = "origin-access-identity/cloudfront/E1"
    bucket = {"Id": "s3", "DomainName": "b.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": identity}}
    observed = nothing(
        distribution=distribution(Origins=listed(*config()["Origins"]["Items"], bucket)),
    )
    s3 = origin("b", "b.s3.amazonaws.com", type="s3", auth_method="origin-access-identity")
    first, _ = wanted(router_config(A, s3), observed).origins

    assert first["S3OriginConfig"] == {"OriginAccessIdentity": identity, "OriginReadTimeout": 30}


def test_origin_shield_is_kept_where_the_behaviors_agree() -> None:
    """Also on the next deployment, when the behaviors have our placeholders already."""
    shield = {"Enabled": True, "OriginShieldRegion": "eu-west-1"}
    images = custom_origin("images", "i.example.com", OriginShield=shield)
    others = [each for each in config()["Origins"]["Items"] if each["Id"] != "images"]
    observed = nothing(distribution=distribution(Origins=listed(*others, images)))
    desired = wanted(observed=observed, behaviors=("/img/*",))
    assert desired.origins[0]["OriginShield"] == shield
    assert wanted(observed=observed, behaviors=("/img/*", "/api/*")).origins[0]["OriginShield"] == {"Enabled": False}

    state = observed.distribution.config
    moved = [{**each, "TargetOriginId": "origin-router-shop"} for each in state["CacheBehaviors"]["Items"]]
    again = nothing(
        distribution=distribution(Origins=state["Origins"], CacheBehaviors=listed(*moved)),
        stored=stored(desired, {"/img/*": "images"}, "1"),
    )
    assert wanted(observed=again).origins[0]["OriginShield"] == shield


@pytest.mark.parametrize(
    ("budget_ms", "after_answer_ms", "expected_s"),
    [(900, 250, 5), (900, 0, 4), (5_000, 10_000, 18), (30_000, 10_000, 30)],
)
def test_the_timeout_is_longer_than_anything_that_may_happen(
    budget_ms: int, after_answer_ms: int, expected_s: int
) -> None:
    """Up to CloudFront's limit of 30 s."""
    probe = ProbeConfig(budget_ms=budget_ms, after_answer_ms=after_answer_ms)

    assert timeout_s(router_config(probe=probe)) == expected_s


def test_what_is_not_said_is_as_last_time_else_what_suits_most() -> None:
    """Behaviors and failover are not in the configuration, feedback is."""
    plain = router_config()
    first = settings_for(plain, None)
    assert (first.behaviors, first.is_failover, first.has_feedback) == (("default",), True, False)
    assert not settings_for(router_config(A), None).is_failover

    last = stored(wanted(behaviors=("/img/*",), is_failover=False, has_feedback=True), {}).record
    again = settings_for(plain, last)
    assert (again.behaviors, again.is_failover, again.has_feedback) == (("/img/*",), False, False)
    said = settings_for(plain, last, behaviors=("default",), is_failover=True, has_feedback=True)
    assert (said.behaviors, said.is_failover, said.has_feedback) == (("default",), True, True)


def test_the_function_is_built_to_do_what_its_triggers_need() -> None:
    """Stamping requests that nobody reads would be waste."""
    plain = router_config()
    both = settings_for(plain, None, has_feedback=True)

    assert with_settings(plain, both).feedback.enabled
    assert with_settings(plain, settings_for(plain, None)) is plain


def test_the_digest_is_lambdas() -> None:
    """So that an unchanged function is seen as such."""
    digest = base64.b64encode(hashlib.sha256(BUNDLE.zip_bytes).digest()).decode()

    assert wanted().code_sha256 == digest


def test_names_fit_where_they_are_used() -> None:
    """S3 takes neither capitals nor underscores."""
    names = Names("My_Shop", "123456789012")

    assert names.bucket == "origin-router-my-shop-123456789012"
    assert names.version_of(names.version_arn("3")) == "3"
    assert names.version_of(f"{names.function_arn}x:3") is None


def test_differences_of_configurations_speak_its_language() -> None:
    """Origins go by their ids, wherever they stand in the list."""
    before = b'{"pools": {"web": {"band_ms": 10, "origins": [{"id": "a", "port": 443}, {"id": "b", "port": 443}]}}}'
    after = b'{"pools": {"web": {"band_ms": 10.0, "origins": [{"id": "b", "port": 8443}]}}, "rules": []}'

    assert list(config_changes(before, after)) == [
        ("pools.web.origins[a].id", '"a"', "(nothing)"),
        ("pools.web.origins[a].port", "443", "(nothing)"),
        ("pools.web.origins[b].port", "443", "8443"),
        ("rules", "(nothing)", "[]"),
    ]


def test_pools_of_other_rules_count_for_the_timeout() -> None:
    """The slowest pool decides."""
    config_ = RouterConfig(
        name="shop",
        pool="web",
        pools={"web": PoolConfig(origins=(A,)), "slow": PoolConfig(origins=(B,), probe=ProbeConfig(budget_ms=9_000))},
    )

    assert timeout_s(config_) == 13
