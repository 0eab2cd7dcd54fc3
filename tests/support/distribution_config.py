"""A distribution with something of everything, as `aws cloudfront get-distribution-config` prints it.

Field names and the `Quantity` form are those of botocore's model of CloudFront (2020-05-31).
"""

from __future__ import annotations

from typing import Any

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"


def collection(*values: Any) -> dict[str, Any]:
    """Return values the way CloudFront's API counts them."""
    return {"Quantity": len(values), **({"Items": list(values)} if values else {})}


def behavior(target: str, **more: Any) -> dict[str, Any]:
    """Return a cache behavior."""
    return {
        "TargetOriginId": target,
        "TrustedSigners": {"Enabled": False, "Quantity": 0},
        "TrustedKeyGroups": {"Enabled": False, "Quantity": 0},
        "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": {**collection("HEAD", "GET"), "CachedMethods": collection("HEAD", "GET")},
        "SmoothStreaming": False,
        "Compress": True,
        "LambdaFunctionAssociations": collection(),
        "FunctionAssociations": collection(),
        "FieldLevelEncryptionId": "",
        "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
        "GrpcConfig": {"Enabled": False},
        **more,
    }


def distribution_config() -> dict[str, Any]:
    """Return the configuration."""
    return {
        "CallerReference": "made-by-hand",
        "Aliases": collection("shop.example.com"),
        "DefaultRootObject": "index.html",
        "Origins": collection(
            {
                "Id": "site",
                "DomainName": "www.example.com",
                "OriginPath": "",
                "CustomHeaders": collection({"HeaderName": "x-key", "HeaderValue": "1"}),
                "CustomOriginConfig": {
                    "HTTPPort": 80,
                    "HTTPSPort": 443,
                    "OriginProtocolPolicy": "https-only",
                    "OriginSslProtocols": collection("TLSv1.2"),
                    "OriginReadTimeout": 30,
                    "OriginKeepaliveTimeout": 5,
                },
                "ConnectionAttempts": 3,
                "ConnectionTimeout": 10,
                "OriginShield": {"Enabled": True, "OriginShieldRegion": "eu-central-1"},
                "OriginAccessControlId": "",
            },
            {
                "Id": "files",
                "DomainName": "files.s3.eu-central-1.amazonaws.com",
                "OriginPath": "/static",
                "CustomHeaders": collection(),
                "S3OriginConfig": {"OriginAccessIdentity": "origin-access-identity/cloudfront/E1"},
                "ConnectionAttempts": 3,
                "ConnectionTimeout": 10,
                "OriginShield": {"Enabled": False},
                "OriginAccessControlId": "",
            },
        ),
        "OriginGroups": collection(
            {
                "Id": "both",
                "FailoverCriteria": {"StatusCodes": collection(500, 502)},
                "Members": collection({"OriginId": "site"}, {"OriginId": "files"}),
                "SelectionCriteria": "default",
            }
        ),
        "DefaultCacheBehavior": behavior("both"),
        "CacheBehaviors": collection(
            {
                "PathPattern": "/img/*",
                **behavior(
                    "site",
                    LambdaFunctionAssociations=collection(
                        {
                            "LambdaFunctionARN": "arn:aws:lambda:us-east-1:123456789012:function:auth:3",
                            "EventType": "viewer-request",
                            "IncludeBody": False,
                        }
                    ),
                    FunctionAssociations=collection(
                        {
                            "FunctionARN": "arn:aws:cloudfront::123456789012:function/tidy",
                            "EventType": "viewer-response",
                        }
                    ),
                    TrustedKeyGroups={"Enabled": True, **collection("11111111-2222-3333-4444-555555555555")},
                ),
            },
            {
                "PathPattern": "/old/*",
                **{
                    name: value
                    for name, value in behavior("files").items()
                    if name not in ("CachePolicyId", "GrpcConfig")
                },
                "ForwardedValues": {
                    "QueryString": True,
                    "Cookies": {"Forward": "whitelist", "WhitelistedNames": collection("session")},
                    "Headers": collection("Origin"),
                    "QueryStringCacheKeys": collection("page"),
                },
                "MinTTL": 0,
                "DefaultTTL": 86400,
                "MaxTTL": 31536000,
            },
        ),
        "CustomErrorResponses": collection(
            {"ErrorCode": 404, "ResponsePagePath": "/404.html", "ResponseCode": "200", "ErrorCachingMinTTL": 10},
            {"ErrorCode": 500, "ResponsePagePath": "", "ResponseCode": "", "ErrorCachingMinTTL": 0},
        ),
        "Comment": "the shop",
        "Logging": {"Enabled": True, "IncludeCookies": False, "Bucket": "logs.s3.amazonaws.com", "Prefix": "cf/"},
        "PriceClass": "PriceClass_All",
        "Enabled": True,
        "ViewerCertificate": {
            "CloudFrontDefaultCertificate": False,
            "ACMCertificateArn": CERTIFICATE,
            "SSLSupportMethod": "sni-only",
            "MinimumProtocolVersion": "TLSv1.2_2021",
            "Certificate": CERTIFICATE,
            "CertificateSource": "acm",
        },
        "Restrictions": {"GeoRestriction": {"RestrictionType": "whitelist", **collection("DE", "US")}},
        "WebACLId": "",
        "HttpVersion": "http2",
        "IsIPV6Enabled": True,
        "ContinuousDeploymentPolicyId": "",
        "Staging": False,
    }
