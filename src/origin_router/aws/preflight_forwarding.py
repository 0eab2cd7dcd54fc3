"""Preflight: what of a viewer's request reaches the function and the origins."""

from __future__ import annotations

from collections.abc import Iterator

from origin_router.aws.findings import Finding, blocking, note, warning
from origin_router.aws.forwarding import Forwarding, forwarding
from origin_router.aws.model import Desired, Observed
from origin_router.aws.preflight_behaviors import chosen
from origin_router.routing.config import PoolConfig, RouterConfig, RuleConfig


def host_reaches_origins(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """Host decides which site an origin shows and which certificate CloudFront accepts from it."""
    origins = [each for pool in desired.config.pools.values() for each in pool.origins]
    of_viewer = [each.id for each in origins if each.host_header == "viewer"]
    for pattern, behavior in chosen(desired, observed):
        where = f"behavior {pattern}"
        seen = forwarding(behavior, observed.policies)
        has_host = seen.has_header("host")
        if of_viewer and not has_host:
            yield blocking(
                where,
                f'does not forward Host, but host_header of {", ".join(of_viewer)} is "viewer": those origins would be'
                f" asked for {desired.origins[0]['DomainName']}",
                "Use an origin request policy that forwards Host (Managed-AllViewer), or change host_header",
            )
        if of_viewer and has_host:
            yield note(
                where,
                f"forwards Host to {', '.join(of_viewer)}",
                "Their certificates must cover their own names or every name of the distribution",
            )
        if has_host and not of_viewer:
            yield note(
                where,
                "forwards Host, which the router replaces; should the function fail, origins receive the viewer's",
            )
        if seen.is_host_cached and not of_viewer:
            yield warning(
                where,
                "caches every Host separately, although no origin is shown it",
                "Take Host out of the cache policy to cache each object once",
            )


def rules_see_what_they_need(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """A rule on a header that CloudFront does not forward never matches, and nothing ever says so."""
    for pattern, behavior in chosen(desired, observed):
        missing = sorted(set(_unseen(desired.config, forwarding(behavior, observed.policies))))
        if missing:
            yield warning(
                f"behavior {pattern}",
                f"does not forward what rules or sticky pools look at: {', '.join(missing)}",
                "Add it to the origin request policy; until then such a rule never matches",
            )


def _unseen(config: RouterConfig, seen: Forwarding) -> Iterator[str]:
    for rule in config.rules:
        yield from _unseen_by_rule(rule, seen)
    for pool in config.pools.values():
        yield from _unseen_by_key(pool, seen)


def _unseen_by_rule(rule: RuleConfig, seen: Forwarding) -> Iterator[str]:
    yield from (f"header {each}" for each in rule.headers if not seen.has_header(each))
    yield from (f"cookie {each}" for each in rule.cookies if not seen.has_cookie(each))
    if rule.query and not seen.has_query:
        yield "the query string"
    if rule.hosts and not seen.has_header("host"):
        yield "header Host"
    if rule.countries and not seen.has_header("cloudfront-viewer-country"):
        yield "header CloudFront-Viewer-Country"


def _unseen_by_key(pool: PoolConfig, seen: Forwarding) -> Iterator[str]:
    kind, _, name = pool.key.partition(":")
    if kind == "header" and not seen.has_header(name):
        yield f"header {name}"
    if kind == "cookie" and not seen.has_cookie(name):
        yield f"cookie {name}"
    if kind == "query" and not seen.has_query:
        yield "the query string"
