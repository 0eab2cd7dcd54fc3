"""A router that is deployed to the simulated AWS, as far as those who look at it can tell."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from typing import Any

from origin_router.aws.documents import TRUST
from origin_router.aws.naming import Names
from origin_router.aws.session import Aws


def deploy_function(aws: Aws, names: Names, versions: int = 1) -> None:
    """Create the function, and publish versions of it."""
    aws.iam.create_role(RoleName=names.role, AssumeRolePolicyDocument=json.dumps(TRUST))
    for number in range(versions):
        code = _zip(f"VERSION = {number}\n")
        if number == 0:
            aws.lambda_.create_function(
                FunctionName=names.function,
                Runtime="python3.13",
                Handler="a.handler",
                Role=names.role_arn,
                Code={"ZipFile": code},
                MemorySize=256,
                Timeout=5,
            )
            aws.lambda_.get_waiter("function_active_v2").wait(
                FunctionName=names.function, WaiterConfig={"Delay": 0, "MaxAttempts": 10_000}
            )
        else:
            aws.lambda_.update_function_code(FunctionName=names.function, ZipFile=code)
            aws.lambda_.get_waiter("function_updated_v2").wait(
                FunctionName=names.function, WaiterConfig={"Delay": 0, "MaxAttempts": 10_000}
            )
        aws.lambda_.publish_version(FunctionName=names.function, Description=f"build {number}")


def _zip(source: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a.py", source)
    return data.getvalue()


def create_distribution(aws: Aws, *associations: tuple[str, str]) -> str:
    """Create a distribution whose default behavior has (trigger, function ARN) associations; return its id."""
    items = [{"LambdaFunctionARN": arn, "EventType": trigger, "IncludeBody": False} for trigger, arn in associations]
    config: Any = {
        "CallerReference": f"test-{len(list_ids(aws))}",
        "Comment": "",
        "Enabled": True,
        "Origins": {
            "Quantity": 1,
            "Items": [
                {
                    "Id": "site",
                    "DomainName": "eu.example.com",
                    "CustomOriginConfig": {
                        "HTTPPort": 80,
                        "HTTPSPort": 443,
                        "OriginProtocolPolicy": "https-only",
                    },
                }
            ],
        },
        "DefaultCacheBehavior": {
            "TargetOriginId": "site",
            "ViewerProtocolPolicy": "redirect-to-https",
            "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
            "LambdaFunctionAssociations": {"Quantity": len(items), "Items": items},
        },
    }
    return aws.cloudfront.create_distribution(DistributionConfig=config)["Distribution"]["Id"]


def list_ids(aws: Aws) -> list[str]:
    """Return the ids of all distributions."""
    pages = aws.cloudfront.get_paginator("list_distributions").paginate()
    return [each["Id"] for page in pages for each in page["DistributionList"].get("Items", [])]


def write_log(aws: Aws, region: str, group: str, *events: tuple[int, str], stream: str = "one") -> None:
    """Write (ms since 1970, message) events, creating what is missing."""
    client = aws.logs(region)
    with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
        client.create_log_group(logGroupName=group)
    with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
        client.create_log_stream(logGroupName=group, logStreamName=stream)
    if events:
        client.put_log_events(
            logGroupName=group,
            logStreamName=stream,
            logEvents=[{"timestamp": at_ms, "message": message} for at_ms, message in events],
        )
