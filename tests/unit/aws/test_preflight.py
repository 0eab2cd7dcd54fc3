"""What AWS would refuse late is found before anything is changed: function, distribution, origins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from origin_router.aws.control_place import Place
from origin_router.aws.documents import DESCRIPTION
from origin_router.aws.findings import is_blocked
from origin_router.aws.model import CanaryState, LogGroupState, RoleState
from origin_router.aws.preflight import preflight
from tests.support.distribution_parts import ALL_VIEWER, association, behavior, custom_origin, listed
from tests.support.distributions import SECRET, config
from tests.support.preflight_cases import (
    BLOCKING,
    NOTE,
    VIEWER_HOST,
    WARNING,
    Case,
    changed,
    check,
    default,
    on_distribution,
    on_function,
    origins,
    with_rule,
)
from tests.support.wanted import NAMES, distribution, nothing, origin, router_config, wanted

MINE = custom_origin("mine", "eu.example.com", ConnectionTimeout=3)
VPC = {name: value for name, value in MINE.items() if name != "CustomOriginConfig"} | {
    "VpcOriginConfig": {"VpcOriginId": "v"}
}
MTLS = {**MINE, "CustomOriginConfig": {**MINE["CustomOriginConfig"], "OriginMtlsConfig": {"ClientCertificateArn": "c"}}}
KEY = listed({"HeaderName": "x-key", "HeaderValue": SECRET})
OURS_AND_KEY = listed({"HeaderName": "x-origin-router-attempt", "HeaderValue": "1"}, *KEY["Items"])
SHIELD = {"Enabled": True, "OriginShieldRegion": "eu-west-1"}
BUCKET = {"Id": "s3", "DomainName": "b.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
ROLE = RoleState(arn=NAMES.role_arn, trust={}, policy=None, description=DESCRIPTION, other_policies=("Admin",))
STAGING = distribution(Staging=True)

CASES = [
    # The function and its surroundings
    Case("image", BLOCKING, "function", "container image", observed=on_function(package_type="Image")),
    Case("foreign handler", BLOCKING, "function", "index.handler", observed=on_function(handler="index.handler")),
    Case("vpc", NOTE, "function", "VpcConfig, Layers", observed=on_function(forbidden=("VpcConfig", "Layers"))),
    Case(
        "role path",
        BLOCKING,
        "role",
        "another path",
        observed=changed(role=replace(ROLE, arn="arn:aws:iam::1:role/x/y")),
    ),
    Case("role", BLOCKING, "role", "not made by origin-router", observed=changed(role=replace(ROLE, description=""))),
    Case("role policies", NOTE, "role", "Admin", observed=changed(role=ROLE)),
    Case("role trust", WARNING, "role", "trusted differently", observed=changed(role=ROLE)),
    Case(
        "concurrency",
        WARNING,
        "concurrency",
        "50 functions at a time, so at most 500",
        observed=changed(concurrency=50),
    ),
    Case(
        "concurrency, both",
        WARNING,
        "concurrency",
        "at most 250 cache misses a second per Region with both",
        asked={"has_feedback": True},
        observed=changed(concurrency=50),
    ),
    Case("no control", NOTE, "control", "no effect until the next deployment"),
    Case(
        "control bucket",
        WARNING,
        "control.bucket",
        "there is no bucket",
        observed=changed(control=Place(has_bucket=False)),
    ),
    Case(
        "region off",
        NOTE,
        "logs in me-central-1",
        "not enabled",
        observed=changed(log_groups={"me-central-1": LogGroupState(refusal="not enabled")}),
    ),
    # The distribution
    Case(
        "china",
        BLOCKING,
        "E2EXAMPLE",
        "aws-cn",
        observed=on_distribution(arn="arn:aws-cn:cloudfront::1:distribution/E"),
    ),
    Case("staging", BLOCKING, "E2EXAMPLE", "staging distribution", distribution={"Staging": True}),
    Case("disabled", WARNING, "E2EXAMPLE", "is disabled", distribution={"Enabled": False}),
    Case("in progress", NOTE, "E2EXAMPLE", "still deploying", observed=on_distribution(is_deployed=False)),
    Case("tenants", NOTE, "E2EXAMPLE", "multi-tenant", distribution={"ConnectionMode": "tenant-only"}),
    Case("canary", BLOCKING, "E2EXAMPLE", "canary is under way", observed=changed(canary=CanaryState(staging=STAGING))),
    Case("foreign canary", WARNING, "E2EXAMPLE", "not ours", observed=changed(canary=CanaryState(is_attached=True))),
    Case(
        "many origins",
        BLOCKING,
        "E2EXAMPLE",
        "would have 102 origins",
        distribution={"Origins": listed(*(custom_origin(f"o{n}", f"o{n}.example.com") for n in range(100)))}
        | {"DefaultCacheBehavior": behavior("o1"), "CacheBehaviors": listed(), "OriginGroups": listed()},
    ),
    Case(
        "many groups",
        BLOCKING,
        "E2EXAMPLE",
        "would have 11 origin groups",
        distribution={
            "OriginGroups": listed(
                *({"Id": f"g{n}", "Members": listed({"OriginId": "alb"}, {"OriginId": "backup"})} for n in range(10))
            )
        }
        | {"DefaultCacheBehavior": behavior("alb")},
    ),
    Case("one origin", BLOCKING, "--failover", "single origin", config=VIEWER_HOST, asked={"is_failover": True}),
    # Origins
    Case("vpc origin", BLOCKING, "origin mine", "a VPC origin", distribution=origins(VPC, target="mine")),
    Case("mtls", BLOCKING, "origin mine", "mutual TLS", distribution=origins(MTLS, target="mine")),
    Case(
        "oac",
        BLOCKING,
        "origin mine",
        "origin access control",
        distribution=origins({**MINE, "OriginAccessControlId": "x"}, target="mine"),
    ),
    Case(
        "oac elsewhere",
        WARNING,
        "origin s3",
        "no longer do it",
        distribution=origins({**BUCKET, "OriginAccessControlId": "x"}, target="s3"),
    ),
    Case(
        "identity",
        BLOCKING,
        "pools.web origin b",
        "no origin b.s3.amazonaws.com with one",
        config=router_config(origin("b", "b.s3.amazonaws.com", type="s3", auth_method="origin-access-identity")),
        distribution=origins(BUCKET, target="s3"),
    ),
    Case(
        "dns",
        BLOCKING,
        "placeholder origin origin-router-shop-1",
        "no address",
        observed=changed(unresolved_hosts=("eu.example.com",)),
    ),
    Case(
        "limits",
        NOTE,
        "behavior default",
        "after 3 x 10 s",
        distribution=origins(custom_origin("mine", "x.example.com"), target="mine"),
    ),
    Case("headers", WARNING, "behavior default", "x-origin-verify"),
    Case(
        "headers passed on",
        NOTE,
        "custom headers",
        "x-key of the placeholders are passed on",
        distribution=origins(
            *(custom_origin(each, f"{each}.example.com", CustomHeaders=KEY) for each in ("eu", "us")), target="eu"
        ),
    ),
    Case(
        "headers for strangers",
        WARNING,
        "custom headers",
        "also to us.example.com, to which the distribution itself does not send them",
        asked={"is_failover": False},
        distribution=origins(
            custom_origin("eu", "eu.example.com", CustomHeaders=KEY),
            custom_origin("origin-router-shop-1", "eu.example.com", CustomHeaders=OURS_AND_KEY),
            target="eu",
        ),
    ),
    Case("plan", NOTE, "E2EXAMPLE", "billed on top", asked={"is_failover": False}, observed=changed(plan_tier="PRO")),
    Case("plan and failover", BLOCKING, "E2EXAMPLE", "no origin failover", observed=changed(plan_tier="BUSINESS")),
    Case("best plan", NOTE, "E2EXAMPLE", "PREMIUM", observed=changed(plan_tier="PREMIUM")),
    Case(
        "runtime updates",
        NOTE,
        "function",
        "RuntimeManagementConfig",
        observed=on_function(forbidden=("RuntimeManagementConfig",)),
    ),
    Case(
        "shield",
        NOTE,
        "Origin Shield",
        "runs in eu-west-1",
        distribution=origins({**MINE, "OriginShield": SHIELD}, target="mine"),
    ),
    Case(
        "shields differ",
        WARNING,
        "Origin Shield",
        "go without",
        asked={"behaviors": ("default", "/img/*")},
        distribution={
            "Origins": listed({**MINE, "OriginShield": SHIELD}, custom_origin("images", "i.example.com")),
            "DefaultCacheBehavior": behavior("mine"),
            "CacheBehaviors": listed({"PathPattern": "/img/*", **behavior("images")}),
            "OriginGroups": listed(),
        },
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_is_found(case: Case) -> None:
    """Each with where, what, and unless it is good news what to do."""
    check(case)


def test_a_name_may_be_too_long_for_where_it_is_used() -> None:
    """S3 counts the account's digits, too."""
    observed = nothing()
    desired = replace(wanted(), names=replace(NAMES, name="s" * 40))
    found = [each for each in preflight(desired, observed) if each.where == "name"]

    assert [(each.severity, "the bucket would be called" in each.what) for each in found] == [(BLOCKING, True)]


def test_an_ordinary_distribution_is_not_blocked() -> None:
    """And a second deployment is not, either: our own function is no foreign one."""
    first = nothing(distribution=distribution(**default()))
    assert not is_blocked(preflight(wanted(observed=first), first))

    ours = association(NAMES.version_arn("3"), "origin-request")
    again = nothing(distribution=distribution(**default(LambdaFunctionAssociations=listed(ours))))
    assert not is_blocked(preflight(wanted(observed=again), again))


def test_where_everything_is_forwarded_rules_are_not_doubted() -> None:
    """The managed policy AllViewer shows the function all that rules can ask for, but the country."""
    rule = with_rule(headers={"x": "*"}, cookies={"c": "*"}, query={"q": "*"}, hosts=("a.example.com",))
    observed = nothing(distribution=distribution(**default(OriginRequestPolicyId=ALL_VIEWER)))

    assert not [each for each in preflight(wanted(rule, observed), observed) if "rules" in each.what]


def test_no_finding_tells_a_secret() -> None:
    """Names of custom headers help, their values are nobody's business."""
    observed = nothing()
    text = "\n".join(map(str, preflight(wanted(observed=observed), observed)))

    assert "x-origin-verify" in text
    assert "do-not-tell" not in text
    assert "do-not-tell" not in repr(observed)
    assert "do-not-tell" in repr(config())
