"""Preflight: the function, its package, its role and the account's limits."""

from __future__ import annotations

from collections.abc import Iterator

from origin_router.aws.documents import is_our_role, is_same
from origin_router.aws.findings import Finding, blocking, note, warning
from origin_router.aws.model import Desired, Observed

MAX_ZIP_BYTES = 50 * 1024 * 1024
"""CloudFront's limit for the package of an edge function."""

USUAL_CONCURRENCY = 1_000
"""Lambda's default per Region. New accounts start lower, and all functions of the account share it."""

REQUESTS_PER_ENVIRONMENT = 10
"""An environment serves at most ten requests a second."""


def package_fits(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """The zip has a limit of its own at the edge."""
    del observed
    if desired.code_size > MAX_ZIP_BYTES:
        yield blocking(
            "package",
            f"the zip has {desired.code_size:,} bytes; CloudFront takes {MAX_ZIP_BYTES:,}",
            "Make the configuration smaller (the bodies of response tables are built into the zip)",
        )


def is_ours(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """A function of our name that somebody else made is left alone; what cannot be at the edge is removed from ours."""
    function, where = observed.function, f"function {desired.names.function}"
    if function is None:
        return
    if function.package_type != "Zip":
        yield blocking(where, "is a container image, which CloudFront refuses", "Choose another name, or delete it")
    elif function.settings.handler != desired.function.handler:
        yield blocking(
            where,
            f"exists and was not made by origin-router: its handler is {function.settings.handler!r}",
            "Choose another name in the configuration, or delete the function if nobody needs it",
        )
    elif function.settings.forbidden:
        yield note(
            where,
            f"has settings that CloudFront refuses: {', '.join(function.settings.forbidden)}",
            "They are removed",
        )


def role_is_ours(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """The role is replaced to what we need; what somebody else gave it is pointed out and kept."""
    role, where = observed.role, f"role {desired.names.role}"
    if role is None:
        return
    if role.arn != desired.names.role_arn:
        yield blocking(
            where,
            f"exists under another path ({role.arn}) and was not made by origin-router",
            "Choose another name in the configuration",
        )
    elif not is_our_role(role):
        yield blocking(
            where,
            "exists and was not made by origin-router",
            "Choose another name in the configuration, or delete the role if nobody needs it",
        )
    if role.other_policies:
        yield note(where, f"has further policies: {', '.join(role.other_policies)}", "They are kept")
    if is_our_role(role) and not is_same(role.trust, desired.trust):
        yield warning(
            where,
            "is trusted differently from what CloudFront needs (lambda.amazonaws.com and edgelambda.amazonaws.com)",
            "Its trust policy is replaced: see the plan",
        )


def concurrency_is_enough(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """Too few environments and CloudFront answers 503."""
    limit = observed.concurrency
    if limit is None or limit >= USUAL_CONCURRENCY:
        return
    requests = limit * REQUESTS_PER_ENVIRONMENT // (2 if desired.settings.has_feedback else 1)
    yield warning(
        "Lambda concurrency",
        f"the account may run {limit} functions at a time, so at most {requests:,} cache misses a second per Region"
        f"{' with both triggers' if desired.settings.has_feedback else ''}; beyond that viewers get 503",
        "Ask for a higher quota (Service Quotas, Lambda, Concurrent executions) in the Regions with much traffic",
    )
