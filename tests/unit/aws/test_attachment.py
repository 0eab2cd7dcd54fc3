"""Attaching changes what it names, and detaching gives back what was there."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from origin_router.aws.attachment import (
    attach,
    attached,
    detach,
    patterns,
    still_targeted,
    switch,
    target_of,
)
from origin_router.aws.describe_details import details
from origin_router.aws.document import apply_edits, differences, get
from origin_router.aws.model import Desired, Observed
from origin_router.aws.plan import record_after
from origin_router.aws.steps import UpdateDistribution
from tests.support.distribution_parts import association, behavior, custom_origin, listed
from tests.support.distributions import FOREIGN_FUNCTION, SECRET, config
from tests.support.wanted import NAMES, distribution, nothing, wanted

CHOICES = [
    (behaviors, is_failover, has_feedback)
    for behaviors in (("default",), ("/img/*",), ("/img/*", "/api/*", "default"))
    for is_failover, has_feedback in itertools.product((True, False), (True, False))
]


def deployed(before: dict[str, Any], desired: Desired, version: str = "7") -> tuple[dict[str, Any], dict[str, str]]:
    """Return the configuration after a deployment, and the targets before it."""
    observed = nothing(distribution=distribution(**before))
    targets = record_after(desired, observed, None).targets_before
    return apply_edits(before, attach(before, desired, version, targets)), targets


@pytest.mark.parametrize(("behaviors", "is_failover", "has_feedback"), CHOICES)
def test_what_is_attached_is_detached_without_a_trace(
    behaviors: tuple[str, ...], is_failover: bool, has_feedback: bool
) -> None:
    """Field by field, for every choice of options; and attaching twice changes nothing."""
    before = config()
    desired = wanted(behaviors=behaviors, is_failover=is_failover, has_feedback=has_feedback)
    after, targets = deployed(before, desired)

    triggers = {"origin-request", "origin-response"} if has_feedback else {"origin-request"}
    assert attached(after, NAMES) == {(each, trigger): "7" for each in behaviors for trigger in triggers}
    assert attach(after, desired, "7", targets) == ()
    assert list(differences(before, apply_edits(after, detach(after, NAMES, targets)))) == []


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(CHOICES[::3], 2)))
def test_a_change_of_options_leaves_no_remains_either(
    first: tuple[tuple[str, ...], bool, bool], second: tuple[tuple[str, ...], bool, bool]
) -> None:
    """From one choice to another and back to the beginning."""
    before = config()
    earlier, later = (wanted(behaviors=each[0], is_failover=each[1], has_feedback=each[2]) for each in (first, second))
    between, targets = deployed(before, earlier)
    observed = nothing(distribution=distribution(**between))
    targets = {**targets, **record_after(later, observed, None).targets_before}
    after = apply_edits(between, attach(between, later, "8", targets))

    assert {pattern for pattern, _ in attached(after, NAMES)} == set(second[0])
    expected, _ = deployed(before, later, "8")
    assert list(differences(expected, after)) == []
    assert list(differences(before, apply_edits(after, detach(after, NAMES, targets)))) == []


def test_only_what_is_named_is_touched() -> None:
    """Viewer functions, other behaviors and other origins stay."""
    before = config()
    after, _ = deployed(before, wanted())

    assert sorted(differences(before, after)) == [
        ("DefaultCacheBehavior", "LambdaFunctionAssociations", "origin-request"),
        ("DefaultCacheBehavior", "TargetOriginId"),
        ("OriginGroups", "origin-router-shop"),
        ("Origins", "origin-router-shop-1"),
        ("Origins", "origin-router-shop-2"),
    ]


@pytest.mark.parametrize("trigger", ["origin-request", "origin-response"])
def test_bodies_of_requests_are_never_asked_for(trigger: str) -> None:
    """Somebody who switched that on has it switched off again, and the plan says so."""
    desired = wanted(has_feedback=True)
    after, targets = deployed(config(), desired)
    associations = after["DefaultCacheBehavior"]["LambdaFunctionAssociations"]["Items"]
    assert not any(each["IncludeBody"] for each in associations)

    (changed,) = (each for each in associations if each["EventType"] == trigger)
    changed["IncludeBody"] = True
    (edit,) = attach(after, desired, "7", targets)

    assert details(UpdateDistribution("E1", "e", (edit,))) == [f"{edit.place} > IncludeBody: true -> false"]


def test_switching_changes_versions_and_nothing_else() -> None:
    """On both triggers, wherever the function stands."""
    after, _ = deployed(config(), wanted(behaviors=("default", "/img/*"), has_feedback=True))
    switched = apply_edits(after, switch(after, NAMES, "3"))

    assert set(attached(switched, NAMES).values()) == {"3"}
    assert {path[-1] for path in differences(after, switched)} == {"LambdaFunctionARN"}
    assert switch(switched, NAMES, "3") == ()


def test_what_somebody_else_did_since_stays_theirs() -> None:
    """A new target, a function on the other trigger, a behavior of theirs on our placeholders."""
    after, targets = deployed(config(), wanted(behaviors=("default", "/img/*")))
    theirs = association(FOREIGN_FUNCTION, "origin-response")
    foreign = {"PathPattern": "/new/*", **behavior("origin-router-shop-1")}
    after["CacheBehaviors"]["Items"][0]["TargetOriginId"] = "backup"
    after["DefaultCacheBehavior"]["LambdaFunctionAssociations"]["Items"].append(theirs)
    after["CacheBehaviors"] = listed(*after["CacheBehaviors"]["Items"], foreign)
    left = apply_edits(after, detach(after, NAMES, targets))

    assert attached(left, NAMES) == {}
    assert target_of(left, "/img/*") == "backup"
    assert get(left, ("DefaultCacheBehavior", "LambdaFunctionAssociations", "origin-response")) == theirs
    assert get(left, ("Origins", "origin-router-shop-1")) is not None
    assert get(left, ("Origins", "origin-router-shop-2")) is None
    assert still_targeted(after, NAMES, targets) == ("/new/*",)


def test_a_target_that_is_gone_cannot_be_restored() -> None:
    """Somebody deleted the origin that a behavior had before: CloudFront would refuse the change."""
    after, targets = deployed(config(), wanted(behaviors=("/img/*",)))
    after["Origins"] = listed(*(each for each in after["Origins"]["Items"] if each["Id"] != "images"))

    assert still_targeted(after, NAMES, targets) == ("/img/*",)
    assert still_targeted(after, NAMES, {"/img/*": "alb"}) == ()


def test_a_target_set_since_the_last_deployment_is_what_they_want_back() -> None:
    """The record follows what is not ours."""
    desired = wanted(behaviors=("/img/*",))
    after, _ = deployed(config(), desired)
    after["CacheBehaviors"]["Items"][0]["TargetOriginId"] = "backup"
    observed: Observed = nothing(distribution=distribution(**after))

    assert record_after(desired, observed, None).targets_before == {"/img/*": "backup"}


def test_headers_that_somebody_gave_a_placeholder_stay() -> None:
    """A secret that the origin asks for, say: requests come with it when the function fails."""
    desired = wanted()
    after, targets = deployed(config(), desired)
    placeholder = after["Origins"]["Items"][3]
    theirs = {"HeaderName": "X-Origin-Verify", "HeaderValue": SECRET}
    placeholder["CustomHeaders"] = listed(theirs, *placeholder["CustomHeaders"]["Items"])
    assert attach(after, desired, "7", targets) == ()

    placeholder["ConnectionTimeout"] = 10
    (edit,) = attach(after, desired, "7", targets)
    mended = get(apply_edits(after, [edit]), ("Origins", placeholder["Id"]))
    assert mended["ConnectionTimeout"] == 1
    assert theirs in mended["CustomHeaders"]["Items"]
    assert SECRET not in str(details(UpdateDistribution("E1", "", (edit,))))


def test_behaviors_come_in_cloudfronts_order() -> None:
    """The default one takes what no other does."""
    assert patterns(config()) == ["/img/*", "/api/*", "default"]


def test_a_function_of_a_longer_name_is_not_ours() -> None:
    """`origin-router-shop` and `origin-router-shop2` are two routers."""
    arn = NAMES.function_arn.replace("shop", "shop2") + ":1"
    other = config(
        DefaultCacheBehavior=behavior("alb", LambdaFunctionAssociations=listed(association(arn, "origin-request"))),
        Origins=listed(
            custom_origin("alb", "alb.example.com"), custom_origin("origin-router-shop2-1", "x.example.com")
        ),
    )

    assert attached(other, NAMES) == {}
    assert detach(other, NAMES, {}) == ()
