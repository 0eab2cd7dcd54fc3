"""An origin-request event of CloudFront as it really comes: about 1.2 KB of JSON."""

from __future__ import annotations

import json
from typing import Any

REQUEST_ID = "MRVMF7KydIvxMWfJIglgwHQwZsbG2IhRJ07sn9AkKUFSHS9EXAMPLE=="
"""Of the form that CloudFront gives its requests."""


def origin_request() -> dict[str, Any]:
    """Return the event of a GET with the headers that a browser's request still has at the origin side."""
    return {
        "Records": [
            {
                "cf": {
                    "config": {
                        "distributionDomainName": "d111111abcdef8.cloudfront.net",
                        "distributionId": "EDFDVBD6EXAMPLE",
                        "eventType": "origin-request",
                        "requestId": REQUEST_ID,
                    },
                    "request": {
                        "clientIp": "203.0.113.178",
                        "headers": {
                            "accept": [_header("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")],
                            "accept-encoding": [_header("Accept-Encoding", "br,gzip")],
                            "cache-control": [_header("Cache-Control", "no-cache")],
                            "cloudfront-viewer-country": [_header("CloudFront-Viewer-Country", "DE")],
                            "host": [_header("Host", "placeholder.example.com")],
                            "user-agent": [_header("User-Agent", "Amazon CloudFront")],
                            "via": [_header("Via", "2.0 2afae0d44e2540f472c0635ab62c232b.cloudfront.net (CloudFront)")],
                            "x-forwarded-for": [_header("X-Forwarded-For", "203.0.113.178")],
                        },
                        "method": "GET",
                        "origin": {
                            "custom": {
                                "customHeaders": {},
                                "domainName": "placeholder.example.com",
                                "keepaliveTimeout": 5,
                                "path": "",
                                "port": 443,
                                "protocol": "https",
                                "readTimeout": 30,
                                "sslProtocols": ["TLSv1", "TLSv1.1", "TLSv1.2"],
                            }
                        },
                        "querystring": "size=large&colour=green",
                        "uri": "/articles/2026/11/a-realistic-path.html",
                    },
                }
            }
        ]
    }


def encoded() -> bytes:
    """Return the event as the Runtime API delivers it."""
    return json.dumps(origin_request(), separators=(",", ":")).encode()


def _header(key: str, value: str) -> dict[str, str]:
    return {"key": key, "value": value}
