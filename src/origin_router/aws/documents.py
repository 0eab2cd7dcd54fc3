"""The two IAM documents of the execution role: who may assume it, and the little that it may do."""

from __future__ import annotations

from typing import Any

from origin_router.aws.model import RoleState
from origin_router.aws.naming import Names
from origin_router.routing.config import ControlConfig

POLICY_NAME = "origin-router"
"""The role's inline policy."""

DESCRIPTION = "Lets the origin router write its log and read its control document"
"""The role's description, by which it is known again whatever somebody does to its policies."""

TRUST: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["lambda.amazonaws.com", "edgelambda.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}
"""CloudFront refuses a function whose role only Lambda itself may assume."""


def is_same(one: Any, other: Any) -> bool:
    """Whether two documents mean the same: IAM may reorder lists and write a list of one as a string."""
    return bool(_normal(one) == _normal(other))


def is_our_role(role: RoleState) -> bool:
    """Whether we made a role of our name, or a stack did; it is enough that one mark of it is left."""
    return role.description == DESCRIPTION or role.policy is not None or is_same(role.trust, TRUST)


def _normal(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _normal(each) for key, each in value.items()}
    if isinstance(value, list):
        values = [_normal(each) for each in value]
        return values[0] if len(values) == 1 else sorted(values, key=repr)
    return value


def role_policy(names: Names, control: ControlConfig) -> dict[str, Any]:
    """Return what the function may do: write its log in every Region, and read the control document if there is one.

    Every Region, because a replica writes where it runs; a policy for one Region loses the
    other logs without a word. CreateLogGroup, because a Region may be added to CloudFront
    later than the log groups were prepared.
    """
    log_group = f"arn:aws:logs:*:{names.account}:log-group:{names.log_group}"
    statements: list[dict[str, Any]] = [
        {
            "Sid": "Log",
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": [log_group, f"{log_group}:*"],
        }
    ]
    if control.bucket:
        statements.append(
            {
                "Sid": "ControlDocument",
                "Effect": "Allow",
                "Action": ["s3:GetObject"],
                "Resource": [f"arn:aws:s3:::{control.bucket}/{control.key}"],
            }
        )
    return {"Version": "2012-10-17", "Statement": statements}
