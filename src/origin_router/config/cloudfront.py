"""What CloudFront, Lambda@Edge and S3 prescribe: Regions, headers of generated responses, limits.

Sources: Amazon CloudFront Developer Guide, "Restrictions on edge functions", "Quotas" and
"Set up IAM permissions and roles for Lambda@Edge" (the Regions of the replicator role);
AWS's own endpoint data for the Regions of S3.
"""

from __future__ import annotations

EXECUTION_REGIONS = (
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "sa-east-1"),
    *("eu-central-1", "eu-west-1", "eu-west-2"),
    *("ap-south-1", "ap-northeast-1", "ap-northeast-2", "ap-southeast-1", "ap-southeast-2"),
)
"""Where CloudFront executes Lambda@Edge functions."""

BUCKET_REGIONS = (
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "ca-west-1", "mx-central-1", "sa-east-1"),
    *("eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3"),
    *("af-south-1", "il-central-1", "me-central-1", "me-south-1", "ap-east-1", "ap-east-2", "ap-south-1", "ap-south-2"),
    *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3"),
    *("ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7"),
)
"""Where a bucket can be; China and GovCloud have a CloudFront, or none, of their own."""

HIDDEN_HEADERS = frozenset(
    {
        *("client-cert", "client-cert-chain", "cloudfront-viewer-cert-pem", "connection", "expect", "keep-alive"),
        *("proxy-authenticate", "proxy-authorization", "proxy-connection", "trailer", "upgrade"),
        *("x-accel-buffering", "x-accel-charset", "x-accel-limit-rate", "x-accel-redirect"),
        *("x-amzn-auth", "x-amzn-cf-billing", "x-amzn-cf-id", "x-amzn-cf-xff", "x-amzn-errortype"),
        *("x-amzn-fle-profile", "x-amzn-header-count", "x-amzn-header-order", "x-amzn-lambda-integration-tag"),
        *("x-amzn-requestid", "x-cache", "x-forwarded-proto", "x-real-ip"),
    }
)
"""Functions neither see these headers nor may add them; a response that has one becomes a 502."""

HIDDEN_PREFIXES = ("x-amz-cf-", "x-edge-")
"""All headers that begin like this are hidden likewise."""

READ_ONLY_IN_RESPONSE = frozenset({"transfer-encoding", "via"})
"""A function may not add these to a response."""

RESPONSE_HEADERS_BYTES = 32_768
"""Largest response without its body."""


def is_hidden(header: str) -> bool:
    """Whether CloudFront keeps a header (lower case) from functions."""
    return header in HIDDEN_HEADERS or header.startswith(HIDDEN_PREFIXES)
