"""The changes of a distribution that attach a version, replace it by another one, or undo all of it.

Each behavior in question gets our placeholders as its target and our function on its
origin-side triggers; nothing else is touched. All pure: documents in, edits out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from origin_router.aws.document import Edit, Path, edit_to, get, items
from origin_router.aws.model import DEFAULT_BEHAVIOR, Desired, behavior_path
from origin_router.aws.naming import Names
from origin_router.aws.placeholders import with_headers_of
from origin_router.aws.record import Settings

REQUEST = "origin-request"
RESPONSE = "origin-response"
INCLUDES_BODY = False
"""The function decides without the bodies of requests, so it is never sent any: CloudFront passes them on to the origin
whole, where a function would get 1 MB at most."""

TRIGGERS = (REQUEST, RESPONSE)
"""The triggers that are ours to use; viewer triggers stay as they are."""

Config = Mapping[str, Any]


def patterns(config: Config) -> list[str]:
    """Return the names of a distribution's behaviors, in CloudFront's order."""
    return [*(each["PathPattern"] for each in items(config.get("CacheBehaviors"))), DEFAULT_BEHAVIOR]


def association_path(pattern: str, trigger: str) -> Path:
    """Return where the function of a trigger stands."""
    return (*behavior_path(pattern), "LambdaFunctionAssociations", trigger)


def association_arn(config: Config, pattern: str, trigger: str) -> str | None:
    """Return the function on a trigger."""
    association = get(config, association_path(pattern, trigger))
    return association["LambdaFunctionARN"] if association else None


def attached(config: Config, names: Names) -> dict[tuple[str, str], str]:
    """Return where our function stands: (behavior, trigger) -> version."""
    found = {}
    for pattern in patterns(config):
        for trigger in TRIGGERS:
            version = names.version_of(association_arn(config, pattern, trigger) or "")
            if version is not None:
                found[pattern, trigger] = version
    return found


def attached_settings(config: Config, names: Names) -> Settings | None:
    """Return with which settings our function stands there; None if it does not."""
    found = attached(config, names)
    behaviors = tuple(each for each in patterns(config) if (each, REQUEST) in found)
    if not behaviors:
        return None
    return Settings(
        behaviors=behaviors,
        is_failover=any(target_of(config, each) == names.group_id for each in behaviors),
        has_feedback=any(trigger == RESPONSE for _, trigger in found),
    )


def attach(config: Config, desired: Desired, version: str, before: Mapping[str, str]) -> tuple[Edit, ...]:
    """Return the edits that lead to what is desired. `before`: the targets to restore where we leave a behavior."""
    names, settings = desired.names, desired.settings
    edits: list[Edit] = []
    for origin in desired.origins:
        path = ("Origins", origin["Id"])
        edits += edit_to(config, path, with_headers_of(get(config, path), origin))
    if desired.group is not None:
        edits += edit_to(config, ("OriginGroups", desired.group["Id"]), desired.group)
    for pattern in patterns(config):
        if pattern in settings.behaviors:
            target = desired.group["Id"] if desired.group else desired.origins[0]["Id"]
            edits += edit_to(config, (*behavior_path(pattern), "TargetOriginId"), target)
            edits += _associate(config, names, pattern, version, has_feedback=settings.has_feedback)
        else:
            edits += _leave(config, names, pattern, before)
    kept = {desired.group["Id"]} if desired.group else set()
    edits += _remove_unused(config, names, edits, kept | {each["Id"] for each in desired.origins})
    return tuple(edits)


def switch(config: Config, names: Names, version: str) -> tuple[Edit, ...]:
    """Return the edits that replace our function by another version of it, wherever it stands."""
    edits: list[Edit] = []
    for pattern, trigger in attached(config, names):
        path = association_path(pattern, trigger)
        edits += edit_to(config, path, {**get(config, path), "LambdaFunctionARN": names.version_arn(version)})
    return tuple(edits)


def detach(config: Config, names: Names, before: Mapping[str, str]) -> tuple[Edit, ...]:
    """Return the edits that restore what was there before. What somebody else changed since stays theirs."""
    edits = [edit for pattern in patterns(config) for edit in _leave(config, names, pattern, before)]
    return (*edits, *_remove_unused(config, names, edits, set()))


def still_targeted(config: Config, names: Names, before: Mapping[str, str]) -> tuple[str, ...]:
    """Return the behaviors that would keep a target of ours, because nobody knows what they had before."""
    known = {each["Id"] for kind in ("Origins", "OriginGroups") for each in items(config.get(kind))}
    return tuple(
        pattern
        for pattern in patterns(config)
        if names.is_ours(target_of(config, pattern)) and before.get(pattern) not in known
    )


def target_of(config: Config, pattern: str) -> str:
    """Return the origin or origin group that a behavior sends requests to."""
    target: str = get(config, (*behavior_path(pattern), "TargetOriginId"))
    return target


def _associate(config: Config, names: Names, pattern: str, version: str, *, has_feedback: bool) -> Iterator[Edit]:
    wanted = {"LambdaFunctionARN": names.version_arn(version), "IncludeBody": INCLUDES_BODY}
    yield from edit_to(config, association_path(pattern, REQUEST), {**wanted, "EventType": REQUEST})
    if has_feedback:
        yield from edit_to(config, association_path(pattern, RESPONSE), {**wanted, "EventType": RESPONSE})
    else:
        yield from _dissociate(config, names, pattern, RESPONSE)


def _dissociate(config: Config, names: Names, pattern: str, trigger: str) -> Iterator[Edit]:
    """Remove our function, whatever its version; never another one."""
    if names.version_of(association_arn(config, pattern, trigger) or "") is not None:
        yield from edit_to(config, association_path(pattern, trigger), None)


def _leave(config: Config, names: Names, pattern: str, before: Mapping[str, str]) -> Iterator[Edit]:
    for trigger in TRIGGERS:
        yield from _dissociate(config, names, pattern, trigger)
    if names.is_ours(target_of(config, pattern)) and pattern in before:
        yield from edit_to(config, (*behavior_path(pattern), "TargetOriginId"), before[pattern])


def _remove_unused(config: Config, names: Names, edits: Collection[Edit], kept: set[str]) -> list[Edit]:
    """Remove our placeholders and our group where no behavior and no group needs them any more."""
    changed = {edit.path[:-1]: edit.after for edit in edits if edit.path[-1] == "TargetOriginId"}
    targets = {changed.get(behavior_path(each), target_of(config, each)) for each in patterns(config)}
    groups = [each for each in items(config.get("OriginGroups")) if each["Id"] != names.group_id]
    removals: list[Edit] = []
    if names.group_id not in kept | targets:
        removals += edit_to(config, ("OriginGroups", names.group_id), None)
    elif names.group_id not in kept:
        kept = kept | {names.placeholder_id(1), names.placeholder_id(2)}
    members = {each["OriginId"] for group in groups for each in items(group["Members"])}
    for attempt in (1, 2):
        id_ = names.placeholder_id(attempt)
        if id_ not in kept | targets | members:
            removals += edit_to(config, ("Origins", id_), None)
    return removals
