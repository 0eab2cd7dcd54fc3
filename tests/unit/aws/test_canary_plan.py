"""A canary keeps CloudFront's conditions, and is planned from whatever is left of an earlier attempt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from origin_router.aws.attachment import association_path, attach
from origin_router.aws.canary import (
    Traffic,
    canary_is_possible,
    plan_abort,
    plan_canary,
    plan_promote,
    traffic_problem,
)
from origin_router.aws.document import Edit, Path, apply_edits, get, show_path
from origin_router.aws.findings import is_blocked
from origin_router.aws.model import CanaryState, DistributionState, Observed, PolicyState
from origin_router.aws.plan import Plan
from origin_router.aws.steps import NEW_POLICY, NEW_STAGING, CopyDistribution, SaveRecord, UpdateDistribution
from tests.support.distribution_parts import custom_origin, listed
from tests.support.wanted import distribution, everything, nothing, stored, wanted

FIVE = Traffic(weight_pct=5)

DESIRED = wanted()

BEFORE = {"default": "alb-or-backup"}

DOMAIN = "d222.cloudfront.net"


def names(plan: Plan) -> list[str]:
    """Return the kinds of a plan's steps."""
    return [type(each).__name__ for each in plan.steps]


@pytest.mark.parametrize(
    ("traffic", "words"),
    [
        (Traffic(weight_pct=5), None),
        (Traffic(weight_pct=15), None),
        (Traffic(weight_pct=15.1), "at most 15 %"),
        (Traffic(weight_pct=0), "more than 0"),
        (Traffic(weight_pct=-1), "more than 0"),
        (Traffic(header=("aws-cf-cd-router", "try")), None),
        (Traffic(header=("AWS-CF-CD-Router", "try")), None),
        (Traffic(header=("aws-cf-cd-", "try")), "must begin with aws-cf-cd-"),
        (Traffic(header=("x-router", "try")), "must begin with aws-cf-cd-"),
    ],
)
def test_who_tries_a_canary_has_limits(traffic: Traffic, words: str | None) -> None:
    """CloudFront's."""
    problem = traffic_problem(traffic)

    assert (problem is None) if words is None else (problem is not None and words in problem)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"HttpVersion": "http2and3"}, "HTTP/3"),
        ({"HttpVersion": "http3"}, "HTTP/3"),
        ({"ConnectionMode": "tenant-only"}, "multi-tenant"),
        (
            {"Origins": listed(custom_origin("alb", "a.example.com", ResponseCompletionTimeout=60))},
            "completion timeout",
        ),
    ],
)
def test_some_distributions_cannot_have_one(config: dict[str, Any], words: str) -> None:
    """CloudFront would say so late."""
    findings = list(canary_is_possible(DESIRED, nothing(distribution=distribution(**config))))

    assert is_blocked(findings)
    assert any(words in each.what for each in findings)


def test_a_flat_rate_plan_excludes_it() -> None:
    """Any of them."""
    assert is_blocked(canary_is_possible(DESIRED, nothing(plan_tier="PREMIUM")))


def test_a_policy_of_somebody_else_is_not_taken_over() -> None:
    """They have a canary of their own."""
    observed = nothing(canary=CanaryState(is_attached=True, policy=policy()))

    assert is_blocked(canary_is_possible(DESIRED, observed))
    assert not is_blocked(canary_is_possible(DESIRED, nothing()))


def policy(weight: float = 0.05) -> PolicyState:
    """A policy as CloudFront returns it: the weight is a binary fraction."""
    traffic = {"Type": "SingleWeight", "SingleWeightConfig": {"Weight": weight + 1e-8}}
    return PolicyState(id="p", etag="P1", is_enabled=True, traffic=traffic)


def staging(version: str = "1") -> DistributionState:
    """A staging distribution with a version in place."""
    config = apply_edits(distribution(Staging=True).config, attach(distribution().config, DESIRED, version, BEFORE))
    return replace(distribution(), id="E5STAGING", domain=DOMAIN, config=config)


def trying(**canary: Any) -> Observed:
    """An account in which a canary of version 1 is under way, as far as told."""
    is_attached = canary.get("is_attached", False)
    primary = distribution(ContinuousDeploymentPolicyId="p" if is_attached else "")
    return everything(
        DESIRED,
        distribution=primary,
        stored=stored(DESIRED, BEFORE, canaries=1),
        canary=CanaryState(**canary),
    )


def test_a_canary_is_made_without_touching_the_primary_until_the_end() -> None:
    """The staging distribution is complete before anybody is sent to it."""
    plan = plan_canary(DESIRED, everything(DESIRED), FIVE)
    copy = next(each for each in plan.steps if isinstance(each, CopyDistribution))
    updates = [each for each in plan.steps if isinstance(each, UpdateDistribution)]

    assert names(plan) == [
        "SaveRecord",
        "CopyDistribution",
        "UpdateDistribution",
        "AwaitDistribution",
        "CreatePolicy",
        "UpdateDistribution",
        "AwaitDistribution",
    ]
    assert copy.caller_reference == "origin-router-shop-E2EXAMPLE-1"
    assert [each.distribution for each in updates] == [NEW_STAGING, "E2EXAMPLE"]
    assert [(edit.path, edit.after) for edit in updates[1].edits] == [(("ContinuousDeploymentPolicyId",), NEW_POLICY)]


@pytest.mark.parametrize(
    ("canary", "steps"),
    [
        ({"staging": staging("0")}, ["UpdateDistribution", "AwaitDistribution", "CreatePolicy", "UpdateDistribution"]),
        ({"staging": staging()}, ["CreatePolicy", "UpdateDistribution"]),
        ({"staging": staging(), "policy": policy()}, ["UpdateDistribution"]),
        ({"staging": staging(), "policy": policy(), "is_attached": True}, []),
        ({"staging": staging(), "policy": policy(0.10), "is_attached": True}, ["UpdatePolicy"]),
    ],
)
def test_a_canary_goes_on_where_it_stopped(canary: dict[str, Any], steps: list[str]) -> None:
    """Nothing is made twice."""
    found = names(plan_canary(DESIRED, trying(**canary), FIVE))

    assert found == ([*steps, "AwaitDistribution"] if steps and steps[-1] == "UpdateDistribution" else steps)


def test_promotion_writes_down_copies_and_removes() -> None:
    """In the order that CloudFront demands."""
    plan = plan_promote(trying(staging=staging(), policy=policy(), is_attached=True), at="now")

    assert plan.version == "1"
    assert names(plan) == [
        "SaveRecord",
        "PromoteStaging",
        "AwaitDistribution",
        "UpdateDistribution",
        "AwaitDistribution",
        "DeletePolicy",
        "UpdateDistribution",
        "AwaitDistribution",
        "DeleteDistribution",
    ]
    assert not plan.is_blocked


def changed_since(*edits: Edit, **more: Any) -> Observed:
    """Somebody changed the primary after the canary was made."""
    observed = trying(staging=staging(), policy=policy(), is_attached=True)
    primary = replace(observed.distribution, config=apply_edits(observed.distribution.config, edits))
    return replace(observed, distribution=primary, **more)


def function(name: str, trigger: str) -> dict[str, Any]:
    """An association of somebody's function."""
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}:1"
    return {"LambdaFunctionARN": arn, "EventType": trigger, "IncludeBody": False}


@pytest.mark.parametrize(
    ("path", "after"),
    [
        (("PriceClass",), "PriceClass_All"),
        (("DefaultCacheBehavior", "TargetOriginId"), "alb"),
        (("CacheBehaviors", "/api/*", "TargetOriginId"), "alb-or-backup"),
        (association_path("/api/*", "viewer-request"), function("login", "viewer-request")),
        (association_path("/api/*", "origin-request"), function("theirs", "origin-request")),
        (association_path("default", "viewer-response"), function("headers", "viewer-response")),
        (association_path("default", "origin-request"), function("theirs", "origin-request")),
    ],
)
def test_a_promotion_that_would_undo_somebodys_change_is_refused(path: Path, after: Any) -> None:
    """Also of a target or a function: only what the canary itself changes may differ."""
    before = get(distribution().config, path)
    assert before != after
    plan = plan_promote(changed_since(Edit(path, before, after)), at="now")

    assert plan.is_blocked
    assert show_path(path) in plan.findings[0].what


def test_the_end_of_a_canary_forgets_where_it_was_to_be_attached() -> None:
    """A later deployment without options keeps what the primary has."""
    primary = distribution()
    routed = replace(primary, config=apply_edits(primary.config, attach(primary.config, DESIRED, "1", BEFORE)))
    wider = wanted(behaviors=("/api/*",), is_failover=False, has_feedback=True)
    plan = plan_abort(replace(trying(staging=staging()), distribution=routed, stored=stored(wider, BEFORE, canaries=1)))
    saved = plan.steps[0]

    assert isinstance(saved, SaveRecord)
    assert saved.record.settings == DESIRED.settings
    assert plan_abort(replace(trying(), distribution=routed, stored=stored(wider, BEFORE, canaries=1))).steps == ()


def test_without_a_canary_there_is_nothing_to_end() -> None:
    """Nor is somebody else's policy touched."""
    assert plan_promote(trying(), at="now").steps == ()
    assert plan_abort(trying()).steps == ()
    assert plan_abort(trying(policy=policy(), is_attached=True)).steps == ()


@pytest.mark.parametrize(
    ("canary", "steps"),
    [
        (
            {"staging": staging(), "policy": policy(), "is_attached": True},
            ["UpdateDistribution", "AwaitDistribution", "DeletePolicy", "UpdateDistribution", "AwaitDistribution"],
        ),
        ({"staging": staging(), "policy": policy()}, ["DeletePolicy", "UpdateDistribution", "AwaitDistribution"]),
        ({"staging": staging()}, ["UpdateDistribution", "AwaitDistribution"]),
        ({"staging": replace(staging(), config={**staging().config, "Enabled": False})}, []),
        (
            {"staging": replace(staging(), config={**staging().config, "Enabled": False}, is_deployed=False)},
            ["AwaitDistribution"],
        ),
    ],
)
def test_an_end_goes_on_where_it_stopped(canary: dict[str, Any], steps: list[str]) -> None:
    """Down to the deletion of the staging distribution."""
    assert names(plan_abort(trying(**canary))) == [*steps, "DeleteDistribution"]
