"""What goes wrong in front of a user: one line with where, what and what to do, exit code 3, and a way on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from origin_router.aws.session import Aws
from tests.support import distributions
from tests.support.faults import refuse
from tests.support.ministack import ACCOUNT, Ministack
from tests.support.shell import Shell

ALWAYS = 1_000

EXPIRED = ("ExpiredToken", "The security token included in the request is expired")
THROTTLED = ("ThrottlingException", "Rate exceeded")
REPLICATED = (
    "InvalidParameterValueException",
    "Lambda was unable to delete arn:aws:lambda:us-east-1:123456789012:function:origin-router-shop:1 because it is a"
    " replicated function. Please see our documentation for Deleting Lambda@Edge Functions and Replicas.",
)


@pytest.fixture
def shell(shell: Shell, plain: Aws) -> Shell:
    """A router that is deployed in two versions, and orders that it takes."""
    shell.add(f'[control]\nbucket = "origin-router-shop-{ACCOUNT}"')
    shell.run("deploy", "--distribution", distributions.create(plain), "--yes")
    shell.set("band_ms", 25)
    shell.run("deploy", "--yes")
    return shell


COMMANDS = ["plan", "deploy --feedback --yes", "rollback --yes", "promote --yes", "destroy --yes", "status", "drain eu"]


@pytest.mark.parametrize("command", COMMANDS)
def test_expired_credentials(ministack: Ministack, tmp_path: Path, command: str) -> None:
    """Whatever the command; a program gets the same as an object."""
    session = ministack.session()
    refuse(session, "sts", EXPIRED, times=ALWAYS)
    user = Shell(ministack, tmp_path, session)
    user.init()
    said = user.type(*command.split())
    told = json.loads(user.type(*command.split(), "--json").stdout)
    user.close()

    assert said.exit_code == 3
    assert said.output == (
        "Error: finding out whose credentials these are: ExpiredToken: The security token included in the request is"
        " expired. Renew the credentials (aws sso login, or a new session token)\n"
    )
    assert told == {"errors": [{"path": "", "message": said.output.removeprefix("Error: ").rstrip()}]}


@pytest.mark.parametrize(
    ("call", "command"),
    [
        ("cloudfront.UpdateDistribution", "deploy --feedback --yes"),
        ("lambda.UpdateFunctionCode", "deploy --feedback --yes"),
        ("s3.PutObject", "rollback --yes"),
        ("cloudfront.UpdateDistribution", "destroy --yes"),
        ("iam.DeleteRole", "destroy --yes"),
        ("s3.PutObject", "drain eu"),
        ("s3.GetObject", "drain eu"),
    ],
)
def test_throttling(ministack: Ministack, shell: Shell, call: str, command: str) -> None:
    """After boto3's own attempts; the same command goes on, and then there is nothing left to do."""
    session = ministack.session()
    refuse(session, call, THROTTLED, times=1)
    user = Shell(ministack, shell.folder, session)
    said = user.run(*command.split(), expect=3).splitlines()[-1]
    user.run(*command.split())
    user.close()

    assert said.startswith("Error: ")
    assert said.endswith("ThrottlingException: Rate exceeded. Run the same command again: it goes on where it stopped")
    if "rollback" not in command:
        assert "othing to " in shell.run(*command.split()) or command == "drain eu"


def test_a_function_that_cannot_be_deleted_yet(ministack: Ministack, shell: Shell, plain: Aws) -> None:
    """The distribution is as it was; the command gives up when it was told to, and goes on when it is run again."""
    session = ministack.session()
    refused = refuse(session, "lambda.DeleteFunction", REPLICATED, times=ALWAYS)
    user = Shell(ministack, shell.folder, session)
    said = user.run("destroy", "--wait", "1s", "--yes", expect=3)
    user.close()

    assert len(refused) > 1
    assert "deleting function origin-router-shop: CloudFront removes its replicas within hours: not done after" in said
    assert "Run the same command again: it goes on where it stopped" in said
    (listed,) = plain.cloudfront.list_distributions()["DistributionList"]["Items"]
    assert distributions.read(plain, listed["Id"]) == distributions.config()

    again = shell.json("destroy", "--yes")
    assert again["steps"][0]["step"] == "delete_function"


def test_credentials_of_another_account(ministack: Ministack, shell: Shell, plain: Aws) -> None:
    """They find neither the distribution nor our bucket, and change nothing."""
    (listed,) = plain.cloudfront.list_distributions()["DistributionList"]["Items"]
    before = distributions.read(plain, listed["Id"])
    stranger = Shell(Ministack(ministack.url, ministack.home, key="999999999999"), shell.folder)

    assert "account 999999999999 has no such distribution. Check the id" in stranger.run(
        "deploy", "--distribution", listed["Id"], "--yes", expect=3
    )
    assert "shop was not deployed yet" in stranger.run("rollback", "--yes", expect=2)
    assert "or the bucket is another account's" in stranger.run("destroy", "--yes", expect=3)
    assert "there is no function origin-router-shop in account 999999999999" in stranger.run("status", expect=1)
    assert distributions.read(plain, listed["Id"]) == before


def test_a_control_document_in_a_bucket_of_its_own(ministack: Ministack, shell: Shell, plain: Aws) -> None:
    """Made by the deployment, removed with the router; the bucket, and somebody's own document in it, stay."""
    plain.s3.create_bucket(Bucket="theirs")
    text = shell.config.read_text()
    shell.config.write_text(text.replace(f"origin-router-shop-{ACCOUNT}", "theirs"))
    assert "create_control" in [each["step"] for each in shell.json("deploy", "--yes")["steps"]]
    shell.run("drain", "eu")
    assert "delete_control" in [each["step"] for each in shell.json("destroy", "--yes")["steps"]]
    assert plain.s3.list_objects_v2(Bucket="theirs")["KeyCount"] == 0

    plain.s3.put_object(Bucket="theirs", Key="control.json", Body=b'{"version": 3}')
    (listed,) = plain.cloudfront.list_distributions()["DistributionList"]["Items"]
    assert "create_control" not in [
        each["step"] for each in shell.json("deploy", "--distribution", listed["Id"], "--yes")["steps"]
    ]
    kept = shell.json("destroy", "--yes")["findings"]
    assert "control document s3://theirs/control.json" in [each["where"] for each in kept]
    assert plain.s3.get_object(Bucket="theirs", Key="control.json")["Body"].read() == b'{"version": 3}'
