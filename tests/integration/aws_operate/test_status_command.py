"""`origin-router status` against a deployed function, a distribution, and logs of two Regions."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

from origin_router.aws.naming import Names
from origin_router.aws.session import Aws
from tests.support.aws_commands import printed, run_on
from tests.support.deployed import create_distribution, deploy_function, write_log
from tests.support.ministack import ACCOUNT, Ministack
from tests.support.routers import EU, US, choice, line, summary

NAMES = Names("shop", ACCOUNT)


def write_lines(aws: Aws) -> None:
    """Two environments in Frankfurt, one in Virginia that has found an origin to be down."""
    now_ms = int(time.time() * 1000) - 60_000
    write_log(
        aws,
        "eu-central-1",
        NAMES.log_group,
        (now_ms, choice(now_ms, "eu")),
        (now_ms + 1, line(now_ms, "control", version=6)),
        (now_ms + 2, summary(EU, 90, [10.0, 12.0, 14.0])),
        (now_ms + 3, summary(US, 10, [90.0])),
    )
    write_log(
        aws,
        "eu-central-1",
        NAMES.log_group,
        (now_ms + 4, choice(now_ms, "eu", us="ejected")),
        (now_ms + 5, line(now_ms, "control", level="WARN", version=7, problem="not read: dns")),
        (now_ms + 6, line(now_ms, "error", level="ERROR", where="handler", error="KeyError: 'cf'")),
        stream="two",
    )
    write_log(
        aws,
        "us-east-1",
        NAMES.default_log_group,
        (now_ms, choice(now_ms, "us", "us-east-1", eu="ejected")),
        (now_ms + 1, summary(US, 5, [8.0], "us-east-1")),
    )


def test_nothing_deployed_is_a_problem_that_says_what_to_do(ministack: Ministack, config: Path) -> None:
    """No function, no table."""
    result = run_on(ministack, "status", "--config", config)

    assert 1 == result.exit_code
    missing = f"there is no function origin-router-shop in account {ACCOUNT}"
    assert f"! {missing}: deploy first, or check whose credentials these are\n" == result.stdout


def test_a_function_that_nobody_uses_is_a_problem(ministack: Ministack, aws: Aws, config: Path) -> None:
    """Deployed halfway, or detached."""
    deploy_function(aws, NAMES)
    create_distribution(aws, ("origin-request", Names("other", ACCOUNT).version_arn("1")))
    document = printed(run_on(ministack, "status", "--config", config, "--json"))

    assert ["no distribution uses the function"] == document["problems"]
    assert [] == document["associations"]


def test_the_document_holds_versions_associations_and_what_every_region_sees(
    ministack: Ministack, aws: Aws, config: Path
) -> None:
    """All of it in one object."""
    deploy_function(aws, NAMES, versions=2)
    used = create_distribution(
        aws, ("origin-request", NAMES.version_arn("2")), ("origin-response", NAMES.version_arn("2"))
    )
    write_lines(aws)
    result = run_on(ministack, "status", "--config", config, "--json")
    document = printed(result)
    frankfurt, virginia = document["regions"]["eu-central-1"], document["regions"]["us-east-1"]

    assert ("", 1) == (result.stderr, result.exit_code)
    assert ["1", "2"] == [each["version"] for each in document["versions"]]
    assert {(used, "default", "origin-request", "2", True), (used, "default", "origin-response", "2", True)} == {
        (each["distribution"], each["behavior"], each["trigger"], each["version"], each["is_deployed"])
        for each in document["associations"]
    }
    assert (2, [6, 7], {"handler: KeyError: 'cf'": 1}) == (
        frankfurt["environments"],
        frankfurt["control_versions"],
        frankfurt["errors"],
    )
    assert {
        "median_ms": 12.0,
        "samples": 3,
        "share_pct": 90.0,
        "decisions": 90,
        "states": {"serving": 2},
        "outcomes": {"ok": 3},
        "ejections": 0,
    } == frankfurt["pools"]["web"]["eu"]
    assert {"serving": 1, "ejected": 1} == frankfurt["pools"]["web"]["us"]["states"]
    assert ({"ejected": 1}, 100.0) == (
        virginia["pools"]["web"]["eu"]["states"],
        virginia["pools"]["web"]["us"]["share_pct"],
    )
    assert [
        "orders are not taken in eu-central-1: not read: dns",
        "1 errors in the journal: origin-router logs --errors",
    ] == document["problems"]


def test_the_matrix_has_a_row_per_region_and_a_column_per_origin(ministack: Ministack, aws: Aws, config: Path) -> None:
    """As people read it."""
    deploy_function(aws, NAMES)
    create_distribution(aws, ("origin-request", NAMES.version_arn("1")))
    write_lines(aws)
    lines = run_on(ministack, "status", "--config", config).stdout.splitlines()
    rows = {row.split()[0]: " ".join(row.split()) for row in lines if row.startswith(("eu-central-1 ", "us-east-1 "))}

    assert "us-east-1 1 - 0 % ejected 8 ms 100 %" == rows["us-east-1"]
    assert "eu-central-1 2 6, 7 12 ms 90 % 90 ms 10 % ejected 1/2" in [" ".join(row.split()) for row in lines]
    assert any(row.startswith("attached") and "version 1  deployed" in row for row in lines)


def test_cloudfronts_own_count_of_failures_is_shown(ministack: Ministack, aws: Aws, config: Path) -> None:
    """Timeouts and crashes never reach the journal; CloudFront counts them."""
    deploy_function(aws, NAMES)
    used = create_distribution(aws, ("origin-request", NAMES.version_arn("1")))
    dimensions = [{"Name": "DistributionId", "Value": used}, {"Name": "Region", "Value": "Global"}]
    at = datetime.fromtimestamp(time.time() - 120, UTC)
    aws.cloudwatch("us-east-1").put_metric_data(
        Namespace="AWS/CloudFront",
        MetricData=[
            {"MetricName": name, "Dimensions": dimensions, "Timestamp": at, "Value": value}  # type: ignore[typeddict-item]
            for name, value in (("LambdaExecutionError", 2), ("LambdaExecutionError", 1), ("Requests", 900))
        ],
    )
    document = printed(run_on(ministack, "status", "--config", config, "--json"))

    assert {"LambdaExecutionError": 3} == document["failures"]
    assert ["3 x LambdaExecutionError, says CloudFront"] == document["problems"]


def test_a_healthy_router_is_no_problem(ministack: Ministack, aws: Aws, config: Path) -> None:
    """Exit code 0, also when no line was written yet."""
    deploy_function(aws, NAMES)
    create_distribution(aws, ("origin-request", NAMES.version_arn("1")))
    result = run_on(ministack, "status", "--config", config)

    assert 0 == result.exit_code
    assert "no lines from the edges in the last 15m" in result.stdout


def test_without_credentials_there_is_one_line_and_exit_code_3(ministack: Ministack, config: Path) -> None:
    """And no traceback."""
    nobody = Ministack(ministack.url, ministack.home, key="", secret="")
    result = run_on(nobody, "status", "--config", config)

    assert 3 == result.exit_code
    assert result.stderr.startswith("Error: finding out whose credentials these are: no AWS credentials")
    assert 1 == len(result.stderr.splitlines())
