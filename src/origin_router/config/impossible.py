"""What people ask of an origin and a function cannot give, each with the reason.

CloudFront hands a function the origin as a few fields and takes only these back. What they
cannot express (Developer Guide, "Lambda@Edge event structure") is not unknown here, it is
impossible, and the message says so instead of suggesting a spelling.
"""

from __future__ import annotations

_ACCESS_CONTROL = (
    "origin access control cannot be used: CloudFront's event has no field for it. Read the bucket with "
    'auth_method = "origin-access-identity", make it public, or use its website endpoint'
)
_VPC = (
    "VPC origins cannot be used: CloudFront runs no origin-request functions for them. "
    "Only origins that a public DNS name leads to can be chosen"
)
_MUTUAL_TLS = "origins with mutual TLS cannot be used: CloudFront runs no origin-request functions for them"
_CONNECTING = (
    "is not a function's to set: CloudFront's event has no field for it. Set it on the distribution's own origin "
    "(ConnectionTimeout 1 s, ConnectionAttempts 1)"
)
_SHIELD = "is not a function's to set: Origin Shield belongs to the distribution's own origin"
_CERTIFICATE = (
    "is not a function's to set: the origin's certificate must name its host, or the Host header that it receives"
)

KEYS = {
    **dict.fromkeys(("origin_access_control", "origin_access_control_id", "oac", "oac_id"), _ACCESS_CONTROL),
    **dict.fromkeys(("vpc_origin", "vpc_origin_id", "vpc"), _VPC),
    **dict.fromkeys(("mtls", "mutual_tls", "client_certificate", "client_cert"), _MUTUAL_TLS),
    **dict.fromkeys(("connect_timeout_s", "connection_timeout_s", "connection_attempts", "attempts"), _CONNECTING),
    **dict.fromkeys(("origin_shield", "origin_shield_region"), _SHIELD),
    **dict.fromkeys(("sni", "allowed_certificate_names"), _CERTIFICATE),
}
"""By the key that somebody might write for it in `[[pools.NAME.origins]]`."""

VALUES = {
    "auth_method": dict.fromkeys(("origin-access-control", "oac", "sigv4"), _ACCESS_CONTROL),
    "type": {
        **dict.fromkeys(("vpc", "vpc-origin", "vpc_origin"), _VPC),
        **dict.fromkeys(("mtls", "mutual-tls"), _MUTUAL_TLS),
    },
}
"""By key and value of an origin, likewise."""


def reason_against(key: str, value: object) -> str | None:
    """Return why an origin cannot have this key or value; None if it is not one of the impossible."""
    if key in VALUES:
        return VALUES[key].get(value.lower()) if isinstance(value, str) else None
    return KEYS.get(key)
