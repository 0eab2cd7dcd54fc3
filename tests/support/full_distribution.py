"""A distribution with something of everything that CloudFormation must be able to say."""

from __future__ import annotations

from typing import Any

from tests.support.distribution_parts import behavior, custom_origin, group, listed, origin, whole

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"


def distribution_config() -> dict[str, Any]:
    """Return the configuration."""
    parts = {
        "Aliases": listed("shop.example.com"),
        "DefaultRootObject": "index.html",
        "Origins": listed(
            custom_origin(
                "site",
                "www.example.com",
                CustomHeaders=listed({"HeaderName": "x-key", "HeaderValue": "1"}),
                OriginShield={"Enabled": True, "OriginShieldRegion": "eu-central-1"},
            ),
            origin(
                "files",
                "files.s3.eu-central-1.amazonaws.com",
                OriginPath="/static",
                S3OriginConfig={"OriginAccessIdentity": "origin-access-identity/cloudfront/E1"},
            ),
        ),
        "OriginGroups": listed(group("both", "site", "files", codes=(500, 502), SelectionCriteria="default")),
        "DefaultCacheBehavior": behavior(
            "both",
            AllowedMethods={**listed("HEAD", "GET"), "CachedMethods": listed("HEAD", "GET")},
            GrpcConfig={"Enabled": False},
        ),
        "CacheBehaviors": listed(
            {
                "PathPattern": "/img/*",
                **behavior(
                    "site",
                    LambdaFunctionAssociations=listed(
                        {
                            "LambdaFunctionARN": "arn:aws:lambda:us-east-1:123456789012:function:auth:3",
                            "EventType": "viewer-request",
                            "IncludeBody": False,
                        }
                    ),
                    FunctionAssociations=listed(
                        {
                            "FunctionARN": "arn:aws:cloudfront::123456789012:function/tidy",
                            "EventType": "viewer-response",
                        }
                    ),
                    TrustedKeyGroups={"Enabled": True, **listed("11111111-2222-3333-4444-555555555555")},
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
                    "Cookies": {"Forward": "whitelist", "WhitelistedNames": listed("session")},
                    "Headers": listed("Origin"),
                    "QueryStringCacheKeys": listed("page"),
                },
                "MinTTL": 0,
                "DefaultTTL": 86400,
                "MaxTTL": 31536000,
            },
        ),
        "CustomErrorResponses": listed(
            {"ErrorCode": 404, "ResponsePagePath": "/404.html", "ResponseCode": "200", "ErrorCachingMinTTL": 10},
            {"ErrorCode": 500, "ResponsePagePath": "", "ResponseCode": "", "ErrorCachingMinTTL": 0},
        ),
        "Comment": "the shop",
        "Logging": {"Enabled": True, "IncludeCookies": False, "Bucket": "logs.s3.amazonaws.com", "Prefix": "cf/"},
        "ViewerCertificate": {
            "CloudFrontDefaultCertificate": False,
            "ACMCertificateArn": CERTIFICATE,
            "SSLSupportMethod": "sni-only",
            "MinimumProtocolVersion": "TLSv1.2_2021",
            "Certificate": CERTIFICATE,
            "CertificateSource": "acm",
        },
        "Restrictions": {"GeoRestriction": {"RestrictionType": "whitelist", **listed("DE", "US")}},
        "ContinuousDeploymentPolicyId": "",
    }
    return whole(**parts)
