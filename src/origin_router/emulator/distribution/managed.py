"""AWS's managed policies, by the ids that distributions name them with.

Settings as in the CloudFront developer guide, pages "Use managed cache policies" and "Use managed
origin request policies".
"""

from __future__ import annotations

from origin_router.emulator.distribution.policies import (
    DAY_S,
    EVERYTHING,
    CachePolicy,
    Mode,
    OriginRequestPolicy,
    Selection,
    listed,
)

DEVICE_HEADERS = frozenset(
    f"cloudfront-is-{device}-viewer" for device in ("android", "desktop", "ios", "mobile", "smarttv", "tablet")
)
LOCATION_HEADERS = frozenset(
    f"cloudfront-viewer-{what}"
    for what in (
        *("address", "asn", "city", "country", "country-name", "country-region", "country-region-name"),
        *("latitude", "longitude", "metro-code", "postal-code", "time-zone"),
    )
)
PROTOCOL_HEADERS = frozenset({"cloudfront-forwarded-proto", "cloudfront-viewer-http-version", "cloudfront-viewer-tls"})
CLOUDFRONT_HEADERS = DEVICE_HEADERS | LOCATION_HEADERS | PROTOCOL_HEADERS
"""Those of June 2022, which the policy of that name adds."""

_METHOD_OVERRIDES = ("x-http-method", "x-http-method-override", "x-method-override")
_BY_ORIGIN = CachePolicy(
    default_ttl_s=0,
    headers=frozenset({"host", "origin", *_METHOD_OVERRIDES}),
    cookies=EVERYTHING,
    has_gzip=True,
    has_brotli=True,
)

CACHE_POLICIES: dict[str, CachePolicy] = {
    # Amplify
    "2e54312d-136d-493c-8eb9-b001f22f67d2": CachePolicy(
        min_ttl_s=2,
        default_ttl_s=2,
        max_ttl_s=600,
        headers=frozenset({"authorization", "cloudfront-viewer-country", "host"}),
        cookies=EVERYTHING,
        query=EVERYTHING,
        has_gzip=True,
        has_brotli=True,
    ),
    # CachingDisabled
    "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": CachePolicy(default_ttl_s=0, max_ttl_s=0),
    # CachingOptimized
    "658327ea-f89d-4fab-a63d-7e88639e58f6": CachePolicy(min_ttl_s=1, has_gzip=True, has_brotli=True),
    # CachingOptimizedForUncompressedObjects
    "b2884449-e4de-46a7-ac36-70bc7f1ddd6d": CachePolicy(min_ttl_s=1),
    # Elemental-MediaPackage
    "08627262-05a9-4f76-9ded-b50ca2e3a84f": CachePolicy(
        default_ttl_s=DAY_S,
        headers=frozenset({"origin"}),
        query=listed("aws.manifestfilter", "start", "end", "m"),
        has_gzip=True,
    ),
    # UseOriginCacheControlHeaders
    "83da9c7e-98b4-4e11-a168-04f0df8e2c65": _BY_ORIGIN,
    # UseOriginCacheControlHeaders-QueryStrings
    "4cc15a8a-d715-48a4-82b8-cc0b614638fe": CachePolicy(
        default_ttl_s=0,
        headers=_BY_ORIGIN.headers,
        cookies=EVERYTHING,
        query=EVERYTHING,
        has_gzip=True,
        has_brotli=True,
    ),
}

_CORS = ("origin", "access-control-request-headers", "access-control-request-method")

ALL_VIEWER_EXCEPT_HOST = OriginRequestPolicy(
    headers=Selection(Mode.EXCEPT, frozenset({"host"})),
    cloudfront_headers=CLOUDFRONT_HEADERS,
    cookies=EVERYTHING,
    query=EVERYTHING,
)

REQUEST_POLICIES: dict[str, OriginRequestPolicy] = {
    # AllViewer
    "216adef6-5c7f-47e4-b989-5492eafa07d3": OriginRequestPolicy(
        headers=EVERYTHING, cookies=EVERYTHING, query=EVERYTHING
    ),
    # AllViewerAndCloudFrontHeaders-2022-06
    "33f36d7e-f396-46d9-90e0-52428a34d9dc": OriginRequestPolicy(
        headers=EVERYTHING, cloudfront_headers=CLOUDFRONT_HEADERS, cookies=EVERYTHING, query=EVERYTHING
    ),
    # AllViewerExceptHostHeader
    "b689b0a8-53d0-40ab-baf2-68738e2966ac": ALL_VIEWER_EXCEPT_HOST,
    # CORS-CustomOrigin
    "59781a5b-3903-41f3-afcb-af62929ccde1": OriginRequestPolicy(headers=listed("origin")),
    # CORS-S3Origin
    "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf": OriginRequestPolicy(headers=listed(*_CORS)),
    # Elemental-MediaTailor-PersonalizedManifests
    "775133bc-15f2-49f9-abea-afb2e0bf67d2": OriginRequestPolicy(
        headers=listed(*_CORS, "user-agent", "x-forwarded-for"), query=EVERYTHING
    ),
    # HostHeaderOnly
    "bf0718e1-ba1e-49d1-88b1-f726733018ae": OriginRequestPolicy(headers=listed("host")),
    # UserAgentRefererHeaders
    "acba4595-bd28-49b8-b9fe-13317c0390fa": OriginRequestPolicy(headers=listed("user-agent", "referer")),
}
