"""From AWS's JSON to a `Distribution`, with every mistake and every warning at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from origin_router.config import ConfigError, ConfigProblem
from origin_router.emulator.distribution.limits import note_limits
from origin_router.emulator.distribution.model import (
    METHODS,
    Behavior,
    Distribution,
    ErrorResponse,
    Target,
    Trigger,
)
from origin_router.emulator.distribution.node import Node, Notes
from origin_router.emulator.distribution.read_origins import read_groups, read_origins
from origin_router.emulator.distribution.read_policies import LONGEST_TTL_S, Policies, read_policies
from origin_router.emulator.distribution.shape import check_shape

ERROR_CODES = frozenset({400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504})
"""Statuses that can have an error response."""


@dataclass(frozen=True, slots=True)
class Read:
    """A distribution, and what is different about it here."""

    distribution: Distribution
    warnings: tuple[ConfigProblem, ...] = ()


def load_distribution(path: Path, policies: Iterable[Path] = ()) -> Read:
    """Read what `aws cloudfront get-distribution-config` printed (or `get-distribution`, or the bare configuration).

    `policies` are files with what `get-cache-policy` or `get-origin-request-policy` printed.
    Raises ConfigError with every mistake.
    """
    notes = Notes()
    documents = [Node(_json(each), "", notes) for each in policies]
    read_from = read_policies(documents)
    if notes.mistakes:
        raise ConfigError(", ".join(map(str, policies)), notes.mistakes, is_read=True)
    return parse_distribution(_json(path), str(path), read_from)


def parse_distribution(document: Any, source: str, policies: Policies | None = None) -> Read:
    """Read a document. `source` is what messages call it."""
    notes = Notes()
    outer = Node(document, "", notes)
    named = outer.node("Distribution") if "Distribution" in outer else None
    outer = named or outer
    config = outer.node("DistributionConfig") if "DistributionConfig" in outer else outer
    if "Origins" not in config or "DefaultCacheBehavior" not in config:
        notes.mistake(
            config.path,
            "is not a distribution's configuration: `aws cloudfront get-distribution-config --id ID` prints one",
        )
        raise ConfigError(source, notes.mistakes, is_read=True)
    behaviors = _behaviors(config, policies or Policies())
    responses = tuple(_error_response(node) for node in config.nodes("CustomErrorResponses"))
    note_limits(config)
    check_shape(config)
    if notes.mistakes:
        raise ConfigError(source, _once(notes.mistakes), notes.warnings, is_read=True)
    distribution = Distribution(
        behaviors=behaviors,
        error_responses=responses,
        default_root_object=config.text("DefaultRootObject", ""),
    )
    if named is not None:
        distribution = replace(distribution, id=named.text("Id"), domain=named.text("DomainName"))
    return Read(distribution, tuple(notes.warnings))


def _behaviors(config: Node, policies: Policies) -> tuple[Behavior, ...]:
    origins = read_origins(config)
    targets: dict[str, Target] = {**origins, **read_groups(config, origins)}
    nodes = [*config.nodes("CacheBehaviors"), config.node("DefaultCacheBehavior")]
    found = [_behavior(node, targets, policies, is_default=node is nodes[-1]) for node in nodes]
    return tuple(each for each in found if each is not None)


def _behavior(node: Node, targets: Mapping[str, Target], policies: Policies, *, is_default: bool) -> Behavior | None:
    methods = node.node("AllowedMethods")
    allowed = frozenset(node.texts("AllowedMethods")) or frozenset({"GET", "HEAD"})
    cached = frozenset(methods.texts("CachedMethods")) or frozenset({"GET", "HEAD"})
    if allowed - METHODS:
        node.mistake("AllowedMethods", f"has {sorted(allowed - METHODS)}; allowed: {', '.join(sorted(METHODS))}")
    cache, request = policies.cache_policy(node), policies.request_policy(node)
    triggers = _triggers(node)
    pattern = "*" if is_default else node.text("PathPattern")
    target = targets.get(node.text("TargetOriginId"))
    if target is None:
        node.mistake("TargetOriginId", f"there is no origin or origin group {node.value.get('TargetOriginId')!r}")
        return None
    return Behavior(
        target=target,
        path_pattern=pattern,
        allowed_methods=allowed,
        cached_methods=cached,
        cache=cache,
        request=request,
        origin_request=triggers.get("origin-request"),
        origin_response=triggers.get("origin-response"),
    )


def _triggers(node: Node) -> dict[str, Trigger]:
    found = {}
    for association in node.nodes("LambdaFunctionAssociations"):
        event = association.text(
            "EventType", choices=("viewer-request", "viewer-response", "origin-request", "origin-response")
        )
        if event in found:
            association.mistake("EventType", f"there are two functions on {event}")
        found[event] = Trigger(includes_body=association.flag("IncludeBody"))
    return found


def _error_response(node: Node) -> ErrorResponse:
    status = node.number("ErrorCode", None, 400, 599)
    if status not in ERROR_CODES:
        node.mistake("ErrorCode", f"is {status}; allowed: {', '.join(map(str, sorted(ERROR_CODES)))}")
    page, answered = node.text("ResponsePagePath", ""), node.text("ResponseCode", "")
    if bool(page) != bool(answered):
        node.mistake("ResponsePagePath", "must be given together with ResponseCode")
    if page and not page.startswith("/"):
        node.mistake("ResponsePagePath", f"is {page!r}; it begins with /")
    if answered and not (answered.isdigit() and 200 <= int(answered) <= 599):
        node.mistake("ResponseCode", f"is {answered!r}; allowed: 200 to 599")
        answered = ""
    return ErrorResponse(
        status=status,
        page=page,
        answered_status=int(answered or 0),
        min_ttl_s=node.number("ErrorCachingMinTTL", 10, 0, LONGEST_TTL_S),
    )


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        problem = ConfigProblem("", f"cannot be read: {error.strerror}")
        raise ConfigError(str(path), [problem], is_read=False) from None
    except ValueError as error:
        raise ConfigError(str(path), [ConfigProblem("", f"is not JSON: {error}")], is_read=True) from None


def _once(problems: list[ConfigProblem]) -> list[ConfigProblem]:
    """The shape's check and ours may find the same place wrong: the first word about it is enough."""
    by_path: dict[str, ConfigProblem] = {}
    for problem in problems:
        by_path.setdefault(problem.path, problem)
    return list(by_path.values())
