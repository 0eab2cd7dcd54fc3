"""What somebody did to our own things is put right; what is theirs is left alone."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from origin_router.aws.deployment import BlockedError
from origin_router.aws.documents import POLICY_NAME
from origin_router.aws.errors import AwsError
from origin_router.aws.session import Aws
from tests.support import distributions
from tests.support.distribution_parts import association, listed
from tests.support.faults import answer, refuse
from tests.support.ministack import Ministack
from tests.support.operator import Operator, router_config

FUNCTION = ROLE = "origin-router-shop"


@pytest.fixture
def aws(ministack: Ministack) -> Iterator[Aws]:
    with ministack.aws() as aws:
        yield aws


@pytest.fixture
def distribution(aws: Aws) -> str:
    return distributions.create(aws)


def small_zip() -> bytes:
    """The code of somebody's function."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): ...")
    return written.getvalue()


def kinds(plan: Any) -> set[str]:
    """Return the kinds of a plan's steps."""
    return {type(each).__name__ for each in plan.steps}


def test_a_deployment_puts_our_own_things_right(aws: Aws, distribution: str) -> None:
    """Settings that CloudFront refuses, a policy, an open bucket, logs that are kept for ever, limits to connect."""
    operator = Operator(aws)
    operator.deploy(distribution)
    good = operator.everything(distribution)
    aws.lambda_.update_function_configuration(
        FunctionName=FUNCTION, MemorySize=128, Environment={"Variables": {"SECRET": "do-not-tell"}}
    )
    aws.iam.delete_role_policy(RoleName=ROLE, PolicyName=POLICY_NAME)
    aws.iam.update_assume_role_policy(
        RoleName=ROLE,
        PolicyDocument='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service":'
        ' "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}',
    )
    aws.s3.delete_public_access_block(Bucket=operator.names.bucket)
    aws.logs("ap-south-1").delete_retention_policy(logGroupName=operator.names.log_group)
    origins = distributions.read(aws, distribution)["Origins"]
    origins["Items"][-1]["ConnectionAttempts"] = 3
    distributions.change(aws, distribution, Origins=origins)
    newer = Operator(aws, router_config(band_ms=25))
    plan = newer.deploy(distribution)

    assert kinds(plan) >= {"ProtectBucket", "UpdateTrust", "PutRolePolicy", "PrepareLogGroups", "UpdateFunction"}
    assert "do-not-tell" not in repr(plan)
    assert newer.deploy(distribution).steps == ()
    Operator(aws).deploy(distribution)
    mended = operator.everything(distribution)
    for part in ("distribution", "role", "settings", "log_groups"):
        assert mended[part] == good[part]


def test_runtime_updates_are_made_automatic_again(ministack: Ministack, aws: Aws, distribution: str) -> None:
    """CloudFront takes no other mode; a new version follows, because a version keeps its own."""
    Operator(aws).deploy(distribution)
    session = ministack.session()
    answer(session, "lambda.GetRuntimeManagementConfig", {"UpdateRuntimeOn": "Manual"})
    asked = answer(session, "lambda.PutRuntimeManagementConfig", {"UpdateRuntimeOn": "Auto"})
    with ministack.aws(session) as watched:
        plan = Operator(watched, router_config(band_ms=25)).deploy(distribution)

    assert any("RuntimeManagementConfig" in each.what for each in plan.findings)
    assert asked == [{"FunctionName": FUNCTION, "UpdateRuntimeOn": "Auto"}]


@pytest.mark.parametrize(("tier", "is_blocked"), [("PRO", True), ("PREMIUM", False)])
def test_a_flat_rate_plan_is_looked_for(
    ministack: Ministack, aws: Aws, distribution: str, tier: str, is_blocked: bool
) -> None:
    """An account that has no such service is on none."""
    arn = aws.cloudfront.get_distribution(Id=distribution)["Distribution"]["ARN"]
    session = ministack.session()
    mine = {"subscriptionSummaries": [{"resourceArns": [arn], "planTier": tier}]}
    asked = answer(session, "pricing-plan-manager.ListSubscriptions", mine)
    with ministack.aws(session) as watched:
        plan = Operator(watched).plan(distribution)

    assert asked == [{}]
    assert plan.is_blocked is is_blocked
    assert any(f"flat-rate plan {tier}" in each.what for each in plan.findings)
    assert not any("flat-rate" in each.what for each in Operator(aws).plan(distribution).findings)


def test_a_bucket_with_somebody_elses_objects_stays(aws: Aws, distribution: str) -> None:
    """And the rest goes."""
    operator = Operator(aws)
    operator.deploy(distribution)
    aws.s3.put_object(Bucket=operator.names.bucket, Key="holiday.jpg", Body=b"sun")
    plan = operator.destroy()

    assert any(each.what_to_do.startswith("It is kept") for each in plan.findings)
    assert [each["Key"] for each in aws.s3.list_objects_v2(Bucket=operator.names.bucket)["Contents"]] == ["holiday.jpg"]
    assert operator.destroy().steps == ()


def test_what_somebody_else_made_under_our_name_is_neither_used_nor_removed(aws: Aws, distribution: str) -> None:
    """A function in front of a distribution, its role, and a name that happens to be the same."""
    operator = Operator(aws)
    aws.iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))
    with pytest.raises(BlockedError, match=r"role .* was not made by origin-router"):
        operator.deploy(distribution)
    assert operator.destroy().steps == ()

    aws.lambda_.create_function(
        FunctionName=FUNCTION,
        Runtime="python3.13",
        Role=operator.names.role_arn,
        Handler="index.handler",
        Code={"ZipFile": small_zip()},
    )
    behavior = distributions.read(aws, distribution)["DefaultCacheBehavior"]
    theirs = listed(association(operator.names.version_arn("1"), "origin-request"))
    distributions.change(aws, distribution, DefaultCacheBehavior={**behavior, "LambdaFunctionAssociations": theirs})
    before = operator.everything(distribution)
    with pytest.raises(BlockedError, match=r"function .* was not made by origin-router"):
        operator.deploy(distribution)
    with pytest.raises(BlockedError, match=r"function .* was not made by origin-router"):
        operator.destroy()

    assert operator.everything(distribution) == before


def test_a_policy_that_somebody_added_goes_with_the_role(aws: Aws, distribution: str) -> None:
    """A role must be bare before it can go."""
    operator = Operator(aws)
    operator.deploy(distribution)
    aws.iam.attach_role_policy(RoleName=ROLE, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert any("ReadOnlyAccess" in each.what for each in operator.plan(distribution).findings)
    operator.destroy()

    assert [each["RoleName"] for each in aws.iam.list_roles()["Roles"]] == []


def test_a_distribution_that_was_deleted_is_forgotten(aws: Aws, distribution: str) -> None:
    """Its record would otherwise stay for ever."""
    operator = Operator(aws)
    operator.deploy(distribution)
    distributions.change(aws, distribution, Enabled=False)
    aws.cloudfront.delete_distribution(
        Id=distribution, IfMatch=aws.cloudfront.get_distribution(Id=distribution)["ETag"]
    )
    plan = operator.destroy()

    assert "DeleteRecord" in kinds(plan)
    assert operator.destroy().steps == ()


def test_two_distributions_share_a_function(aws: Aws, distribution: str) -> None:
    """The first is detached alone, the last takes everything with it."""
    other = distributions.create(aws, CallerReference="another")
    before = [distributions.read(aws, each) for each in (distribution, other)]
    operator = Operator(aws)
    operator.deploy(distribution)
    assert kinds(operator.deploy(other)) == {"SaveRecord", "UpdateDistribution", "AwaitDistribution"}

    operator.destroy(distribution)
    assert kinds(operator.plan(other)) == set()
    operator.destroy()

    assert [distributions.read(aws, each) for each in (distribution, other)] == before


@pytest.mark.parametrize("code", ["UnrecognizedClientException", "AccessDeniedException"])
def test_a_region_that_is_off_or_forbidden_is_left_out(ministack: Ministack, distribution: str, code: str) -> None:
    """Its logs are somebody's decision; the deployment goes on, and says so."""
    session = ministack.session()
    refuse(session, "logs.DescribeLogGroups", (code, "off"), times=100, region="me-central-1")
    with ministack.aws(session) as aws:
        plan = Operator(aws).deploy(distribution)
        elsewhere = aws.logs("eu-west-1").describe_log_groups()["logGroups"]

    assert [each.where for each in plan.findings if "logs" in each.where] == ["logs in me-central-1"]
    assert [each["logGroupName"] for each in elsewhere] == ["/origin-router/shop"]


def test_a_function_that_lambda_cannot_make_ready_is_reported(ministack: Ministack, distribution: str) -> None:
    """With Lambda's own reason; another run goes on."""
    session: boto3.Session = ministack.session()
    failing = [True]

    def fail(parsed: dict[str, Any], **_: Any) -> None:
        if failing:
            parsed.update(State="Failed", StateReason="no room")

    session.events.register("after-call.lambda.GetFunctionConfiguration", fail)
    with ministack.aws(session) as aws:
        with pytest.raises(AwsError, match="could not make it ready: no room"):
            Operator(aws).deploy(distribution)
        failing.clear()
        Operator(aws).deploy(distribution)
