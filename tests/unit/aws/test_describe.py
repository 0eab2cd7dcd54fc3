"""Every step has a name and a line, and no plan tells a secret."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from origin_router.aws import steps as kinds
from origin_router.aws.describe import as_document, name_of, title
from origin_router.aws.describe_details import details
from origin_router.aws.document import Edit
from origin_router.aws.model import Observed
from origin_router.aws.plan import plan_deploy
from origin_router.aws.record import Record
from tests.support.distribution_parts import custom_origin, listed
from tests.support.distributions import SECRET
from tests.support.wanted import NAMES, distribution, everything, nothing, stored, wanted

DESIRED = wanted()

RECORD: Record = stored(DESIRED, {"default": "alb"}, "1").record

WEIGHT = {"Type": "SingleWeight", "SingleWeightConfig": {"Weight": 0.05}}
HEADER = {"Type": "SingleHeader", "SingleHeaderConfig": {"Header": "aws-cf-cd-a", "Value": "b"}}

SAMPLES: dict[type, Any] = {
    kinds.CreateBucket: kinds.CreateBucket("b"),
    kinds.ProtectBucket: kinds.ProtectBucket("b"),
    kinds.SaveRecord: kinds.SaveRecord(RECORD, None, "b"),
    kinds.SaveConfig: kinds.SaveConfig("b", "configs/x.json"),
    kinds.DeleteRecord: kinds.DeleteRecord("E1", "b"),
    kinds.DeleteBucket: kinds.DeleteBucket("b", ("configs/x.json",)),
    kinds.CreateRole: kinds.CreateRole("r", DESIRED.trust),
    kinds.UpdateTrust: kinds.UpdateTrust("r", {}, DESIRED.trust),
    kinds.PutRolePolicy: kinds.PutRolePolicy("r", None, DESIRED.policy),
    kinds.DeleteRole: kinds.DeleteRole("r"),
    kinds.PrepareLogGroups: kinds.PrepareLogGroups("g", ("us-east-1",), ("us-east-1", "eu-west-1"), 30),
    kinds.DeleteLogGroups: kinds.DeleteLogGroups((("us-east-1", "g"),)),
    kinds.CreateFunction: kinds.CreateFunction("f", DESIRED.function, "sha", 1000, "d"),
    kinds.UpdateCode: kinds.UpdateCode("f", "r", "a", "b", 1000, "x86_64"),
    kinds.UpdateFunction: kinds.UpdateFunction("f", "r", DESIRED.function, DESIRED.function),
    kinds.PublishVersion: kinds.PublishVersion("f", "sha", "d"),
    kinds.DeleteFunction: kinds.DeleteFunction("f"),
    kinds.UpdateDistribution: kinds.UpdateDistribution("E1", "etag", (Edit(("Enabled",), True, False),)),
    kinds.AwaitDistribution: kinds.AwaitDistribution("E1"),
    kinds.CopyDistribution: kinds.CopyDistribution("E1", "etag", "ref"),
    kinds.CreatePolicy: kinds.CreatePolicy("d", WEIGHT),
    kinds.UpdatePolicy: kinds.UpdatePolicy("p", "etag", "d", WEIGHT, HEADER),
    kinds.PromoteStaging: kinds.PromoteStaging("E1", "a", "E2", "b", "3"),
    kinds.DeletePolicy: kinds.DeletePolicy("p"),
    kinds.DeleteDistribution: kinds.DeleteDistribution("E2"),
    kinds.PutDashboard: kinds.PutDashboard("d", ("E1",), is_there=False),
    kinds.DeleteDashboard: kinds.DeleteDashboard("d"),
    kinds.CreateControl: kinds.CreateControl("s3://b/c.json"),
    kinds.DeleteControl: kinds.DeleteControl("s3://b/c.json"),
}


@pytest.mark.parametrize("kind", get_args(kinds.Step), ids=lambda kind: str(kind.__name__))
def test_every_step_can_be_shown(kind: type) -> None:
    """To people in a line, to programs as JSON."""
    step = SAMPLES[kind]
    document = json.loads(json.dumps(as_document(step)))

    assert title(step)
    assert "\n" not in title(step)
    assert document["step"] == name_of(step)


def test_names_are_for_programs() -> None:
    """In the form that keys of JSON have."""
    assert name_of(SAMPLES[kinds.PutRolePolicy]) == "put_role_policy"


@pytest.mark.parametrize(
    ("step", "lines"),
    [
        (SAMPLES[kinds.SaveRecord], ["behavior default had alb"]),
        (SAMPLES[kinds.PrepareLogGroups], ["create in us-east-1", "set 30 days in eu-west-1"]),
        (SAMPLES[kinds.UpdateCode], ["code_sha256: a -> b"]),
        (SAMPLES[kinds.UpdateFunction], []),
        (
            kinds.PutRolePolicy("r", {"Statement": [{"Action": "a", "Resource": "*"}]}, {"Statement": []}),
            ["- a on *"],
        ),
        (SAMPLES[kinds.UpdateDistribution], ["Enabled: True -> False"]),
        (
            kinds.UpdateDistribution("E1", "e", (Edit(("Origins", "x"), {"Port": 80, "More": 1}, {"Port": 81}),)),
            ["Origins > x > Port: 80 -> 81"],
        ),
        (kinds.UpdateDistribution("E1", "e", (Edit(("Origins", "x"), {"Port": 80}, None),)), ["- Origins > x"]),
    ],
)
def test_details_say_what_changes(step: kinds.Step, lines: list[str]) -> None:
    """And leave out what stays."""
    assert details(step) == lines


def secret(value: str) -> dict[str, Any]:
    """A custom header."""
    return listed({"HeaderName": "x-origin-verify", "HeaderValue": value})


def knowing(value: str) -> Observed:
    """A distribution that sends both origins of the pool a secret."""
    known = (custom_origin(each, f"{each}.example.com", CustomHeaders=secret(value)) for each in ("eu", "us"))
    return nothing(distribution=distribution(Origins=listed(*known, custom_origin("alb", "alb.example.com"))))


@pytest.mark.parametrize("observed", [nothing(), knowing(SECRET)], ids=["of others", "passed on"])
def test_a_whole_plan_tells_no_secret(observed: Observed) -> None:
    """Custom headers of the user's origins are in the distribution, but in no plan; their names may be."""
    desired = wanted(observed=observed)
    plan = plan_deploy(desired, observed, at="now")
    text = json.dumps([as_document(each) for each in plan.steps]) + repr(plan)

    assert "x-origin-router-attempt" in text
    assert SECRET not in text
    assert SECRET in json.dumps(observed.distribution.config)


def test_a_new_value_of_a_secret_is_told_without_it() -> None:
    """After a rotation the placeholders get the new one."""
    before, after = ({"CustomHeaders": secret(value)} for value in ("old", SECRET))
    step = kinds.UpdateDistribution("E1", "e", (Edit(("Origins", "x"), before, after),))

    assert details(step) == ["Origins > x > CustomHeaders: x-origin-verify (other values)"]
    assert SECRET not in repr(step)


def test_the_version_and_placeholders_can_be_read_from_a_plan() -> None:
    """What a reviewer looks for."""
    (update,) = (
        each
        for each in plan_deploy(DESIRED, everything(DESIRED), at="now").steps
        if isinstance(each, kinds.UpdateDistribution)
    )
    text = "\n".join(details(update))

    assert "origin-request = arn:aws:lambda:us-east-1:123456789012:function:origin-router-shop:" in text
    assert "(without the bodies of requests)" in text

    assert f"= {NAMES.function_arn}:1" in text
    assert "= eu.example.com (x-origin-router-attempt: 1, 1 x 1 s to connect)" in text
    assert "origin-router-shop-1 then origin-router-shop-2, on 500, 502, 503, 504" in text
