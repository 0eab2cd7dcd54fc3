"""The whole story of a router, through the commands a user types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from origin_router.aws.session import Aws
from tests.support import distribution_parts, distributions
from tests.support.aws_commands import run_on
from tests.support.ministack import Ministack
from tests.support.origins import Origin
from tests.support.shell import Shell


@pytest.fixture
def shell(ministack: Ministack, tmp_path: Path) -> Shell:
    return Shell(ministack, tmp_path)


def test_from_init_to_destroy_the_distribution_ends_as_it_began(ministack: Ministack, shell: Shell) -> None:
    """Everything that the how-to tells, with somebody else changing the distribution in between."""
    with ministack.aws() as aws:
        distribution = distributions.create(aws)
        before = distributions.read(aws, distribution)

        # 1. A configuration and a look at what would be done
        shell.init()
        planned = shell.json("plan", "--distribution", distribution)
        assert "create_function" in [each["step"] for each in planned["steps"]]
        assert planned["usd_per_million"]["origin_request"] < planned["usd_per_million"]["with_origin_response"]
        assert before == distributions.read(aws, distribution)
        assert leftovers(aws) == []

        # 2. Deploy; the second time there is nothing to do
        deployed = shell.json("deploy", "--distribution", distribution, "--dashboard", "--yes")
        assert (deployed["version"], deployed["changed"]) == ("1", True)
        again = shell.json("deploy", "--dashboard", "--yes")
        assert (again["steps"], again["changed"]) == ([], False)

        # 3. Somebody else changes things that are theirs
        distributions.change(aws, distribution, Comment="the new shop", PriceClass="PriceClass_200")

        # 4. Another configuration, and back
        shell.set("band_ms", 25)
        assert shell.json("deploy", "--yes")["version"] == "2"
        back = shell.json("rollback", "--yes")
        assert back["version"] == "1"
        assert back["differences"] == [{"path": "pools.web.band_ms", "before": "25", "after": "10"}]

        # 5. There is no canary to end
        assert shell.json("promote", "--yes")["steps"] == []
        assert "Nothing to do" in shell.run("abort", "--yes")

        # 6. Destroy: what was ours is gone, what was theirs has stayed
        assert shell.run("destroy", "--yes").endswith("shop is removed.\n")
        after = distributions.read(aws, distribution)
        assert after == {**before, "Comment": "the new shop", "PriceClass": "PriceClass_200"}
        assert leftovers(aws) == []
        assert shell.json("destroy", "--yes")["steps"] == []


def test_the_deployed_function_sends_a_request_to_a_measured_origin(ministack: Ministack, shell: Shell) -> None:
    """The published version runs under Lambda's own runtime interface with an event as CloudFront sends it."""
    with Origin() as eu, Origin() as us, ministack.aws() as aws:
        distribution = distributions.create(aws)
        shell.init(eu.port, us.port)
        version = shell.json("deploy", "--distribution", distribution, "--yes")["version"]
        answer: Any = aws.lambda_.invoke(
            FunctionName="origin-router-shop", Qualifier=version, Payload=event(distribution)
        )
        request = json.loads(answer["Payload"].read())

    assert "FunctionError" not in answer
    assert request["uri"] == "/shoes"
    assert request["origin"]["custom"]["domainName"] == "localhost"
    assert request["origin"]["custom"]["port"] in (eu.port, us.port)
    assert eu.seen.requests
    assert us.seen.requests


def test_nothing_is_changed_where_the_preflight_says_no(ministack: Ministack, shell: Shell) -> None:
    """Not even a bucket is made."""
    with ministack.aws() as aws:
        distribution = distributions.create(
            aws,
            DefaultCacheBehavior=distribution_parts.behavior(
                "alb",
                LambdaFunctionAssociations=distribution_parts.listed(
                    distribution_parts.association(distributions.FOREIGN_FUNCTION, "origin-request")
                ),
            ),
        )
        shell.init()
        refused = shell.json("deploy", "--distribution", distribution, "--yes", expect=1)
        said = shell.run("plan", "--distribution", distribution, expect=1)

        assert refused["findings"][0]["severity"] == "blocking"
        assert distributions.FOREIGN_FUNCTION in said
        assert distributions.SECRET not in said
        assert leftovers(aws) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("deploy", "--json"), "give --yes too"),
        (("deploy",), "there is no terminal to ask"),
        (("deploy", "--yes"), "was not deployed yet"),
        (("plan", "--canary", "20"), "at most 15 %"),
        (("plan", "--canary", "5", "--canary-header", "a=b"), "exclude each other"),
        (("plan", "--canary-header", "aws-cf-cd-router"), "takes NAME=VALUE"),
    ],
)
def test_wrong_usage_is_told_at_once(shell: Shell, arguments: tuple[str, ...], words: str) -> None:
    """Exit code 2."""
    shell.init()

    assert words in shell.run(*arguments, expect=2)


def test_what_the_remote_side_refuses_is_one_line(ministack: Ministack, shell: Shell) -> None:
    """Exit code 3: an unknown distribution, and credentials that are not there."""
    shell.init()
    said = shell.run("plan", "--distribution", "E2NOBODY", expect=3)
    assert said.splitlines()[-1] == (
        "Error: reading distribution E2NOBODY: account 123456789012 has no such distribution."
        " Check the id, and that the credentials are those of the distribution's account"
    )

    nobody = Ministack(ministack.url, ministack.home, key="", secret="")
    result = run_on(nobody, "plan", "--config", shell.config, "--distribution", "E2NOBODY")
    assert result.exit_code == 3
    assert "no AWS credentials" in result.output


def event(distribution: str) -> bytes:
    """An origin-request event with the placeholder as its origin."""
    cf = {
        "config": {
            "distributionDomainName": "d111.cloudfront.net",
            "distributionId": distribution,
            "eventType": "origin-request",
            "requestId": "a-request",
        },
        "request": {
            "clientIp": "203.0.113.7",
            "method": "GET",
            "uri": "/shoes",
            "querystring": "",
            "headers": {"host": [{"key": "Host", "value": "localhost"}]},
            "origin": {
                "custom": {
                    "customHeaders": {
                        "x-origin-router-attempt": [{"key": "x-origin-router-attempt", "value": "1"}],
                    },
                    "domainName": "localhost",
                    "keepaliveTimeout": 5,
                    "path": "",
                    "port": 80,
                    "protocol": "http",
                    "readTimeout": 30,
                    "sslProtocols": ["TLSv1.2"],
                }
            },
        },
    }
    return json.dumps({"Records": [{"cf": cf}]}).encode()


def leftovers(aws: Aws) -> list[str]:
    """Name what there is in the account beside distributions."""
    return [
        *(each["FunctionName"] for each in aws.lambda_.list_functions()["Functions"]),
        *(each["RoleName"] for each in aws.iam.list_roles()["Roles"]),
        *(each["Name"] for each in aws.s3.list_buckets()["Buckets"]),
        *(each["DashboardName"] for each in aws.cloudwatch("us-east-1").list_dashboards()["DashboardEntries"]),
        *(
            f"{region} {each['logGroupName']}"
            for region in ("us-east-1", "ap-south-1")
            for each in aws.logs(region).describe_log_groups()["logGroups"]
        ),
    ]
