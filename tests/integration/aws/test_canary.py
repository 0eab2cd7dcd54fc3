"""A canary from its first request to its promotion or its end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from origin_router.aws.attachment import attached
from origin_router.aws.canary import Traffic
from origin_router.aws.deployment import BlockedError
from origin_router.aws.session import Aws
from tests.support import distributions
from tests.support.continuous_deployment import ContinuousDeployment
from tests.support.ministack import Ministack
from tests.support.operator import Operator, router_config

FIVE = Traffic(weight_pct=5)


@pytest.fixture
def cloudfront(plain: Aws) -> ContinuousDeployment:
    return ContinuousDeployment(plain)


@pytest.fixture
def aws(ministack: Ministack, cloudfront: ContinuousDeployment) -> Iterator[Aws]:
    """The operator's way."""
    with ministack.aws(cloudfront.hook(ministack.session())) as aws:
        yield aws


@pytest.fixture
def distribution(plain: Aws) -> str:
    return distributions.create(plain)


def versions(aws: Aws, distribution: str) -> set[str]:
    """The versions that a distribution uses."""
    return set(attached(distributions.read(aws, distribution), Operator(aws).names).values())


def test_a_canary_leaves_the_primary_alone_until_it_is_promoted(
    aws: Aws, plain: Aws, cloudfront: ContinuousDeployment, distribution: str
) -> None:
    """The staging distribution gets the new version; promotion gives it to everybody and removes the canary."""
    Operator(aws).deploy(distribution)
    newer = Operator(aws, router_config(band_ms=25))
    newer.deploy(distribution, traffic=FIVE)
    (staging,) = cloudfront.staging

    assert versions(plain, distribution) == {"1"}
    assert versions(plain, staging) == {"2"}
    assert cloudfront.policies["policy-1"]["config"]["TrafficConfig"]["SingleWeightConfig"] == {"Weight": 0.05}
    assert newer.deploy(distribution, traffic=FIVE).steps == ()

    newer.promote(distribution)

    assert versions(plain, distribution) == {"2"}
    assert distributions.read(plain, distribution)["ContinuousDeploymentPolicyId"] == ""
    assert cloudfront.policies == {}
    assert newer.promote(distribution).steps == ()
    assert newer.deploy(distribution).steps == ()
    assert newer.rollback(distribution).version == "1"


def test_an_aborted_canary_leaves_no_trace(
    aws: Aws, plain: Aws, cloudfront: ContinuousDeployment, distribution: str
) -> None:
    """Even where the router was never deployed before; and a second canary is a new one."""
    before = distributions.read(plain, distribution)
    operator = Operator(aws)
    operator.deploy(distribution, traffic=Traffic(header=("aws-cf-cd-router", "try")))
    operator.abort(distribution)

    assert distributions.read(plain, distribution) == {**before, "ContinuousDeploymentPolicyId": ""}
    assert cloudfront.policies == {}

    operator.deploy(distribution, traffic=FIVE)
    operator.destroy()

    assert distributions.read(plain, distribution) == {**before, "ContinuousDeploymentPolicyId": ""}


def test_another_share_changes_the_policy_alone(aws: Aws, cloudfront: ContinuousDeployment, distribution: str) -> None:
    """From 5 % to 15 % nothing is made anew."""
    operator = Operator(aws)
    operator.deploy(distribution, traffic=FIVE)
    plan = operator.deploy(distribution, traffic=Traffic(weight_pct=15))

    assert [type(each).__name__ for each in plan.steps] == ["UpdatePolicy"]
    assert cloudfront.policies["policy-1"]["config"]["TrafficConfig"]["SingleWeightConfig"] == {"Weight": 0.15}


def test_while_a_canary_runs_nothing_else_is_deployed(aws: Aws, distribution: str) -> None:
    """A change of the primary would be undone by the promotion."""
    operator = Operator(aws)
    operator.deploy(distribution, traffic=FIVE)

    with pytest.raises(BlockedError, match="a canary is under way"):
        operator.deploy(distribution)


def test_a_promotion_that_would_undo_a_change_is_refused(aws: Aws, plain: Aws, distribution: str) -> None:
    """Somebody changed the primary after it was copied."""
    operator = Operator(aws)
    operator.deploy(distribution, traffic=FIVE)
    distributions.change(plain, distribution, PriceClass="PriceClass_All")

    with pytest.raises(BlockedError, match="PriceClass"):
        operator.promote(distribution)
