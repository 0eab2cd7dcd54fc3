"""What goes wrong ends in a clear state, and nothing of the user's is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from origin_router.aws.apply import Apply
from origin_router.aws.attachment import attached
from origin_router.aws.deployment import carry_out
from origin_router.aws.errors import AwsError, Kind
from origin_router.aws.observe_remains import observe_remains
from origin_router.aws.plan import Plan
from origin_router.aws.removal import Scope, plan_destroy
from origin_router.aws.session import Aws
from origin_router.aws.steps import DeleteFunction
from origin_router.aws.waiting import Patience
from tests.support import distributions
from tests.support.faults import on_call, refuse
from tests.support.ministack import Ministack
from tests.support.operator import Operator

REPLICATED = (
    "InvalidParameterValueException",
    "Lambda was unable to delete arn:aws:lambda:us-east-1:123456789012:function:origin-router-shop:1 because it is a"
    " replicated function. Please see our documentation for Deleting Lambda@Edge Functions and Replicas.",
)
"""As reported in github.com/serverless/serverless/issues/3944."""

ROLE_UNKNOWN = ("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.")

NOT_SEEN = (
    "InvalidLambdaFunctionAssociation",
    "The function execution role must be assumable with edgelambda.amazonaws.com as well as lambda.amazonaws.com"
    " principals.",
)

THROTTLED = ("ThrottlingException", "Rate exceeded")


@pytest.fixture
def distribution(plain: Aws) -> str:
    return distributions.create(plain)


@pytest.fixture
def session(ministack: Ministack) -> boto3.Session:
    """To be hooked into, before clients are made of it."""
    return ministack.session()


@pytest.fixture
def operator(ministack: Ministack, session: boto3.Session) -> Iterator[Operator]:
    """Works on the session with hooks."""
    with ministack.aws(session) as aws:
        yield Operator(aws)


@pytest.mark.parametrize(("call", "number"), [("GetDistribution", 2), ("UpdateDistribution", 1)])
def test_somebody_elses_change_in_between_is_kept(
    plain: Aws, session: boto3.Session, operator: Operator, distribution: str, call: str, number: int
) -> None:
    """Between plan and change, and between reading and writing: the plan is made again from what is there."""
    Operator(plain).deploy(distribution, behaviors=("/api/*",))
    on_call(
        session,
        f"before-call.cloudfront.{call}",
        number,
        lambda: distributions.change(plain, distribution, Comment="theirs"),
    )
    operator.deploy(distribution, behaviors=("/api/*", "/img/*"))
    after = distributions.read(plain, distribution)

    assert [error.kind for error in operator.changes] == [Kind.CHANGED]
    assert after["Comment"] == "theirs"
    assert {pattern for pattern, _ in attached(after, operator.names)} == {"/api/*", "/img/*"}


def test_two_deployments_at_once_do_not_lose_what_was_there_before(
    plain: Aws, session: boto3.Session, operator: Operator, distribution: str
) -> None:
    """The other one writes its record first: ours is refused, read again, and says the same."""
    before = distributions.read(plain, distribution)
    on_call(session, "before-call.s3.PutObject", 2, lambda: Operator(plain).deploy(distribution))
    operator.deploy(distribution)

    assert [error.kind for error in operator.changes] == [Kind.CHANGED]
    assert len(operator.observe(distribution).versions) == 1
    operator.destroy()
    assert distributions.read(plain, distribution) == before


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("lambda.CreateFunction", ROLE_UNKNOWN),
        ("cloudfront.UpdateDistribution", NOT_SEEN),
    ],
)
def test_what_aws_does_not_see_yet_is_tried_again(
    session: boto3.Session, operator: Operator, distribution: str, call: str, error: tuple[str, str]
) -> None:
    """A role that was just made is not known everywhere at once."""
    refused = refuse(session, call, error, times=3)
    operator.deploy(distribution)

    assert len(refused) == 3
    assert operator.deploy(distribution).steps == ()


@pytest.mark.parametrize("call", ["iam.CreateRole", "lambda.PublishVersion", "cloudfront.UpdateDistribution"])
def test_throttling_ends_in_a_state_to_go_on_from(
    session: boto3.Session, operator: Operator, distribution: str, call: str
) -> None:
    """After boto3's own attempts; the command says to run it again, and that is enough."""
    refuse(session, call, THROTTLED, times=1)
    with pytest.raises(AwsError, match="Run the same command again") as caught:
        operator.deploy(distribution)
    assert caught.value.kind is Kind.THROTTLED

    operator.deploy(distribution)
    assert operator.deploy(distribution).steps == ()


def test_a_function_that_cannot_be_deleted_yet_is_tried_for_hours(
    plain: Aws, session: boto3.Session, operator: Operator, distribution: str
) -> None:
    """The distribution is restored at once; the rest follows when CloudFront lets go."""
    before = distributions.read(plain, distribution)
    Operator(plain).deploy(distribution)
    refused = refuse(session, "lambda.DeleteFunction", REPLICATED, times=20)
    clock = Clock()
    with pytest.raises(AwsError, match="not done after 1 h 0 min") as caught:
        destroy(operator, clock, limit_s=3_600)

    assert caught.value.kind is Kind.BUSY
    assert distributions.read(plain, distribution) == before
    assert len(refused) < 20

    again = destroy(operator, clock, limit_s=6 * 3_600)
    assert isinstance(again.steps[0], DeleteFunction)
    assert len(refused) == 20
    assert operator.destroy().steps == ()


def test_a_distribution_in_progress_is_waited_for(
    session: boto3.Session, operator: Operator, distribution: str
) -> None:
    """As long as CloudFront says so."""
    asked: list[str] = []

    def still_busy(parsed: dict[str, Any], **_: Any) -> None:
        asked.append(parsed["Distribution"]["Status"])
        if len(asked) <= 6:
            parsed["Distribution"]["Status"] = "InProgress"

    session.events.register("after-call.cloudfront.GetDistribution", still_busy)
    operator.deploy(distribution)

    assert len(asked) == 7


def test_a_change_that_nobody_asked_for_is_reported(
    session: boto3.Session, operator: Operator, distribution: str
) -> None:
    """CloudFront holds something else than it was sent: the place is named, whatever stands there is not."""
    reads: list[int] = []

    def differ(parsed: dict[str, Any], **_: Any) -> None:
        reads.append(1)
        if len(reads) > 2:
            parsed["Distribution"]["DistributionConfig"]["PriceClass"] = "PriceClass_All"
            origin = parsed["Distribution"]["DistributionConfig"]["Origins"]["Items"][0]
            origin["CustomHeaders"] = {"Quantity": 0}

    session.events.register("after-call.cloudfront.GetDistribution", differ)
    with pytest.raises(AwsError) as caught:
        operator.deploy(distribution)

    assert "changed Origins > alb > CustomHeaders, PriceClass as well" in str(caught.value)
    assert distributions.SECRET not in str(caught.value)


class Clock:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds

    def read(self) -> float:
        return self.now_s


def destroy(operator: Operator, clock: Clock, *, limit_s: float) -> Plan:
    """Destroy, with hours that pass at once."""

    def plan() -> Plan:
        remains = observe_remains(operator.aws, operator.names, operator.config)
        return plan_destroy(remains, Scope())

    patience = Patience(sleep=clock.sleep, clock=clock.read)
    executor = Apply(operator.aws, operator.names, operator.config, patience=patience, delete_limit_s=limit_s)
    return carry_out(plan, lambda plan, is_again: None, executor)
