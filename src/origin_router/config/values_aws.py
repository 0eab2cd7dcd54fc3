"""Names that AWS gives: Regions, buckets and their endpoints, metric namespaces; and the control document's URL.

As in `values`, each check returns what is wrong, or None.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from origin_router.config.cloudfront import BUCKET_REGIONS, EXECUTION_REGIONS
from origin_router.config.problems import did_you_mean, show, suggest
from origin_router.config.values import URL_CHARS, host_problem, not_encoded

S3_HOST_CHARS = 128
"""Longest `origin.s3.domainName` that CloudFront takes."""

OBJECT_KEY_BYTES = 1_024
"""Longest key of an object in S3."""

NAMESPACE_CHARS = 255
"""Longest CloudWatch namespace."""

S3_HOST_FORM = "BUCKET.s3.REGION.amazonaws.com"

_S3_HOST = re.compile(r"(?P<bucket>.+)\.s3\.(?P<region>[a-z0-9-]+)\.amazonaws\.com")
_S3_WEBSITE = re.compile(r".+\.s3-website[.-][a-z0-9-]+\.amazonaws\.com")
_S3_OTHER = re.compile(
    r"(?P<bucket>.+)\.(?:s3|s3[.-](?:dualstack\.)?(?P<region>[a-z]{2}-[a-z]+-\d))\.amazonaws\.com|s3[.-].*amazonaws\.com"
)
_BUCKET = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_NAMESPACE = re.compile(r"[A-Za-z0-9._/#-][A-Za-z0-9._/#: -]*")


def execution_region_problem(value: str) -> str | None:
    """A Region in which CloudFront executes functions."""
    if value in EXECUTION_REGIONS:
        return None
    return f"{show(value)} is not a Region where CloudFront executes functions{did_you_mean(value, EXECUTION_REGIONS)}"


def bucket_region_problem(value: str) -> str | None:
    """A Region in which a bucket can be."""
    return _region_problem(value, "an AWS Region with S3")


def place_problem(value: str) -> str | None:
    """A value of `[dev] regions`: where an origin is."""
    return _region_problem(value, "an AWS Region")


def _region_problem(value: str, wanted: str) -> str | None:
    if value in BUCKET_REGIONS:
        return None
    meant = suggest(value, BUCKET_REGIONS)
    return f"{show(value)} is not {wanted}{f'; did you mean {show(meant)}?' if meant else ''}"


def bucket_problem(value: str) -> str | None:
    """A bucket that is read over TLS by a host name of its own."""
    if not _BUCKET.fullmatch(value) or _ADDRESS.fullmatch(value):
        return f"{show(value)} is not the name of a bucket: 3 to 63 small letters, digits and hyphens"
    if "." in value:
        return f"{show(value)} has a dot, so that S3's certificate does not cover {value}.s3.REGION.amazonaws.com"
    return None


def s3_region_of(host: str) -> str | None:
    """Return the Region in a bucket's REST endpoint; None if the host is none."""
    match = _S3_HOST.fullmatch(host)
    return match["region"] if match else None


def s3_host_problem(host: str) -> str | None:
    """The REST endpoint of a bucket: the only kind of `s3` origin that CloudFront's event can name."""
    problem = host_problem(host)
    if problem:
        return problem
    match = _S3_HOST.fullmatch(host)
    if match is None or match["region"] == "dualstack":
        return f"{show(host)} is not the REST endpoint of a bucket{_s3_host_hint(host)}"
    if not _BUCKET.fullmatch(match["bucket"]):
        return f"{show(match['bucket'])} is not the name of a bucket: 3 to 63 small letters, digits, hyphens and dots"
    if len(host) > S3_HOST_CHARS:
        return f"has {len(host)} characters; CloudFront takes at most {S3_HOST_CHARS} for a bucket"
    return bucket_region_problem(match["region"])


def _s3_host_hint(host: str) -> str:
    if _S3_WEBSITE.fullmatch(host):
        return '; a website endpoint is a custom origin: leave type out and write protocol = "http", port = 80'
    match = _S3_OTHER.fullmatch(host)
    if match and match["bucket"]:
        return f"; write {match['bucket']}.s3.{match['region'] or 'REGION'}.amazonaws.com"
    return f"; write {S3_HOST_FORM}"


def s3_host_warning(host: str) -> str | None:
    """A bucket's name with dots in it is valid, but nothing can be measured."""
    match = _S3_HOST.fullmatch(host)
    if match and "." in match["bucket"] and s3_host_problem(host) is None:
        return f"{show(host)} cannot be probed over TLS: S3's certificate covers no bucket name with a dot"
    return None


def custom_host_warning(host: str) -> str | None:
    """Hosts that are of another kind than a custom origin."""
    if s3_region_of(host):
        return f'{show(host)} is the endpoint of a bucket; with type = "s3" CloudFront treats it as one'
    if host.startswith("internal-") and host.endswith(".elb.amazonaws.com"):
        return (
            f"{show(host)} is an internal load balancer: only a VPC origin reaches it, and functions cannot choose one"
        )
    return None


def object_key_problem(value: str) -> str | None:
    """Where the control document lies in its bucket."""
    if not value:
        return 'is empty; the default is "control.json"'
    if len(value.encode()) > OBJECT_KEY_BYTES:
        return f"has {len(value.encode())} bytes; a key has at most {OBJECT_KEY_BYTES}"
    return None


def object_key_warning(value: str) -> str | None:
    """A key that begins with a slash is valid, but hardly meant."""
    return f"{show(value)} begins with /, which belongs to the key then" if value.startswith("/") else None


def control_url_problem(value: str) -> str | None:
    """Where the control document lies: https and a DNS name, so that who writes it is known."""
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        return f"{show(value)} is not a URL: {error}"
    if parts.scheme != "https" or not host:
        return f'{show(value)} is not an https URL; write it as in "https://control.example.com/origin-router.json"'
    if parts.username is not None or parts.fragment:
        return f"{show(value)} has a user or a fragment; only host, port, path and query are asked for"
    if port == 0:
        return f"{show(value)} has port 0"
    if len(value) > URL_CHARS:
        return f"has {len(value)} characters; a URL has at most {URL_CHARS}"
    problem = host_problem(host)
    if problem:
        return f"the host {problem}"
    return not_encoded(parts.path) or not_encoded(parts.query.replace("?", ""))


def namespace_problem(value: str) -> str | None:
    """A CloudWatch namespace."""
    if value.startswith("AWS/"):
        return f'{show(value)} begins with "AWS/", which CloudWatch keeps for AWS'
    if len(value) > NAMESPACE_CHARS:
        return f"has {len(value)} characters; CloudWatch takes at most {NAMESPACE_CHARS}"
    if not _NAMESPACE.fullmatch(value):
        return f"{show(value)} is not a CloudWatch namespace: letters, digits, spaces and . - _ / # : are allowed"
    return None
