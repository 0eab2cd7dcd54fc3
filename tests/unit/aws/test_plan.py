"""Plans hold the steps that are missing, in an order that may stop anywhere."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from origin_router.aws.attachment import switch
from origin_router.aws.document import apply_edits
from origin_router.aws.model import BucketState, LogGroupState, Observed, RoleState
from origin_router.aws.plan import Plan, plan_deploy
from origin_router.aws.record import Activation
from origin_router.aws.steps import (
    LATEST,
    NEW_VERSION,
    PrepareLogGroups,
    PutRolePolicy,
    SaveRecord,
    UpdateCode,
    UpdateDistribution,
    UpdateFunction,
    resolve,
)
from tests.support.wanted import NAMES, distribution, everything, nothing, router_config, stored, wanted

AT = "2026-11-24T12:00:00+00:00"

DESIRED = wanted()

BEFORE = {"default": "alb-or-backup"}


def names(plan: Plan) -> list[str]:
    """Return the kinds of a plan's steps."""
    return [type(each).__name__ for each in plan.steps]


def deployed(**more: Any) -> Observed:
    """An account where everything is as desired."""
    (update,) = (
        each for each in plan_deploy(DESIRED, everything(DESIRED), at=AT).steps if isinstance(each, UpdateDistribution)
    )
    config = apply_edits(distribution().config, update.edits)
    return everything(DESIRED, distribution=distribution(**config), stored=stored(DESIRED, BEFORE, "1"), **more)


def test_in_an_empty_account_everything_is_made_in_order() -> None:
    """What was there before is written down before it is touched; the function needs its role and its log groups."""
    plan = plan_deploy(DESIRED, nothing(), at=AT)

    assert names(plan) == [
        "CreateBucket",
        "ProtectBucket",
        "CreateRole",
        "PutRolePolicy",
        "PrepareLogGroups",
        "CreateFunction",
        "SaveConfig",
        "PublishVersion",
        "SaveRecord",
        "UpdateDistribution",
        "AwaitDistribution",
    ]
    assert (plan.version_before, plan.version) == (None, NEW_VERSION)


def test_where_everything_is_as_desired_there_is_nothing_to_do() -> None:
    """Running it twice is running it once."""
    plan = plan_deploy(DESIRED, deployed(), at="later")

    assert (plan.steps, plan.version_before, plan.version) == ((), "1", "1")


@pytest.mark.parametrize(
    ("differing", "steps"),
    [
        ({"bucket": BucketState(is_there=True)}, ["ProtectBucket"]),
        ({"role": RoleState(arn=NAMES.role_arn, trust={}, policy=DESIRED.policy)}, ["UpdateTrust"]),
        ({"role": RoleState(arn=NAMES.role_arn, trust=DESIRED.trust, policy=None)}, ["PutRolePolicy"]),
        ({"log_groups": {"eu-west-1": LogGroupState(is_there=True)}}, ["PrepareLogGroups"]),
        ({"log_groups": {"eu-west-1": LogGroupState(is_there=True, retention_days=3)}}, []),
        ({"log_groups": {"eu-west-1": LogGroupState(refusal="not enabled")}}, []),
        ({"stored": None}, ["SaveRecord"]),
        ({"versions": ()}, ["SaveConfig", "PublishVersion", "SaveRecord", "UpdateDistribution", "AwaitDistribution"]),
    ],
)
def test_what_differs_is_mended_and_nothing_else(differing: dict[str, Any], steps: list[str]) -> None:
    """A retention that somebody chose, and Regions that are not ours to use, are left alone."""
    assert names(plan_deploy(DESIRED, replace(deployed(), **differing), at=AT)) == steps


def test_an_update_that_is_still_under_way_is_waited_for() -> None:
    """An earlier run was interrupted while it waited."""
    observed = deployed()
    busy = replace(observed, distribution=replace(observed.distribution, is_deployed=False))

    assert names(plan_deploy(DESIRED, busy, at=AT)) == ["AwaitDistribution"]


def test_other_code_and_settings_are_updated_one_after_the_other() -> None:
    """Each names the revision that it was planned on; the second cannot know it."""
    observed = deployed()
    assert observed.function is not None
    older = replace(observed.function.settings, memory_mb=128, forbidden=("Environment",))
    function = replace(observed.function, code_sha256="b2xk", settings=older)
    plan = plan_deploy(DESIRED, replace(observed, function=function, versions=()), at=AT)
    code, settings = plan.steps[:2]

    assert isinstance(code, UpdateCode)
    assert isinstance(settings, UpdateFunction)
    assert (code.revision, settings.revision) == ("r1", LATEST)
    assert settings.before.differing(settings.after) == ("memory_mb", "forbidden")


def test_a_version_that_is_what_is_wanted_is_used_again() -> None:
    """Deploying an earlier configuration goes back to its version, whatever $LATEST is by now."""
    observed = deployed()
    (first,) = observed.versions
    second = replace(first, version="2", code_sha256="bmV3")
    config = apply_edits(observed.distribution.config, switch(observed.distribution.config, NAMES, "2"))
    newer = replace(observed, versions=(first, second), distribution=distribution(**config))
    plan = plan_deploy(DESIRED, newer, at=AT)

    assert (plan.version_before, plan.version) == ("2", "1")
    assert names(plan) == ["UpdateDistribution", "AwaitDistribution"]


def test_the_record_holds_what_was_there_and_who_came() -> None:
    """And is written on the condition that nobody else wrote it meanwhile."""
    (first,) = (each for each in plan_deploy(DESIRED, nothing(), at=AT).steps if isinstance(each, SaveRecord))

    assert (first.etag, first.record.targets_before) == (None, BEFORE)
    assert first.record.history == (Activation(version=NEW_VERSION, at=AT, by="deploy"),)

    again = replace(deployed(), versions=())
    (second,) = (each for each in plan_deploy(DESIRED, again, at=AT).steps if isinstance(each, SaveRecord))

    assert second.etag == '"1"'
    assert [each.version for each in second.record.history] == ["1", NEW_VERSION]


def test_the_role_may_read_the_control_document_only_if_there_is_one() -> None:
    """Least privilege follows the configuration."""
    config = router_config()
    with_control = replace(config, control=replace(config.control, bucket="b", key="k.json"))
    plan = plan_deploy(wanted(with_control), deployed(), at=AT)
    (step,) = (each for each in plan.steps if isinstance(each, PutRolePolicy))

    assert step.after["Statement"][-1]["Resource"] == ["arn:aws:s3:::b/k.json"]
    assert [each["Sid"] for each in DESIRED.policy["Statement"]] == ["Log"]


def test_iam_may_write_a_document_differently() -> None:
    """A list of one as a string, services in another order: no reason to write it again."""
    observed = deployed()
    assert observed.role is not None
    trust = json.loads(json.dumps(DESIRED.trust))
    trust["Statement"][0]["Principal"]["Service"].reverse()
    policy = json.loads(json.dumps(DESIRED.policy))
    policy["Statement"] = policy["Statement"][0]
    role = replace(observed.role, trust=trust, policy=policy)

    assert plan_deploy(DESIRED, replace(observed, role=role), at=AT).steps == ()


def test_log_groups_are_prepared_in_every_region_that_can_run_the_function() -> None:
    """Replicas would make them without retention."""
    (step,) = (each for each in plan_deploy(DESIRED, nothing(), at=AT).steps if isinstance(each, PrepareLogGroups))

    assert (len(step.create), step.create, step.days) == (14, step.retain, 30)


def test_a_later_plan_is_within_an_earlier_one_if_it_asks_for_nothing_new() -> None:
    """ETags and times may differ, and what was made meanwhile has a name by now."""
    confirmed = plan_deploy(DESIRED, nothing(), at=AT)
    known = {NEW_VERSION: "1"}
    moved = replace(everything(DESIRED), distribution=replace(distribution(), etag="E9"))

    assert plan_deploy(DESIRED, moved, at="later").is_within(confirmed, known)
    assert not plan_deploy(wanted(behaviors=("/img/*",)), moved, at="later").is_within(confirmed, known)


def test_stand_ins_are_replaced_wherever_they_are() -> None:
    """In ARNs, in records, in edits."""
    plan = plan_deploy(DESIRED, nothing(), at=AT)

    assert NEW_VERSION in repr(plan.steps)
    assert NEW_VERSION not in repr(resolve(plan.steps, {NEW_VERSION: "12"}))
