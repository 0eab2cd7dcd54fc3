"""Everything that AWS would refuse late, or never tell: looked for before anything is changed.

Each check is a pure function over what is there and what is wanted. A blocking finding
stops a deployment before its first change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from origin_router.aws import preflight_behaviors as behaviors
from origin_router.aws import preflight_distribution as distribution
from origin_router.aws import preflight_feedback as feedback
from origin_router.aws import preflight_forwarding as forwarding
from origin_router.aws import preflight_function as function
from origin_router.aws import preflight_pricing as pricing
from origin_router.aws.findings import Finding, blocking, in_order, note, warning
from origin_router.aws.model import Desired, Observed

Check = Callable[[Desired, Observed], Iterator[Finding]]

MAX_FUNCTION_NAME = 64
MAX_BUCKET_NAME = 63


def names_fit(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """Lambda and S3 limit the length of names; S3 counts the account's twelve digits too."""
    del observed
    names = desired.names
    for name, limit, what in (
        (names.function, MAX_FUNCTION_NAME, "function"),
        (names.bucket, MAX_BUCKET_NAME, "bucket"),
    ):
        if len(name) > limit:
            yield blocking(
                "name",
                f"the {what} would be called {name}, which is {len(name) - limit} characters too long",
                "Choose a shorter name in the configuration",
            )


def placeholders_resolve(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """CloudFront resolves the configured origin before it calls the function: without an address, 502 and no call."""
    for origin in desired.origins:
        if origin["DomainName"] in observed.unresolved_hosts:
            yield blocking(
                f"placeholder origin {origin['Id']}",
                f"{origin['DomainName']} has no address, as seen from here",
                "Give the host a DNS record, or put an origin first in its pool (or as fallback) that has one:"
                " CloudFront answers 502 without calling the function when it cannot resolve a placeholder",
            )


def control_is_possible(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """Draining and pinning need a control document."""
    control = desired.config.control
    if observed.control is not None and not observed.control.has_bucket and control.bucket != desired.names.bucket:
        yield warning(
            "control.bucket",
            f"there is no bucket {control.bucket}",
            f"Create it, or name {desired.names.bucket}, which this command creates",
        )
    elif not control.bucket and not control.url:
        yield note(
            "control",
            "without a control document, drain, pin and weights have no effect until the next deployment",
            f'Add [control] with bucket = "{desired.names.bucket}" to the configuration to have them work at once',
        )


def log_regions(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """A Region that is not enabled runs no functions; one that an organisation forbids loses its logs."""
    del desired
    refused = [region for region, state in observed.log_groups.items() if state.refusal]
    if refused:
        yield note(
            f"logs in {', '.join(refused)}",
            f"cannot be prepared ({observed.log_groups[refused[0]].refusal})",
            "If the Region is not enabled for the account, nothing is missing",
        )


CHECKS: tuple[Check, ...] = (
    names_fit,
    function.package_fits,
    function.is_ours,
    function.role_is_ours,
    function.concurrency_is_enough,
    distribution.partition_has_edge_functions,
    distribution.can_be_changed,
    distribution.no_canary_runs,
    distribution.quotas_hold,
    distribution.origins_are_usable,
    distribution.identities_are_known,
    distribution.failover_has_two,
    pricing.plan_allows_failover,
    placeholders_resolve,
    behaviors.exist,
    behaviors.triggers_are_free,
    feedback.is_as_configured,
    behaviors.take_functions,
    behaviors.keep_what_they_have,
    behaviors.own_names_are_free,
    behaviors.headers_stay_among_those_who_know_them,
    forwarding.host_reaches_origins,
    forwarding.rules_see_what_they_need,
    control_is_possible,
    log_regions,
)


def preflight(desired: Desired, observed: Observed, checks: Iterable[Check] = CHECKS) -> tuple[Finding, ...]:
    """Run every check."""
    return in_order(finding for check in checks for finding in check(desired, observed))
