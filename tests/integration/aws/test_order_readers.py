"""An order that nothing reads is not passed off as given."""

from __future__ import annotations

import json
from typing import Any

import pytest

from origin_router.aws.naming import Names
from origin_router.aws.session import Aws
from tests.support import distributions
from tests.support.calls import Calls
from tests.support.faults import refuse
from tests.support.ministack import ACCOUNT, Ministack
from tests.support.shell import Shell

BUCKET = Names("shop", ACCOUNT).bucket

CONTROL = f'[control]\nbucket = "{BUCKET}"'

DENIED = ("AccessDenied", "User is not authorized to perform: cloudfront:ListDistributions")


@pytest.fixture
def shell(shell: Shell, plain: Aws) -> Shell:
    """A router that was deployed before anybody thought of orders."""
    shell.run("deploy", "--distribution", distributions.create(plain), "--yes")
    shell.add(CONTROL)
    return shell


def drained(aws: Aws, key: str = "control.json") -> list[Any]:
    """Return which origins the document drains."""
    document = json.loads(aws.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    return [each["origin"] for each in document.get("drain", [])]


def test_a_version_without_control_is_named(shell: Shell, plain: Aws) -> None:
    """Until the configuration is deployed; the order waits for that."""
    (listed,) = plain.cloudfront.list_distributions()["DistributionList"]["Items"]
    said = shell.run("drain", "eu", expect=1)

    assert f"Error: distribution {listed['Id']}: version 1, which takes its requests, does not take this" in said
    assert "built from a configuration without [control]" in said
    assert "Deploy this configuration there (origin-router deploy" in said
    assert drained(plain) == ["eu"]

    shell.run("deploy", "--yes")
    assert drained(plain) == ["eu"]
    assert "Error" not in shell.run("drain", "eu")


def test_a_version_that_looks_elsewhere_is_named_with_its_place(shell: Shell, plain: Aws) -> None:
    """Both places; programs get them, too."""
    shell.run("deploy", "--yes")
    shell.add('key = "other.json"')
    said = shell.run("pin", "us", expect=1)
    told = shell.json("weights", "eu=3", expect=1)

    assert f"looks for orders in s3://{BUCKET}/control.json, and this configuration writes them to" in said
    assert f"s3://{BUCKET}/other.json" in said
    assert [(each["version"], each["reads"]) for each in told["unread"]] == [("2", f"s3://{BUCKET}/control.json")]
    assert told["is_written"]


def test_rolling_back_to_before_control_is_noticed(shell: Shell) -> None:
    """What counts is what runs, not what was deployed last."""
    shell.run("deploy", "--yes")
    assert shell.json("drain", "eu")["unread"] == []
    shell.run("rollback", "--yes")
    assert [each["version"] for each in shell.json("undrain", "eu", expect=1)["unread"]] == ["1"]


def test_nobody_is_waited_for_where_nobody_reads(ministack: Ministack, shell: Shell) -> None:
    """That would take two minutes, or say that the first request takes it."""
    calls, session = Calls(), ministack.session()
    user = Shell(ministack, shell.folder, calls.watch(session))
    said = user.run("drain", "eu", "--wait", expect=1)
    user.close()

    assert "without [control]" in said
    assert "first request" not in said
    assert not [operation for service, operation in calls.made if service == "logs"]


def test_who_may_not_look_still_gives_orders(ministack: Ministack, shell: Shell, plain: Aws) -> None:
    """An incident is no time for permissions."""
    shell.run("deploy", "--yes")
    session = ministack.session()
    refuse(session, "cloudfront.ListDistributions", DENIED, times=2)
    user = Shell(ministack, shell.folder, session)
    said = user.run("drain", "eu")
    told = user.json("drain", "eu")
    user.close()

    assert (
        "Warning: nobody knows whether the running version reads this: listing the distributions: AccessDenied" in said
    )
    assert "lack cloudfront:ListDistributions" in said
    assert told["unread"] == []
    assert drained(plain) == ["eu"]


def test_before_the_first_deployment_there_is_nobody(ministack: Ministack, shell: Shell, plain: Aws) -> None:
    """A bucket of somebody else's may have the document all the same."""
    plain.s3.create_bucket(Bucket="theirs")
    shell.run("destroy", "--yes")
    shell.config.write_text(shell.config.read_text().replace(BUCKET, "theirs"))

    assert f"Warning: no distribution of account {ACCOUNT} uses origin-router-shop" in shell.run("drain", "eu")
