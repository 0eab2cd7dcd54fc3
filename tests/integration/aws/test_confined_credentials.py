"""The published policies are enough, and what is missing is named: with an account that enforces them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from origin_router.aws.errors import AwsError, Kind
from origin_router.aws.permissions import CALLS, DEPLOY, DESTROY, WATCH, policy
from tests.support import distributions
from tests.support.calls import Calls
from tests.support.ministack import ACCOUNT, Ministack, run_ministack
from tests.support.operator import Operator, router_config

BLIND = ("lambda:CreateFunction", "cloudwatch:GetDashboard", "cloudwatch:PutDashboard", "cloudwatch:DeleteDashboards")
"""Where the simulation does not see which function or dashboard is meant, and wants a permission on all; AWS does."""


@pytest.fixture(scope="module")
def strict() -> Iterator[Ministack]:
    """A server that enforces policies, by the key of its root."""
    root = {"AWS_ACCESS_KEY_ID": "rootrootrootroot", "AWS_SECRET_ACCESS_KEY": "root-secret"}
    with (
        tempfile.TemporaryDirectory(prefix="ministack-") as folder,
        run_ministack(Path(folder), AUTH="true", **root) as server,
    ):
        yield replace(server, key=root["AWS_ACCESS_KEY_ID"], secret=root["AWS_SECRET_ACCESS_KEY"])


def as_user(root: Ministack, document: dict[str, Any]) -> Ministack:
    """Return the way of a user who may do what a policy says."""
    allowed = {action for statement in document["Statement"] for action in statement["Action"]}
    widened = {"Effect": "Allow", "Action": [each for each in BLIND if each in allowed], "Resource": "*"}
    statements = [*document["Statement"], *([widened] if widened["Action"] else [])]
    with root.aws() as aws:
        name = f"user-{len(aws.iam.list_users()['Users'])}"
        aws.iam.create_user(UserName=name)
        aws.iam.put_user_policy(
            UserName=name, PolicyName="p", PolicyDocument=json.dumps({**document, "Statement": statements})
        )
        key = aws.iam.create_access_key(UserName=name)["AccessKey"]
    return replace(root, key=key["AccessKeyId"], secret=key["SecretAccessKey"])


def test_the_policy_for_everything_is_enough_for_everything(strict: Ministack) -> None:
    """Deploy, deploy again, roll back and destroy with it alone; and every call of it is on the list."""
    with strict.aws() as root:
        distribution = distributions.create(root)
    user, calls = as_user(strict, policy(DESTROY, ACCOUNT)), Calls()
    with user.aws(calls.watch(user.session())) as aws:
        Operator(aws).deploy(distribution, wants_dashboard=True)
        Operator(aws, router_config(band_ms=25)).deploy(distribution, has_feedback=True)
        Operator(aws).rollback(distribution)
        Operator(aws).destroy()

    assert set(calls.made) <= {(each.service, each.operation) for each in CALLS}


def test_the_policy_for_deploying_does_not_allow_to_destroy(strict: Ministack) -> None:
    """What is missing is named, and what was done stays done."""
    with strict.aws() as root:
        distribution = distributions.create(root, CallerReference="another")
    with as_user(strict, policy(DEPLOY, ACCOUNT)).aws() as aws:
        operator = Operator(aws, router_config("deployer"))
        operator.deploy(distribution)
        with pytest.raises(AwsError) as caught:
            operator.destroy()

    assert caught.value.kind is Kind.DENIED
    assert "lack s3:DeleteObject" in str(caught.value)


def test_the_policy_for_looking_allows_to_plan_but_not_to_deploy(strict: Ministack) -> None:
    """`plan` reads only."""
    with strict.aws() as root:
        distribution = distributions.create(root, CallerReference="a third")
    with as_user(strict, policy(WATCH, ACCOUNT)).aws() as aws:
        operator = Operator(aws, router_config("watcher"))
        planned = operator.plan(distribution)
        with pytest.raises(AwsError, match="lack s3:CreateBucket"):
            operator.deploy(distribution)

    assert planned.steps
