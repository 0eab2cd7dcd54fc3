"""Plans of going back: to an earlier version, or to how everything was before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from origin_router.aws.attachment import attached, detach, still_targeted, switch, target_of
from origin_router.aws.canary import plan_removal
from origin_router.aws.documents import is_our_role
from origin_router.aws.findings import Finding, blocking, in_order, note
from origin_router.aws.model import (
    BucketState,
    CanaryState,
    DistributionState,
    FunctionState,
    Observed,
    RoleState,
    StoredRecord,
)
from origin_router.aws.naming import Names
from origin_router.aws.plan import Plan, running_version, save_record
from origin_router.aws.record import PREFIX, Activation, Record
from origin_router.aws.steps import (
    AwaitDistribution,
    DeleteBucket,
    DeleteControl,
    DeleteDashboard,
    DeleteFunction,
    DeleteLogGroups,
    DeleteRecord,
    DeleteRole,
    Step,
    UpdateDistribution,
)
from origin_router.bundle.bundler import HANDLER


def plan_rollback(observed: Observed, wanted: str | None, *, at: str) -> Plan:
    """Return the steps to a version; `wanted` None: to the one that ran before."""
    before = running_version(observed)
    record = observed.record
    version = wanted or (record.version_before(before) if record else None)
    findings = in_order(_rollback_findings(observed, before, version, wanted))
    if version is None or any(findings):
        return Plan((), findings, before, version)
    steps: list[Step] = []
    if record is not None:
        steps += save_record(observed, record.activated(Activation(version=version, at=at, by="rollback")))
    edits = switch(observed.distribution.config, observed.names, version)
    if edits:
        steps.append(UpdateDistribution(observed.distribution.id, observed.distribution.etag, edits))
    else:
        steps = []
    if edits or not observed.distribution.is_deployed:
        steps.append(AwaitDistribution(observed.distribution.id))
    return Plan(tuple(steps), findings, before, version)


def _rollback_findings(
    observed: Observed, before: str | None, version: str | None, wanted: str | None
) -> Iterator[Finding]:
    where = f"distribution {observed.distribution.id}"
    if before is None:
        yield blocking(where, "the router is not attached to it", "Run origin-router deploy")
    elif observed.canary.staging is not None:
        yield blocking(where, "a canary is under way", "Run origin-router abort to end it")
    elif version is None:
        yield blocking(where, f"no version ran there before version {before}", "Name one with --to")
    elif version not in {each.version for each in observed.versions}:
        known = ", ".join(each.version for each in observed.versions) or "none"
        yield blocking("--to" if wanted else where, f"there is no version {version}", f"Versions that exist: {known}")


@dataclass(frozen=True, kw_only=True)
class Use:
    """A distribution that the router is, or was, attached to."""

    distribution: DistributionState
    stored: StoredRecord | None = None
    canary: CanaryState = field(default_factory=CanaryState)

    @property
    def record(self) -> Record | None:
        """What is written down about it."""
        return self.stored.record if self.stored else None


@dataclass(frozen=True, kw_only=True)
class Remains:
    """All that there is of a router in an account."""

    names: Names
    uses: tuple[Use, ...]
    lost_records: tuple[str, ...] = ()
    """Distributions that are written down but exist no more."""
    function: FunctionState | None = None
    role: RoleState | None = None
    dashboard: str | None = None
    """Name of the dashboard, if there is one."""
    log_groups: tuple[tuple[str, str], ...] = ()
    """Region and name."""
    bucket: BucketState = field(default_factory=BucketState)
    bucket_keys: tuple[str, ...] = ()
    """Also of objects that only earlier versions are left of."""
    is_versioned: bool = False
    """Whether the bucket keeps earlier versions."""
    our_keys: frozenset[str] = frozenset()
    """Which of them we wrote, or an operator ordered."""
    control: str | None = None
    """Place of a control document in another bucket."""
    is_control_ours: bool = False

    @property
    def has_foreign_function(self) -> bool:
        """Whether somebody else made the function of our name; then what is attached to distributions is theirs."""
        return self.function is not None and self.function.settings.handler != HANDLER

    @property
    def has_foreign_role(self) -> bool:
        """Whether somebody else made the role of our name."""
        return self.role is not None and not (self.role.arn == self.names.role_arn and is_our_role(self.role))


@dataclass(frozen=True, kw_only=True)
class Scope:
    """How much is to be removed."""

    distribution: str | None = None
    """Only from this one; the function stays if another one uses it. None: everything."""
    keeps_logs: bool = False


def plan_destroy(remains: Remains, scope: Scope) -> Plan:
    """Return the steps that restore distributions and remove what is ours."""
    if remains.has_foreign_function:
        foreign = blocking(
            f"function {remains.names.function}",
            "was not made by origin-router, so nothing of this name is touched",
            "Check the name in the configuration",
        )
        return Plan((), (foreign,))
    chosen = [each for each in remains.uses if scope.distribution in (None, each.distribution.id)]
    if remains.uses and not chosen:
        others = ", ".join(each.distribution.id for each in remains.uses)
        absent = blocking(
            f"distribution {scope.distribution}", "the router is not attached to it", f"It is attached to: {others}"
        )
        return Plan((), (absent,))
    steps = [step for use in chosen for step in _plan_detach(remains.names, use)]
    findings = [finding for use in chosen for finding in _detach_findings(remains.names, use)]
    if len(chosen) == len(remains.uses):
        steps += [DeleteRecord(each, remains.names.bucket) for each in remains.lost_records]
        steps += _plan_delete(remains, scope)
        findings += _kept(remains)
    else:
        findings.append(note("function", "is used by other distributions", "It is kept"))
    return Plan(tuple(steps), in_order(findings))


def _plan_detach(names: Names, use: Use) -> Iterator[Step]:
    state, record = use.distribution, use.record
    before: Mapping[str, str] = record.targets_before if record else {}
    removal = list(_as_observed(names, use))
    yield from removal
    edits = detach(state.config, names, before)
    if edits:
        yield UpdateDistribution(state.id, "" if removal else state.etag, edits)
    if edits or not state.is_deployed:
        yield AwaitDistribution(state.id)
    if use.stored is not None:
        yield DeleteRecord(state.id, names.bucket)


def _as_observed(names: Names, use: Use) -> Iterator[Step]:
    """A canary goes first."""
    yield from plan_removal(Observed(names=names, distribution=use.distribution, stored=use.stored, canary=use.canary))


def _detach_findings(names: Names, use: Use) -> Iterator[Finding]:
    state, record = use.distribution, use.record
    before: Mapping[str, str] = record.targets_before if record else {}
    for pattern in still_targeted(state.config, names, before):
        reason = f"{before[pattern]} is gone" if pattern in before else "nothing is written down about it"
        yield blocking(
            f"distribution {state.id}, behavior {pattern}",
            f"what it had as its origin before cannot be restored: {reason}",
            "Set its origin yourself, then run this command again: it leaves that alone",
        )
    touched = {pattern for pattern, _ in attached(state.config, names)}
    for pattern in sorted(touched):
        target = target_of(state.config, pattern)
        if not names.is_ours(target):
            yield note(
                f"distribution {state.id}, behavior {pattern}",
                f"somebody set its origin to {target} since the deployment",
                "That is left alone",
            )


def _kept(remains: Remains) -> Iterator[Finding]:
    foreign = sorted(set(remains.bucket_keys) - remains.our_keys)
    if foreign:
        yield note(
            f"bucket {remains.names.bucket}",
            f"holds objects that are not ours ({', '.join(foreign[:3])}{', ...' if len(foreign) > 3 else ''})",
            "It is kept, and ours are removed from it. Once nobody needs the others, empty the bucket and run this"
            " command again, or delete it yourself",
        )
    if remains.has_foreign_role:
        yield note(f"role {remains.names.role}", "was not made by origin-router", "It is kept")
    if remains.control is not None and not remains.is_control_ours:
        yield note(f"control document {remains.control}", "was not written by a command for this router", "It is kept")


def _plan_delete(remains: Remains, scope: Scope) -> Iterator[Step]:
    names = remains.names
    if remains.function is not None:
        yield DeleteFunction(names.function)
    if remains.role is not None and not remains.has_foreign_role:
        yield DeleteRole(names.role)
    if remains.log_groups and not scope.keeps_logs:
        yield DeleteLogGroups(remains.log_groups)
    if remains.dashboard is not None:
        yield DeleteDashboard(remains.dashboard)
    if remains.control is not None and remains.is_control_ours:
        yield DeleteControl(remains.control)
    if remains.bucket.is_there:
        yield from _plan_delete_bucket(remains)


def _plan_delete_bucket(remains: Remains) -> Iterator[Step]:
    """Records went with their distributions, but where versions are kept, those of the records are left."""
    ours = sorted(remains.our_keys.intersection(remains.bucket_keys))
    keys = tuple(each for each in ours if remains.is_versioned or not each.startswith(PREFIX))
    is_kept = bool(set(remains.bucket_keys) - remains.our_keys)
    if keys or not is_kept:
        yield DeleteBucket(remains.names.bucket, keys, is_kept, remains.is_versioned)
