"""Going back: to an earlier version, or to how everything was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from origin_router.aws.document import apply_edits
from origin_router.aws.documents import DESCRIPTION, TRUST
from origin_router.aws.model import BucketState, CanaryState, DistributionState, FunctionState, Observed, RoleState
from origin_router.aws.plan import Plan, plan_deploy
from origin_router.aws.removal import Remains, Scope, Use, plan_destroy, plan_rollback
from origin_router.aws.steps import DeleteBucket, DeleteControl, SaveRecord, UpdateDistribution
from tests.support.wanted import NAMES, distribution, everything, nothing, stored, wanted

AT = "2026-11-24T12:00:00+00:00"

DESIRED = wanted()

BEFORE = {"default": "alb-or-backup"}


def routed(version: str = "2") -> DistributionState:
    """The distribution with a version in place."""
    steps = plan_deploy(DESIRED, everything(DESIRED, version=version), at=AT).steps
    (update,) = (each for each in steps if isinstance(each, UpdateDistribution))
    return distribution(**apply_edits(distribution().config, update.edits))


def names(plan: Plan) -> list[str]:
    """Return the kinds of a plan's steps."""
    return [type(each).__name__ for each in plan.steps]


def versions(*numbers: str) -> tuple[FunctionState, ...]:
    """Published versions."""
    return tuple(
        FunctionState(version=each, code_sha256=DESIRED.code_sha256, settings=DESIRED.function) for each in numbers
    )


def running(*history: str, **more: Any) -> Observed:
    """Version 2 is in place; three exist."""
    return nothing(
        **{
            "distribution": routed(),
            "stored": stored(DESIRED, BEFORE, *history),
            "versions": versions("1", "2", "3"),
            **more,
        }
    )


@pytest.mark.parametrize(
    ("history", "wanted_version", "version"), [(("1", "2"), None, "1"), (("3", "2"), None, "3"), (("1", "2"), "3", "3")]
)
def test_rolling_back_changes_the_version_and_writes_it_down(
    history: tuple[str, ...], wanted_version: str | None, version: str
) -> None:
    """To the one that ran before, or to a named one."""
    plan = plan_rollback(running(*history), wanted_version, at=AT)
    record = plan.steps[0]

    assert (plan.version_before, plan.version) == ("2", version)
    assert names(plan) == ["SaveRecord", "UpdateDistribution", "AwaitDistribution"]
    assert isinstance(record, SaveRecord)
    assert [each.version for each in record.record.history] == [*history, version]


def test_rolling_back_to_what_runs_does_nothing() -> None:
    """A second run after an interruption."""
    assert plan_rollback(running("1", "2"), "2", at=AT).steps == ()


@pytest.mark.parametrize(
    ("observed", "wanted_version", "words"),
    [
        (nothing(), None, "not attached"),
        (running("2"), None, "no version ran there before version 2"),
        (running("1", "2"), "9", "Versions that exist: 1, 2, 3"),
        (running("0", "2"), None, "there is no version 0"),
        (running("1", "2", canary=CanaryState(staging=distribution(Staging=True))), None, "canary is under way"),
    ],
)
def test_rolling_back_where_there_is_nothing_to_go_back_to(
    observed: Observed, wanted_version: str | None, words: str
) -> None:
    """It says what there is instead."""
    plan = plan_rollback(observed, wanted_version, at=AT)

    assert (plan.is_blocked, plan.steps) == (True, ())
    assert words in str(plan.findings[0])


def remains(**more: Any) -> Remains:
    """All of a router, attached to one distribution."""
    return Remains(
        **{
            "names": NAMES,
            "uses": (Use(distribution=routed(), stored=stored(DESIRED, BEFORE, "2")),),
            "function": everything(DESIRED).function,
            "role": everything(DESIRED).role,
            "dashboard": "origin-router-shop",
            "log_groups": (("us-east-1", NAMES.log_group),),
            "bucket": BucketState(is_there=True, is_private=True),
            "bucket_keys": ("deployments/E2EXAMPLE.json", "configs/a.json"),
            "our_keys": frozenset({"deployments/E2EXAMPLE.json", "configs/a.json", "control.json"}),
            **more,
        }
    )


ALL = Scope()


def test_destroying_detaches_first_and_removes_then() -> None:
    """The record goes once the distribution is restored; the bucket last."""
    plan = plan_destroy(remains(), ALL)

    assert names(plan) == [
        "UpdateDistribution",
        "AwaitDistribution",
        "DeleteRecord",
        "DeleteFunction",
        "DeleteRole",
        "DeleteLogGroups",
        "DeleteDashboard",
        "DeleteBucket",
    ]
    assert plan.steps[-1] == DeleteBucket(NAMES.bucket, ("configs/a.json",))
    assert not plan.is_blocked


@pytest.mark.parametrize(
    ("missing", "steps"),
    [
        ({"uses": ()}, ["DeleteFunction", "DeleteRole", "DeleteLogGroups", "DeleteDashboard", "DeleteBucket"]),
        ({"uses": (), "function": None, "role": None}, ["DeleteLogGroups", "DeleteDashboard", "DeleteBucket"]),
        ({"uses": (), "function": None, "role": None, "log_groups": (), "dashboard": None}, ["DeleteBucket"]),
    ],
)
def test_destroying_goes_on_where_it_stopped(missing: dict[str, Any], steps: list[str]) -> None:
    """Hours later, when CloudFront lets go of the function."""
    assert names(plan_destroy(remains(**missing), ALL)) == steps


def test_a_function_that_somebody_else_made_is_left_alone_wherever_it_stands() -> None:
    """It only has our name: what is attached under it is theirs, too."""
    function = everything(DESIRED).function
    assert function is not None
    theirs = replace(function, settings=replace(function.settings, handler="index.handler"))
    plan = plan_destroy(remains(function=theirs), ALL)

    assert (plan.is_blocked, plan.steps) == (True, ())
    assert "was not made by origin-router" in plan.findings[0].what


def test_a_role_that_somebody_else_made_is_kept() -> None:
    """It was there before us, under our name; one mark that it is ours is enough."""
    theirs = RoleState(arn=NAMES.role_arn, trust={}, policy=None, other_policies=("Admin",))
    plan = plan_destroy(remains(uses=(), role=theirs), ALL)

    assert "DeleteRole" not in names(plan)
    assert [each.where for each in plan.findings] == [f"role {NAMES.role}"]
    for ours in (replace(theirs, description=DESCRIPTION), replace(theirs, policy={}), replace(theirs, trust=TRUST)):
        assert "DeleteRole" in names(plan_destroy(remains(uses=(), role=ours), ALL))
    elsewhere = replace(theirs, arn="arn:aws:iam::1:role/x/y", trust=TRUST)
    assert "DeleteRole" not in names(plan_destroy(remains(uses=(), role=elsewhere), ALL))


def test_what_is_not_ours_keeps_its_bucket() -> None:
    """And is pointed out."""
    plan = plan_destroy(remains(bucket_keys=("deployments/E2EXAMPLE.json", "holiday.jpg")), ALL)

    assert "DeleteBucket" not in names(plan)
    assert "holiday.jpg" in plan.findings[-1].what

    plan = plan_destroy(remains(bucket_keys=("configs/a.json", "holiday.jpg")), ALL)
    assert plan.steps[-1] == DeleteBucket(NAMES.bucket, ("configs/a.json",), is_kept=True)


def test_a_control_document_elsewhere_goes_if_we_wrote_it() -> None:
    """Its bucket is somebody else's; a document that a program of theirs wrote is, too."""
    assert (
        DeleteControl("s3://theirs/c.json")
        in plan_destroy(remains(control="s3://theirs/c.json", is_control_ours=True), ALL).steps
    )

    kept = plan_destroy(remains(control="s3://theirs/c.json"), ALL)
    assert "DeleteControl" not in names(kept)
    assert "s3://theirs/c.json" in kept.findings[-1].where


def test_logs_are_kept_on_demand() -> None:
    """Somebody may have to explain an incident."""
    assert "DeleteLogGroups" not in names(plan_destroy(remains(), Scope(keeps_logs=True)))


def other_use() -> Use:
    """Another distribution of the same router."""
    return Use(distribution=replace(routed(), id="E3OTHER"))


def test_one_distribution_of_several_is_detached_alone() -> None:
    """The function stays for the other."""
    plan = plan_destroy(remains(uses=(*remains().uses, other_use())), Scope(distribution="E2EXAMPLE"))

    assert names(plan) == ["UpdateDistribution", "AwaitDistribution", "DeleteRecord"]


def test_a_distribution_that_does_not_use_it_is_refused() -> None:
    """Rather than removing everything else."""
    plan = plan_destroy(remains(), Scope(distribution="E9"))

    assert (plan.is_blocked, plan.steps) == (True, ())


def test_a_record_of_a_distribution_that_is_gone_goes_too() -> None:
    """Somebody deleted the distribution."""
    plan = plan_destroy(remains(uses=(), lost_records=("E2EXAMPLE",)), ALL)

    assert names(plan)[0] == "DeleteRecord"


def test_without_a_record_nothing_is_guessed() -> None:
    """Nobody knows what the behavior had before."""
    plan = plan_destroy(remains(uses=(Use(distribution=routed()),)), ALL)

    assert plan.is_blocked
    assert "nothing is written down" in plan.findings[0].what


def test_a_canary_ends_before_its_primary_is_detached() -> None:
    """Its staging distribution holds the function, too."""
    staging = replace(distribution(Staging=True), id="E5STAGING")
    use = Use(
        distribution=routed(),
        stored=stored(DESIRED, BEFORE, "2", canaries=1),
        canary=CanaryState(staging=staging),
    )

    assert names(plan_destroy(remains(uses=(use,)), ALL))[:5] == [
        "UpdateDistribution",
        "AwaitDistribution",
        "DeleteDistribution",
        "UpdateDistribution",
        "AwaitDistribution",
    ]
