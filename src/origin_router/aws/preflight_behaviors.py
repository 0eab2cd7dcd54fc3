"""Preflight: the behaviors that the router is attached to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from origin_router.aws.attachment import REQUEST, RESPONSE, association_arn, patterns, target_of
from origin_router.aws.document import get, items
from origin_router.aws.findings import Finding, blocking, note, warning
from origin_router.aws.model import Desired, Observed, behavior_path
from origin_router.aws.placeholders import (
    ATTEMPT_HEADER,
    CONNECT_ATTEMPTS,
    CONNECT_TIMEOUT_S,
    SHIELD_OFF,
    custom_headers,
    is_placeholder,
    origins_of,
    with_headers_of,
)
from origin_router.aws.reserved_headers import clashes

DEFAULT_CONNECT = (10, 3)
"""CloudFront's own: seconds and attempts."""


def exist(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """A pattern must be written as the distribution writes it."""
    known = patterns(observed.distribution.config)
    for pattern in desired.settings.behaviors:
        if pattern not in known:
            yield blocking(
                f"--behavior {pattern}",
                f"distribution {observed.distribution.id} has no such behavior",
                f"Choose from: {', '.join(known)}",
            )


def triggers_are_free(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """One function per trigger: another one there is somebody's, and stays."""
    triggers = (REQUEST, RESPONSE) if desired.settings.has_feedback else (REQUEST,)
    for pattern, _ in chosen(desired, observed):
        for trigger in triggers:
            arn = association_arn(observed.distribution.config, pattern, trigger)
            if arn is not None and desired.names.version_of(arn) is None:
                yield blocking(
                    f"behavior {pattern}",
                    f"its {trigger} trigger has another function already: {arn}",
                    "CloudFront takes one function per trigger: remove it, merge the two, or choose other behaviors"
                    + (" (or deploy with --no-feedback)" if trigger == RESPONSE else ""),
                )


def take_functions(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """Some kinds of behaviors do not call functions."""
    for pattern, behavior in chosen(desired, observed):
        where = f"behavior {pattern}"
        if behavior.get("SmoothStreaming"):
            yield blocking(where, "has Smooth Streaming, which excludes edge functions", "Choose other behaviors")
        if (behavior.get("GrpcConfig") or {}).get("Enabled"):
            yield warning(
                where,
                "allows gRPC, whose requests never call a function: they all go to the first placeholder,"
                f" {desired.origins[0]['DomainName']}",
                "Give gRPC a behavior of its own if it should go elsewhere",
            )
        group = _group(observed, pattern)
        if group is not None and group.get("SelectionCriteria") == "media-quality-based":
            yield warning(
                where,
                "chooses origins by media quality, which CloudFront does not do for a behavior with an origin-side"
                " function",
                "Choose other behaviors if you need it",
            )


def keep_what_they_have(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """What the present origins of a behavior have and the router's do not."""
    record = observed.record
    before = record.targets_before if record else {}
    shields = []
    passed_on = _passed_on(desired, observed)
    for pattern, _ in chosen(desired, observed):
        where = f"behavior {pattern}"
        originals = origins_of(
            observed.distribution.config, before.get(pattern, target_of(observed.distribution.config, pattern))
        )
        for origin in originals:
            shields.append(origin.get("OriginShield") or SHIELD_OFF)
            missing = [each["HeaderName"] for each in custom_headers(origin) if each["HeaderName"] not in passed_on]
            if missing:
                yield warning(
                    where,
                    f"its origin {origin['Id']} is sent custom headers ({', '.join(missing)}) that the router's origins"
                    " would not receive",
                    "Have the distribution send the same ones to every origin of the pools, or, after deploying, add"
                    " them to the placeholders (deploy keeps them): the router passes a placeholder's headers on to"
                    " whichever origin it chooses",
                )
            limits = (origin.get("ConnectionTimeout", 10), origin.get("ConnectionAttempts", 3))
            if limits == DEFAULT_CONNECT:
                yield note(
                    where,
                    f"CloudFront gives up connecting to {origin['Id']} after {limits[1]} x {limits[0]} s; with the"
                    f" router after {CONNECT_ATTEMPTS} x {CONNECT_TIMEOUT_S} s",
                )
    yield from _shield(shields)


def headers_stay_among_those_who_know_them(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """A placeholder's custom headers are passed on to every origin of the pools, and may be secrets."""
    passed_on = _passed_on(desired, observed)
    if not passed_on:
        return
    names = ", ".join(sorted(passed_on))
    hosts = dict.fromkeys(each.host for pool in desired.config.pools.values() for each in pool.origins)
    strangers = [host for host in hosts if not passed_on <= _sent_to(host, observed)]
    if strangers:
        yield warning(
            "custom headers",
            f"{names} of the placeholders are passed on to every origin of the pools, also to {', '.join(strangers)},"
            " to which the distribution itself does not send them",
            "Remove them from the placeholders if these origins must not know them",
        )
    else:
        yield note(
            "custom headers",
            f"{names} of the placeholders are passed on to every origin of the pools",
            "After a change of them in the distribution, deploy again",
        )


def own_names_are_free(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """A custom header of the router's own names would clash with what the function writes and reads."""
    hosts = {each.host for pool in desired.config.pools.values() for each in pool.origins}
    for clash in clashes(observed.distribution.config, desired.names, desired.settings.behaviors, hosts):
        kind = "placeholder origin" if clash.is_placeholder else "origin"
        yield blocking(f"{kind} {clash.origin}", clash.what, clash.what_to_do)


def _sent_to(host: str, observed: Observed) -> set[str]:
    """Return the names of the custom headers that the distribution's own origins send to a host."""
    sent = [
        custom_headers(each) for each in items(observed.distribution.config["Origins"]) if each["DomainName"] == host
    ]
    return {header["HeaderName"] for headers in sent if not is_placeholder(headers) for header in headers}


def _passed_on(desired: Desired, observed: Observed) -> set[str]:
    """Return the names of the custom headers that every placeholder will have, beside our own."""
    origins = items(observed.distribution.config["Origins"])
    existing = {each["Id"]: each for each in origins}
    names = [
        {each["HeaderName"] for each in custom_headers(with_headers_of(existing.get(origin["Id"]), origin))}
        for origin in desired.origins
    ]
    return set.intersection(*names) - {ATTEMPT_HEADER}


def chosen(desired: Desired, observed: Observed) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the behaviors that the router is to be attached to."""
    config = observed.distribution.config
    for pattern in patterns(config):
        if pattern in desired.settings.behaviors:
            yield pattern, get(config, behavior_path(pattern))


def _shield(shields: list[dict[str, Any]]) -> Iterator[Finding]:
    if all(not each["Enabled"] for each in shields):
        return
    if any(each != shields[0] for each in shields):
        yield warning(
            "Origin Shield",
            "the present origins of these behaviors differ in it, so the placeholders go without",
            "Deploy behaviors with different shields as routers of different names",
        )
        return
    region = shields[0].get("OriginShieldRegion", "its Region")
    yield note(
        "Origin Shield",
        f"is kept, so the function runs in {region} for all viewers and measures from there",
        "Without Origin Shield each Region measures and chooses for itself",
    )


def _group(observed: Observed, pattern: str) -> dict[str, Any] | None:
    config = observed.distribution.config
    group: dict[str, Any] | None = get(config, ("OriginGroups", target_of(config, pattern)))
    return group
