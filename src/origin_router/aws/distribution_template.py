"""A distribution in the words of CloudFormation, from how CloudFront's API writes it. Pure.

The two disagree in small ways: CloudFormation has lists where the API counts its items, and
a few names of its own. What it has no word for (CallerReference) is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from origin_router.aws.document import items

Value = Any

COUNTED = frozenset({"OriginGroups", "StatusCodes", "Members"})
"""Collections that CloudFormation counts, too."""

RENAMED = {
    "ACMCertificateArn": "AcmCertificateArn",
    "CustomHeaders": "OriginCustomHeaders",
    "IAMCertificateId": "IamCertificateId",
    "IsIPV6Enabled": "IPV6Enabled",
    "OriginSslProtocols": "OriginSSLProtocols",
    "SSLSupportMethod": "SslSupportMethod",
}

LEFT_OUT = frozenset({"CallerReference", "Certificate", "CertificateSource"})
"""The API's own bookkeeping, and its old names for a certificate."""


def as_template(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `DistributionConfig` property of AWS::CloudFront::Distribution."""
    return _table(config)


def _table(table: Mapping[str, Any]) -> dict[str, Any]:
    converted: dict[str, Any] = {}
    for name, value in table.items():
        if name in LEFT_OUT:
            continue
        for key, changed in _SPECIAL.get(name, _ordinary)(name, value).items():
            if changed not in ("", None, [], {}):
                converted[key] = changed
    return converted


def _ordinary(name: str, value: Value) -> dict[str, Value]:
    return {RENAMED.get(name, name): _value(name, value)}


def _value(name: str, value: Value) -> Value:
    if not isinstance(value, Mapping):
        return value
    if "Quantity" not in value:
        return _table(value)
    converted = [_table(each) if isinstance(each, Mapping) else each for each in items(value)]
    if name in COUNTED:
        return {"Quantity": len(converted), "Items": converted} if converted else None
    return converted


def _allowed_methods(name: str, value: Value) -> dict[str, Value]:
    return {name: items(value), "CachedMethods": items(value.get("CachedMethods"))}


def _trusted(name: str, value: Value) -> dict[str, Value]:
    return {name: items(value) if value.get("Enabled") else None}


def _logging(name: str, value: Value) -> dict[str, Value]:
    kept = {key: each for key, each in value.items() if key != "Enabled"}
    return {name: _table(kept) if value.get("Enabled", True) and value.get("Bucket") else None}


def _geo_restriction(name: str, value: Value) -> dict[str, Value]:
    return {name: {"RestrictionType": value["RestrictionType"], "Locations": items(value)}}


def _response_code(name: str, value: Value) -> dict[str, Value]:
    """The API writes this one status as text."""
    return {name: int(value) if value else None}


def _only_if_true(name: str, value: Value) -> dict[str, Value]:
    """CloudFormation takes one kind of certificate, not a word about the others."""
    return {name: True if value else None}


def _shield(name: str, value: Value) -> dict[str, Value]:
    return {name: dict(value) if value.get("Enabled") else None}


_SPECIAL: dict[str, Callable[[str, Value], dict[str, Value]]] = {
    "AllowedMethods": _allowed_methods,
    "CloudFrontDefaultCertificate": _only_if_true,
    "GeoRestriction": _geo_restriction,
    "Logging": _logging,
    "OriginShield": _shield,
    "ResponseCode": _response_code,
    "TrustedKeyGroups": _trusted,
    "TrustedSigners": _trusted,
}
