"""A distribution with much in it that is none of our business, and must be the same afterwards."""

from __future__ import annotations

import copy
from typing import Any

from origin_router.aws.session import Aws

CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
"""Ids of AWS's managed policies."""

SECRET = "do-not-tell"
"""Value of a custom header: it may turn up nowhere."""

FOREIGN_FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:auth:4"


def listed(*values: Any) -> dict[str, Any]:
    """A collection as CloudFront writes it."""
    return {"Quantity": len(values), "Items": list(values)} if values else {"Quantity": 0}


def custom_origin(id_: str, host: str, **more: Any) -> dict[str, Any]:
    """An origin with CloudFront's defaults."""
    return {
        "Id": id_,
        "DomainName": host,
        "OriginPath": "",
        "CustomHeaders": listed(),
        "CustomOriginConfig": {
            "HTTPPort": 80,
            "HTTPSPort": 443,
            "OriginProtocolPolicy": "https-only",
            "OriginSslProtocols": listed("TLSv1.2"),
            "OriginReadTimeout": 30,
            "OriginKeepaliveTimeout": 5,
        },
        "ConnectionAttempts": 3,
        "ConnectionTimeout": 10,
        "OriginShield": {"Enabled": False},
        "OriginAccessControlId": "",
        **more,
    }


def behavior(target: str, **more: Any) -> dict[str, Any]:
    """A behavior, without its pattern."""
    return {
        "TargetOriginId": target,
        "TrustedSigners": {"Enabled": False, "Quantity": 0},
        "TrustedKeyGroups": {"Enabled": False, "Quantity": 0},
        "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": {**listed("GET", "HEAD"), "CachedMethods": listed("GET", "HEAD")},
        "SmoothStreaming": False,
        "Compress": True,
        "LambdaFunctionAssociations": listed(),
        "FunctionAssociations": listed(),
        "FieldLevelEncryptionId": "",
        "CachePolicyId": CACHING_OPTIMIZED,
        **more,
    }


def association(arn: str, trigger: str) -> dict[str, Any]:
    """A function on a trigger."""
    return {"LambdaFunctionARN": arn, "EventType": trigger, "IncludeBody": False}


def config(**more: Any) -> dict[str, Any]:
    """A whole configuration: three origins, a foreign origin group, three behaviors, viewer functions, secrets."""
    secret = listed({"HeaderName": "x-origin-verify", "HeaderValue": SECRET})
    return copy.deepcopy(
        {
            "CallerReference": "made-by-a-test",
            "Aliases": listed("www.example.com", "example.com"),
            "DefaultRootObject": "index.html",
            "Origins": listed(
                custom_origin("alb", "alb.example.com", CustomHeaders=secret),
                custom_origin("backup", "backup.example.com"),
                custom_origin("images", "images.example.com", ConnectionTimeout=4, ConnectionAttempts=2),
            ),
            "OriginGroups": listed(
                {
                    "Id": "alb-or-backup",
                    "FailoverCriteria": {"StatusCodes": listed(500, 503)},
                    "Members": listed({"OriginId": "alb"}, {"OriginId": "backup"}),
                }
            ),
            "DefaultCacheBehavior": behavior(
                "alb-or-backup", LambdaFunctionAssociations=listed(association(FOREIGN_FUNCTION, "viewer-request"))
            ),
            "CacheBehaviors": listed(
                {"PathPattern": "/img/*", **behavior("images")},
                {"PathPattern": "/api/*", **behavior("alb", OriginRequestPolicyId=ALL_VIEWER)},
            ),
            "CustomErrorResponses": listed(
                {"ErrorCode": 404, "ResponsePagePath": "/404.html", "ResponseCode": "404", "ErrorCachingMinTTL": 10}
            ),
            "Comment": "the shop",
            "Logging": {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""},
            "PriceClass": "PriceClass_100",
            "Enabled": True,
            "ViewerCertificate": {"CloudFrontDefaultCertificate": True, "MinimumProtocolVersion": "TLSv1"},
            "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
            "WebACLId": "",
            "HttpVersion": "http2",
            "IsIPV6Enabled": True,
            "Staging": False,
            **more,
        }
    )


def create(aws: Aws, **more: Any) -> str:
    """Make the distribution; return its id."""
    made: Any = aws.cloudfront
    answer = made.create_distribution(DistributionConfig=config(**more))
    id_: str = answer["Distribution"]["Id"]
    return id_


def read(aws: Aws, id_: str) -> dict[str, Any]:
    """Return its configuration as it is now."""
    answer: Any = aws.cloudfront.get_distribution_config(Id=id_)
    found: dict[str, Any] = answer["DistributionConfig"]
    return found


def change(aws: Aws, id_: str, **fields: Any) -> None:
    """Change something, as somebody else would."""
    client: Any = aws.cloudfront
    answer = client.get_distribution_config(Id=id_)
    client.update_distribution(
        Id=id_, IfMatch=answer["ETag"], DistributionConfig={**answer["DistributionConfig"], **fields}
    )
