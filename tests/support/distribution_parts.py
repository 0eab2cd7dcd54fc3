"""The parts of a distribution as CloudFront's API writes them, with CloudFront's own defaults.

Field names and the `Quantity` form are those of botocore's model of CloudFront (2020-05-31).
"""

from __future__ import annotations

from typing import Any

CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
"""Ids of AWS's managed policies."""


def listed(*values: Any) -> dict[str, Any]:
    """A collection as CloudFront writes it."""
    return {"Quantity": len(values), "Items": list(values)} if values else {"Quantity": 0}


def origin(id_: str, host: str, **more: Any) -> dict[str, Any]:
    """What every kind of origin has."""
    return {
        "Id": id_,
        "DomainName": host,
        "OriginPath": "",
        "CustomHeaders": listed(),
        "ConnectionAttempts": 3,
        "ConnectionTimeout": 10,
        "OriginShield": {"Enabled": False},
        "OriginAccessControlId": "",
        **more,
    }


def custom_origin(id_: str, host: str, *, custom: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A custom origin; `custom`: parts of its own configuration."""
    own = {
        "HTTPPort": 80,
        "HTTPSPort": 443,
        "OriginProtocolPolicy": "https-only",
        "OriginSslProtocols": listed("TLSv1.2"),
        "OriginReadTimeout": 30,
        "OriginKeepaliveTimeout": 5,
        **(custom or {}),
    }
    return origin(id_, host, CustomOriginConfig=own) | more


def association(arn: str, trigger: str, *, has_body: bool = False) -> dict[str, Any]:
    """A function on a trigger."""
    return {"LambdaFunctionARN": arn, "EventType": trigger, "IncludeBody": has_body}


def behavior(target: str, **more: Any) -> dict[str, Any]:
    """A behavior; pass PathPattern for one that is not the default."""
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


def group(id_: str, *origins: str, codes: tuple[int, ...] = (500, 503), **more: Any) -> dict[str, Any]:
    """An origin group."""
    return {
        "Id": id_,
        "FailoverCriteria": {"StatusCodes": listed(*codes)},
        "Members": listed(*({"OriginId": each} for each in origins)),
        **more,
    }


def whole(**parts: Any) -> dict[str, Any]:
    """A configuration of these parts, and for the rest what a new distribution has."""
    return {
        "CallerReference": "made-by-a-test",
        "Aliases": listed(),
        "DefaultRootObject": "",
        "Origins": listed(),
        "OriginGroups": listed(),
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
        **parts,
    }
