"""The origins that CloudFront's configuration names while the router names the real ones.

CloudFront resolves them before it calls the function, uses their connection limits
whatever the function chooses, and sends requests to them when the function fails. So they
are two of the pool's own origins, and their limits are short.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from origin_router.aws.document import items
from origin_router.aws.naming import Names
from origin_router.routing.config import OriginConfig, RouterConfig

CONNECT_TIMEOUT_S = 1
"""CloudFront takes 1 to 10 s, 10 by default. A connection that loses its first packet fails over in the second in which
the packet would be sent again: that second is what every request to an origin that is gone would wait as well."""

CONNECT_ATTEMPTS = 1
"""3 by default: CloudFront would try a dead origin for three times the limit, before failover and before an error."""

ATTEMPT_HEADER = "x-origin-router-attempt"
"""Custom header that tells the function which of the two attempts a request is."""

FAILOVER_STATUS = (500, 502, 503, 504)
"""500 and 502 are answers of broken origins; a connection that fails counts as 503, a response that is late as 504."""

SHIELD_OFF = {"Enabled": False}


def choose_origins(config: RouterConfig, count: int) -> list[OriginConfig]:
    """Return the pool's origins that best stand in for it: they answer when the function does not.

    An S3 origin behind an origin access identity comes first, because the function can keep
    an identity but not add one. Then the fallback, then by priority and order.
    """
    pool = config.pools[config.pool]
    ranked = sorted(
        pool.origins,
        key=lambda each: (
            each.auth_method != "origin-access-identity",
            each.id != pool.fallback_id,
            each.priority,
        ),
    )
    return ranked[:count]


def placeholder(names: Names, config: RouterConfig, origin: OriginConfig, attempt: int, like: Like) -> dict[str, Any]:
    """Return one placeholder as CloudFront's API writes an origin."""
    every = [each for pool in config.pools.values() for each in pool.origins]
    read_timeout_s = max(each.response_timeout_s for each in every)
    written: dict[str, Any] = {
        "Id": names.placeholder_id(attempt),
        "DomainName": origin.host,
        "OriginPath": origin.path,
        "CustomHeaders": _collection([{"HeaderName": ATTEMPT_HEADER, "HeaderValue": str(attempt)}, *like.headers]),
        "ConnectionAttempts": CONNECT_ATTEMPTS,
        "ConnectionTimeout": CONNECT_TIMEOUT_S,
        "OriginShield": like.shield,
        "OriginAccessControlId": "",
    }
    if origin.type == "s3":
        identity = like.identities.get(origin.host, "")
        written["S3OriginConfig"] = {"OriginAccessIdentity": identity, "OriginReadTimeout": read_timeout_s}
    else:
        written["CustomOriginConfig"] = {
            "HTTPPort": origin.port if origin.protocol == "http" else 80,
            "HTTPSPort": origin.port if origin.protocol == "https" else 443,
            "OriginProtocolPolicy": f"{origin.protocol}-only",
            "OriginSslProtocols": _collection(["TLSv1.2"]),
            "OriginReadTimeout": read_timeout_s,
            "OriginKeepaliveTimeout": max(each.keepalive_timeout_s for each in every),
        }
    return written


def with_headers_of(existing: Mapping[str, Any] | None, wanted: dict[str, Any]) -> dict[str, Any]:
    """Keep the custom headers that somebody gave a placeholder: the function passes them on."""
    ours = items(wanted["CustomHeaders"])
    names = {each["HeaderName"].lower() for each in ours}
    theirs = [each for each in items((existing or {}).get("CustomHeaders")) if each["HeaderName"].lower() not in names]
    return {**wanted, "CustomHeaders": _collection(ours + theirs)}


def origin_group(names: Names) -> dict[str, Any]:
    """Return the origin group of both placeholders."""
    return {
        "Id": names.group_id,
        "FailoverCriteria": {"StatusCodes": _collection(list(FAILOVER_STATUS))},
        "Members": _collection([{"OriginId": names.placeholder_id(attempt)} for attempt in (1, 2)]),
    }


class Like:
    """What the placeholders take over from the origins that the behaviors had before."""

    def __init__(self, config: Mapping[str, Any], targets: Iterable[str], hosts: Iterable[str]) -> None:
        """`hosts`: all that the function may send requests to."""
        originals = [each for target in targets for each in origins_of(config, target)]
        shields = [each.get("OriginShield") or SHIELD_OFF for each in originals]
        self.shield: dict[str, Any] = (
            shields[0] if shields and all(each == shields[0] for each in shields) else SHIELD_OFF
        )
        """Origin Shield, where all of them agree on it."""
        self.identities: dict[str, str] = {
            each["DomainName"]: each["S3OriginConfig"]["OriginAccessIdentity"]
            for each in items(config["Origins"])
            if each.get("S3OriginConfig", {}).get("OriginAccessIdentity")
        }
        """Bucket -> the origin access identity that reads it."""
        self.headers: list[dict[str, str]] = common_headers(config, hosts)
        """Custom headers, often secrets by which origins know CloudFront."""


def common_headers(config: Mapping[str, Any], hosts: Iterable[str]) -> list[dict[str, str]]:
    """Return the custom headers that the distribution sends to each of the hosts already; none if they differ.

    The function passes a placeholder's headers on to whichever origin it chooses. So a secret may
    only be there if every one of them knows it.
    """
    found = []
    for host in dict.fromkeys(hosts):
        theirs = [custom_headers(each) for each in items(config["Origins"]) if each["DomainName"] == host]
        found += [each for each in theirs if not is_placeholder(each)] or [[]]
    return found[0] if found and all(each == found[0] for each in found) else []


def custom_headers(origin: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the custom headers of an origin, in an order of their own."""
    return sorted(items(origin.get("CustomHeaders")), key=lambda each: str(each["HeaderName"]).lower())


def is_placeholder(headers: Iterable[Mapping[str, str]]) -> bool:
    """Whether these are the custom headers of one of our placeholders."""
    return any(each["HeaderName"].lower() == ATTEMPT_HEADER for each in headers)


def origins_of(config: Mapping[str, Any], target: str) -> list[dict[str, Any]]:
    """Return the origins behind a behavior's target, which may be an origin group."""
    group = next((each for each in items(config.get("OriginGroups")) if each["Id"] == target), None)
    ids = [target] if group is None else [each["OriginId"] for each in items(group["Members"])]
    return [each for each in items(config["Origins"]) if each["Id"] in ids]


def _collection(values: list[Any]) -> dict[str, Any]:
    return {"Quantity": len(values), "Items": values}
