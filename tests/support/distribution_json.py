"""Distributions as `aws cloudfront get-distribution-config` prints them."""

from __future__ import annotations

from typing import Any

CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:router:7"


def listed(*values: Any) -> dict[str, Any]:
    """A collection as CloudFront writes it."""
    return {"Quantity": len(values), "Items": list(values)} if values else {"Quantity": 0}


def custom_origin(id_: str, host: str, *, custom: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A custom origin with CloudFront's defaults."""
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
            **(custom or {}),
        },
        "ConnectionAttempts": 3,
        "ConnectionTimeout": 10,
        "OriginShield": {"Enabled": False},
        "OriginAccessControlId": "",
        **more,
    }


def function(event: str = "origin-request", *, body: bool = False, arn: str = ARN) -> dict[str, Any]:
    """An association."""
    return {"LambdaFunctionARN": arn, "EventType": event, "IncludeBody": body}


def behavior(target: str = "one", **more: Any) -> dict[str, Any]:
    """A behavior; pass PathPattern for one that is not the default."""
    return {
        "TargetOriginId": target,
        "TrustedSigners": {"Enabled": False, "Quantity": 0},
        "TrustedKeyGroups": {"Enabled": False, "Quantity": 0},
        "ViewerProtocolPolicy": "allow-all",
        "AllowedMethods": {**listed("GET", "HEAD"), "CachedMethods": listed("GET", "HEAD")},
        "SmoothStreaming": False,
        "Compress": False,
        "LambdaFunctionAssociations": listed(),
        "FunctionAssociations": listed(),
        "FieldLevelEncryptionId": "",
        "CachePolicyId": CACHING_OPTIMIZED,
        "GrpcConfig": {"Enabled": False},
        **more,
    }


def config(**more: Any) -> dict[str, Any]:
    """A configuration with two origins, a group of them, and one behavior."""
    return {
        "CallerReference": "a-test",
        "Aliases": listed(),
        "DefaultRootObject": "",
        "Origins": listed(custom_origin("one", "one.example.com"), custom_origin("two", "two.example.com")),
        "OriginGroups": listed(
            {
                "Id": "both",
                "FailoverCriteria": {"StatusCodes": listed(500, 503)},
                "Members": listed({"OriginId": "one"}, {"OriginId": "two"}),
                "SelectionCriteria": "default",
            }
        ),
        "DefaultCacheBehavior": behavior(),
        "CacheBehaviors": listed(),
        "CustomErrorResponses": listed(),
        "Comment": "",
        "Logging": {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""},
        "PriceClass": "PriceClass_All",
        "Enabled": True,
        "ViewerCertificate": {"CloudFrontDefaultCertificate": True, "MinimumProtocolVersion": "TLSv1"},
        "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
        "WebACLId": "",
        "HttpVersion": "http2",
        "IsIPV6Enabled": True,
        "Staging": False,
        **more,
    }


def answer(**more: Any) -> dict[str, Any]:
    """The whole answer of the command."""
    return {"ETag": "E2QWRUHEXAMPLE", "DistributionConfig": config(**more)}
