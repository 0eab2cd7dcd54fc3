"""AWS Signature Version 4 for one GET from S3, with the function's own role.

Only what reading one object needs; the hash functions are imported when first used, so
that a router without a control document in S3 does not pay for them at a cold start.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""SHA-256 of an empty body."""


def signed_get(host: str, path: str, region: str, environ: Mapping[str, str], now: float) -> bytes:
    """Return a GET request for `path` (unencoded) of an S3 host, signed for `now` (seconds since 1970).

    The credentials are those that Lambda puts into the environment; they change with the
    environment, never within it. Raises KeyError if there are none.
    """
    from urllib.parse import quote

    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    encoded = quote(path, safe="/-_.~")
    headers = {"host": host, "x-amz-content-sha256": EMPTY_HASH, "x-amz-date": stamp}
    token = environ.get("AWS_SESSION_TOKEN")
    if token:
        headers["x-amz-security-token"] = token
    names = ";".join(sorted(headers))
    canonical = "\n".join(
        ["GET", encoded, "", *(f"{name}:{headers[name]}" for name in sorted(headers)), "", names, EMPTY_HASH]
    )
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    signature = _sign(canonical, stamp, scope, environ["AWS_SECRET_ACCESS_KEY"])
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={environ['AWS_ACCESS_KEY_ID']}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    lines = [f"GET {encoded} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("ascii")


def _sign(canonical: str, stamp: str, scope: str, secret: str) -> str:
    from hashlib import sha256
    from hmac import new

    key = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        key = new(key, part.encode(), sha256).digest()
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, sha256(canonical.encode()).hexdigest()])
    return new(key, text.encode(), sha256).hexdigest()
