"""Users of the simulated AWS who may do exactly what the page of permissions says that their command needs."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from origin_router.aws.permissions import policy
from tests.support.ministack import ACCOUNT, Ministack, run_ministack

BLIND = (
    "lambda:CreateFunction",
    "cloudwatch:GetDashboard",
    "cloudwatch:PutDashboard",
    "cloudwatch:DeleteDashboards",
)
"""Where the simulation does not see which function or dashboard is meant, and wants a permission on all; AWS does."""


@contextmanager
def enforcing() -> Iterator[Ministack]:
    """Run a server that enforces policies; give it by the key of its root."""
    root = {"AWS_ACCESS_KEY_ID": "rootrootrootroot", "AWS_SECRET_ACCESS_KEY": "root-secret"}
    with (
        tempfile.TemporaryDirectory(prefix="ministack-") as folder,
        run_ministack(Path(folder), AUTH="true", **root) as server,
    ):
        yield replace(server, key=root["AWS_ACCESS_KEY_ID"], secret=root["AWS_SECRET_ACCESS_KEY"])


def user_for(root: Ministack, *commands: str) -> Ministack:
    """Make a user with the policy of some commands; return their way to the server."""
    document = policy(commands, ACCOUNT)
    statements = document["Statement"]
    assert isinstance(statements, list)
    allowed = {action for statement in statements for action in statement["Action"]}
    widened = {"Effect": "Allow", "Action": [each for each in BLIND if each in allowed], "Resource": "*"}
    with root.aws() as aws:
        name = f"user-{len(aws.iam.list_users()['Users'])}"
        aws.iam.create_user(UserName=name)
        aws.iam.put_user_policy(
            UserName=name,
            PolicyName="p",
            PolicyDocument=json.dumps(
                {**document, "Statement": [*statements, *([widened] if widened["Action"] else [])]}
            ),
        )
        key = aws.iam.create_access_key(UserName=name)["AccessKey"]
    return replace(root, key=key["AccessKeyId"], secret=key["SecretAccessKey"])
