"""What status reads where the simulated AWS has nothing to say: replicas, and CloudFront's metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from origin_router.aws.naming import Names
from origin_router.aws.status import _replicas_in, associations_of, sum_metrics
from tests.support.full_distribution import distribution_config

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

NAMES = Names("shop", "123456789012")


@pytest.fixture
def frankfurt() -> Iterator[LambdaClient]:
    """A client that never reaches anything."""
    client: LambdaClient = boto3.client(
        "lambda", region_name="eu-central-1", aws_access_key_id="testing", aws_secret_access_key="testing"
    )
    yield client
    client.close()


def test_replicas_are_functions_whose_master_is_one_of_our_versions(frankfurt: LambdaClient) -> None:
    """Over all pages; those of other functions do not count."""
    asked = {"MasterRegion": "us-east-1", "FunctionVersion": "ALL"}
    pages: list[dict[str, Any]] = [
        {"Functions": [{"MasterArn": NAMES.version_arn("10")}, {"FunctionName": "a"}], "NextMarker": "next"},
        {"Functions": [{"MasterArn": NAMES.version_arn("9")}, {"MasterArn": f"{NAMES.function_arn}-2:3"}]},
    ]
    with Stubber(frankfurt) as stub:
        stub.add_response("list_functions", pages[0], asked)
        stub.add_response("list_functions", pages[1], {**asked, "Marker": "next"})

        assert ("9", "10") == _replicas_in(frankfurt, "eu-central-1", NAMES)
        stub.assert_no_pending_responses()


def metric(name: str, **dimensions: str) -> Any:
    """Return a metric as ListMetrics does."""
    return {"MetricName": name, "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()]}


def test_metrics_add_up_over_distributions_but_not_over_sets_of_dimensions() -> None:
    """The same failure may be counted by distribution, and by distribution and function."""
    metrics = [
        metric("LambdaExecutionError", DistributionId="E1", Region="Global"),
        metric("LambdaExecutionError", DistributionId="E2", Region="Global"),
        metric("LambdaExecutionError", DistributionId="E1", Region="Global", FunctionName="f"),
        metric("LambdaValidationError", DistributionId="E1", Region="Global"),
    ]

    assert {"LambdaExecutionError": 5, "LambdaValidationError": 1} == sum_metrics(metrics, [3.0, 2.0, 3.0, 1.0])
    assert {} == sum_metrics([], [])


def summary(id_: str, status: str = "Deployed", **config: Any) -> dict[str, Any]:
    """Return what ListDistributions says of a distribution."""
    return {"Id": id_, "DomainName": f"{id_}.example.com", "Status": status, **distribution_config(), **config}


def test_associations_are_found_in_every_behavior() -> None:
    """With the state of their distribution; other functions are passed over."""
    images = distribution_config()["CacheBehaviors"]
    images["Items"][0]["LambdaFunctionAssociations"]["Items"].append(
        {"LambdaFunctionARN": NAMES.version_arn("7"), "EventType": "origin-request", "IncludeBody": False}
    )
    found = associations_of([summary("E1"), summary("E2", "InProgress", CacheBehaviors=images, Staging=True)], NAMES)

    assert [("E2", "/img/*", "origin-request", "7", False, True, True)] == [
        (
            each.distribution,
            each.behavior,
            each.trigger,
            each.version,
            each.is_deployed,
            each.is_enabled,
            each.is_staging,
        )
        for each in found
    ]
