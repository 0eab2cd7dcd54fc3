"""Situations for the preflight, each a small difference from an ordinary distribution."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from origin_router.aws.findings import Finding, Severity
from origin_router.aws.model import Desired, Observed
from origin_router.aws.preflight import preflight
from origin_router.routing.config import RouterConfig, RuleConfig
from tests.support.distribution_parts import behavior, custom_origin, listed
from tests.support.wanted import distribution, everything, nothing, origin, router_config, wanted

BLOCKING, WARNING, NOTE = Severity.BLOCKING, Severity.WARNING, Severity.NOTE
VIEWER_HOST = router_config(origin("eu", "eu.example.com", host_header="viewer"))


@dataclass(frozen=True)
class Case:
    """A situation, and words of what is found in it."""

    id: str
    severity: Severity
    where: str
    what: str
    config: RouterConfig = field(default_factory=router_config)
    asked: dict[str, Any] = field(default_factory=dict)
    distribution: dict[str, Any] = field(default_factory=dict)
    """Parts of the distribution's configuration."""
    observed: Callable[[Observed, Desired], Observed] = lambda observed, desired: observed


def default(**more: Any) -> dict[str, Any]:
    """The default behavior, alone in its distribution."""
    return {
        "DefaultCacheBehavior": behavior("plain", **more),
        "CacheBehaviors": listed(),
        "OriginGroups": listed(),
        "Origins": listed(custom_origin("plain", "plain.example.com", ConnectionTimeout=3)),
    }


def origins(*some: dict[str, Any], target: str) -> dict[str, Any]:
    """A distribution with these origins."""
    return {**default(), "Origins": listed(*some), "DefaultCacheBehavior": behavior(target)}


def with_rule(**rule: Any) -> RouterConfig:
    """A rule that looks at something."""
    return replace(router_config(), rules=(RuleConfig(pool="web", **rule),))


def on_function(**settings: Any) -> Callable[[Observed, Desired], Observed]:
    """A function that is there already, but differs."""

    def change(observed: Observed, desired: Desired) -> Observed:
        function = everything(desired).function
        assert function is not None
        package = {name: settings.pop(name) for name in ("package_type",) if name in settings}
        return replace(observed, function=replace(function, settings=replace(function.settings, **settings), **package))

    return change


def changed(**fields: Any) -> Callable[[Observed, Desired], Observed]:
    """The account differs."""
    return lambda observed, desired: replace(observed, **fields)


def on_distribution(**fields: Any) -> Callable[[Observed, Desired], Observed]:
    """The distribution's state differs."""
    return lambda observed, desired: replace(observed, distribution=replace(observed.distribution, **fields))


def find(case: Case) -> tuple[Finding, ...]:
    """Run the preflight in a situation."""
    observed = nothing(distribution=distribution(**case.distribution))
    desired = wanted(case.config, observed, **case.asked)
    return preflight(desired, case.observed(observed, desired))


def check(case: Case) -> None:
    """See that what is expected is found, with what to do about it, and the worst first."""
    findings = find(case)
    matching = [each for each in findings if case.where in each.where and case.what in each.what]

    assert [each.severity for each in matching[:1]] == [case.severity], "\n".join(map(str, findings))
    assert matching[0].what_to_do or case.severity is NOTE
    assert list(findings) == sorted(findings, key=lambda each: list(Severity).index(each.severity))
