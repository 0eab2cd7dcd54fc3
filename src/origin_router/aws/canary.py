"""Plans of a canary: a share of the requests tries a version on a staging distribution; then promote or abort."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from origin_router.aws.attachment import attach, attached, attached_settings
from origin_router.aws.document import Edit, edit_to, items
from origin_router.aws.findings import Finding, blocking, in_order, note, warning
from origin_router.aws.model import JSON, CanaryState, Desired, DistributionState, Observed
from origin_router.aws.plan import (
    Plan,
    plan_function,
    plan_surroundings,
    record_after,
    running_version,
    save_record,
)
from origin_router.aws.preflight_pricing import plan_allows_canary
from origin_router.aws.promotion import POLICY_PATH, lost_by_promotion
from origin_router.aws.record import Activation
from origin_router.aws.steps import (
    LATEST,
    NEW_POLICY,
    NEW_STAGING,
    NEW_STAGING_DOMAIN,
    AwaitDistribution,
    CopyDistribution,
    CreatePolicy,
    DeleteDistribution,
    DeletePolicy,
    PromoteStaging,
    Step,
    UpdateDistribution,
    UpdatePolicy,
)

MAX_WEIGHT_PCT = 15.0
"""CloudFront's limit for the share of a staging distribution."""

HEADER_PREFIX = "aws-cf-cd-"
"""What the name of a header that selects the staging distribution must begin with."""

WEIGHT_PRECISION = 0.0001
"""A hundredth of a percent: weights travel as binary fractions."""


@dataclass(frozen=True)
class Traffic:
    """Who tries the canary: a share of the requests, or those with a header."""

    weight_pct: float | None = None
    header: tuple[str, str] | None = None

    def config(self) -> JSON:
        """Return it as the API writes it. The API's weight is a share of one."""
        if self.header is not None:
            name, value = self.header
            return {"Type": "SingleHeader", "SingleHeaderConfig": {"Header": name, "Value": value}}
        return {"Type": "SingleWeight", "SingleWeightConfig": {"Weight": round((self.weight_pct or 0) / 100, 4)}}


def traffic_problem(traffic: Traffic) -> str | None:
    """Say what is wrong with what the user asked for."""
    if traffic.header is not None:
        name = traffic.header[0]
        if not name.lower().startswith(HEADER_PREFIX) or len(name) == len(HEADER_PREFIX):
            return f"the header's name must begin with {HEADER_PREFIX} and go on: {name!r} does not"
        return None
    if traffic.weight_pct is None or not 0 < traffic.weight_pct <= MAX_WEIGHT_PCT:
        return f"the share must be more than 0 and at most {MAX_WEIGHT_PCT:g} %: CloudFront's limit"
    return None


def plan_canary(desired: Desired, observed: Observed, traffic: Traffic, *, findings: tuple[Finding, ...] = ()) -> Plan:
    """Return the steps that give a version to a part of the requests."""
    version, function_steps = plan_function(desired, observed)
    primary, canary = observed.distribution, observed.canary
    record = record_after(desired, observed, None)
    if canary.staging is None:
        record = replace(record, canaries=record.canaries + 1)
    steps: list[Step] = [*plan_surroundings(desired, observed), *function_steps, *save_record(observed, record)]
    staging_config = canary.staging.config if canary.staging else primary.config
    edits = attach(staging_config, desired, version, record.targets_before)
    steps += _plan_staging(desired, primary, canary, edits, record.canaries)
    steps += _plan_policy(primary, canary, traffic)
    return Plan(tuple(steps), findings, running_version(observed), version)


def canary_is_possible(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """CloudFront's own conditions for continuous deployment."""
    del desired
    config, where = observed.distribution.config, f"distribution {observed.distribution.id}"
    if str(config.get("HttpVersion", "")).lower() in ("http3", "http2and3"):
        yield blocking(
            where,
            "speaks HTTP/3, which excludes a canary",
            "Set its HTTP versions to HTTP/2, or deploy without --canary",
        )
    late = [each["Id"] for each in items(config["Origins"]) if each.get("ResponseCompletionTimeout")]
    if late:
        yield blocking(
            where,
            f"has a response completion timeout on {', '.join(late)}, which excludes a canary",
            "Remove it, or deploy without --canary",
        )
    if config.get("ConnectionMode") == "tenant-only":
        yield blocking(where, "is a multi-tenant distribution, which excludes a canary", "Deploy without --canary")
    yield from plan_allows_canary(observed)
    if observed.canary.is_attached and observed.canary.staging is None:
        yield blocking(
            where,
            "has a continuous deployment policy that is not ours",
            "End that one first, or deploy without --canary",
        )
    if not items(config.get("Aliases")):
        yield warning(
            where,
            "has no domain name of its own",
            "CloudFront shares the traffic of the distribution's domain names; without one the canary may see nothing",
        )
    yield note(
        where,
        "the staging distribution has a cache of its own, and at times of much traffic CloudFront may send all of it"
        " to the primary one",
    )


def plan_promote(observed: Observed, *, at: str) -> Plan:
    """Return the steps that make the canary's version everybody's, and remove the canary."""
    primary, staging = observed.distribution, observed.canary.staging
    before = running_version(observed)
    steps: list[Step] = []
    findings: tuple[Finding, ...] = ()
    version = before
    if staging is not None:
        version = _version_on(observed, staging)
        if version is not None and version != before and observed.canary.is_attached:
            findings = in_order(lost_by_promotion(observed, staging))
            steps += _save_promotion(observed, version, at)
            steps.append(PromoteStaging(primary.id, primary.etag, staging.id, staging.etag, version))
            steps.append(AwaitDistribution(primary.id))
    steps += plan_removal(observed, after_promotion=bool(steps))
    return Plan(tuple(steps), findings, before, version)


def plan_abort(observed: Observed) -> Plan:
    """Return the steps that give all requests back to the primary distribution, and remove the canary."""
    version = running_version(observed)
    removal = tuple(plan_removal(observed))
    return Plan((*(_forget_wishes(observed) if removal else ()), *removal), (), version, version)


def _forget_wishes(observed: Observed) -> list[Step]:
    """Return the step that writes down again how the primary is attached, where the canary was to be attached
    differently: the next deployment without options is to keep what is there."""
    record, settings = observed.record, attached_settings(observed.distribution.config, observed.names)
    return [] if record is None or settings is None else save_record(observed, replace(record, settings=settings))


def plan_removal(observed: Observed, *, after_promotion: bool = False) -> Iterator[Step]:
    """Yield the steps that remove what there is of a canary of ours, in the order that CloudFront demands."""
    primary, canary = observed.distribution, observed.canary
    if canary.staging is None:
        return
    if canary.is_attached:
        edit = Edit(POLICY_PATH, primary.config[POLICY_PATH[0]], "")
        yield UpdateDistribution(primary.id, LATEST if after_promotion else primary.etag, (edit,))
        yield AwaitDistribution(primary.id)
    if canary.policy is not None:
        yield DeletePolicy(canary.policy.id)
    staging = canary.staging
    if staging.config.get("Enabled", True):
        yield UpdateDistribution(staging.id, LATEST, (Edit(("Enabled",), True, False),))
        yield AwaitDistribution(staging.id)
    elif not staging.is_deployed:
        yield AwaitDistribution(staging.id)
    yield DeleteDistribution(staging.id)


def _plan_staging(
    desired: Desired, primary: DistributionState, canary: CanaryState, edits: tuple[Edit, ...], number: int
) -> Iterator[Step]:
    staging = canary.staging
    if staging is None:
        yield CopyDistribution(primary.id, primary.etag, desired.names.caller_reference(primary.id, number))
        yield UpdateDistribution(NEW_STAGING, LATEST, edits)
        yield AwaitDistribution(NEW_STAGING)
        return
    if edits:
        yield UpdateDistribution(staging.id, staging.etag, edits)
    if edits or not staging.is_deployed:
        yield AwaitDistribution(staging.id)


def _plan_policy(primary: DistributionState, canary: CanaryState, traffic: Traffic) -> Iterator[Step]:
    wanted = traffic.config()
    domain = canary.staging.domain if canary.staging else NEW_STAGING_DOMAIN
    policy = canary.policy
    if policy is None:
        yield CreatePolicy(domain, wanted)
    elif not _is_as_wanted(policy.traffic, wanted) or not policy.is_enabled:
        yield UpdatePolicy(policy.id, policy.etag, domain, policy.traffic, wanted)
    edits = edit_to(primary.config, POLICY_PATH, policy.id if policy else NEW_POLICY)
    if edits:
        yield UpdateDistribution(primary.id, primary.etag, tuple(edits))
    if edits or not primary.is_deployed:
        yield AwaitDistribution(primary.id)


def _is_as_wanted(traffic: JSON, wanted: JSON) -> bool:
    """Compare what we set; CloudFront's weight comes back as a binary fraction."""
    if traffic.get("Type") != wanted["Type"]:
        return False
    if wanted["Type"] == "SingleHeader":
        return bool(traffic["SingleHeaderConfig"] == wanted["SingleHeaderConfig"])
    ours, theirs = (each["SingleWeightConfig"]["Weight"] for each in (wanted, traffic))
    return bool(abs(ours - theirs) < WEIGHT_PRECISION)


def _version_on(observed: Observed, distribution: DistributionState) -> str | None:
    return next(iter(attached(distribution.config, observed.names).values()), None)


def _save_promotion(observed: Observed, version: str, at: str) -> list[Step]:
    record = observed.record
    if record is None:
        return []
    return save_record(observed, record.activated(Activation(version=version, at=at, by="promote")))
