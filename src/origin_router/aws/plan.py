"""From what is there and what is wanted to the steps between them. Pure: nothing is read and nothing changed here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from origin_router.aws.attachment import attach, attached, patterns, target_of
from origin_router.aws.control_place import control_place
from origin_router.aws.dashboard import dashboard_body, dashboard_name
from origin_router.aws.documents import is_same
from origin_router.aws.findings import Finding, is_blocked
from origin_router.aws.model import Desired, FunctionState, LogGroupState, Observed
from origin_router.aws.record import Activation, Record, config_key
from origin_router.aws.steps import (
    LATEST,
    NEW_VERSION,
    AwaitDistribution,
    CreateBucket,
    CreateControl,
    CreateFunction,
    CreateRole,
    PrepareLogGroups,
    ProtectBucket,
    PublishVersion,
    PutDashboard,
    PutRolePolicy,
    SaveConfig,
    SaveRecord,
    Step,
    UpdateCode,
    UpdateDistribution,
    UpdateFunction,
    UpdateTrust,
    resolve,
    substance,
)


@dataclass(frozen=True)
class Plan:
    """What a command will do, and what the preflight has to say about it."""

    steps: tuple[Step, ...]
    findings: tuple[Finding, ...] = ()
    version_before: str | None = None
    """The version that takes requests now."""
    version: str | None = None
    """The version that will; None: none."""

    @property
    def is_blocked(self) -> bool:
        """Whether the preflight forbids it."""
        return is_blocked(self.findings)

    def is_within(self, confirmed: Plan, known: Mapping[str, str]) -> bool:
        """Whether this plan, made later, asks for nothing but what was confirmed. `known`: what has been made since."""
        allowed = [substance(resolve(each, known)) for each in confirmed.steps]
        return all(substance(each) in allowed for each in self.steps)


def plan_deploy(desired: Desired, observed: Observed, *, at: str, findings: tuple[Finding, ...] = ()) -> Plan:
    """Return the steps of a deployment. `at`: the present time, for the record."""
    version, function_steps = plan_function(desired, observed)
    config = observed.distribution.config
    record = record_after(desired, observed, Activation(version=version, at=at, by="deploy"))
    edits = attach(config, desired, version, record.targets_before)
    steps: list[Step] = [*plan_surroundings(desired, observed), *function_steps]
    steps += save_record(observed, record)
    if edits:
        steps.append(UpdateDistribution(observed.distribution.id, observed.distribution.etag, edits))
    if edits or not observed.distribution.is_deployed:
        steps.append(AwaitDistribution(observed.distribution.id))
    return Plan(tuple(steps), findings, running_version(observed), version)


def plan_surroundings(desired: Desired, observed: Observed) -> Iterator[Step]:
    """Yield the steps for what the function needs around it: bucket, role, log groups, dashboard."""
    names = desired.names
    if not observed.bucket.is_there:
        yield CreateBucket(names.bucket)
    if not observed.bucket.is_private:
        yield ProtectBucket(names.bucket)
    role = observed.role
    if role is None:
        yield CreateRole(names.role, desired.trust)
    elif not is_same(role.trust, desired.trust):
        yield UpdateTrust(names.role, role.trust, desired.trust)
    policy = role.policy if role else None
    if not is_same(policy, desired.policy):
        yield PutRolePolicy(names.role, policy, desired.policy)
    yield from _plan_log_groups(desired, observed)
    yield from _plan_control(desired, observed)
    if desired.dashboard_for and dashboard_body(desired.config, desired.dashboard_for) != observed.dashboard:
        name = dashboard_name(desired.config)
        yield PutDashboard(name, desired.dashboard_for, observed.dashboard is not None)


def plan_function(desired: Desired, observed: Observed) -> tuple[str, list[Step]]:
    """Return the version that is wanted and the steps that make it.

    A version that is what is wanted is used again, however old it is: deploying an earlier
    configuration is going back to its version.
    """
    existing = next((each for each in reversed(observed.versions) if _is_wanted(desired, each)), None)
    if existing is not None:
        return existing.version, []
    name, function = desired.names.function, observed.function
    steps: list[Step] = []
    if function is None:
        steps.append(
            CreateFunction(name, desired.function, desired.code_sha256, desired.code_size, desired.description)
        )
    else:
        steps += _plan_update(desired, function)
    steps.append(SaveConfig(desired.names.bucket, config_key(desired.code_sha256)))
    steps.append(PublishVersion(name, desired.code_sha256, desired.description))
    return NEW_VERSION, steps


def running_version(observed: Observed) -> str | None:
    """Return the version that the distribution uses: the newest, should behaviors differ."""
    versions = attached(observed.distribution.config, observed.names).values()
    return max(versions, key=lambda each: int(each) if each.isdigit() else 0, default=None)


def record_after(desired: Desired, observed: Observed, activation: Activation | None) -> Record:
    """Return what is to be written down.

    A target that is not ours is what was there before, even if somebody set it since the
    last deployment: then that is what they will want back.
    """
    config, names = observed.distribution.config, observed.names
    found = {
        pattern: target
        for pattern in patterns(config)
        if pattern in desired.settings.behaviors and not names.is_ours(target := target_of(config, pattern))
    }
    old = observed.record
    if old is None:
        record = Record(distribution=observed.distribution.id, settings=desired.settings, targets_before=found)
    else:
        record = replace(old, settings=desired.settings, targets_before={**old.targets_before, **found})
    return record.activated(activation) if activation else record


def save_record(observed: Observed, record: Record) -> list[Step]:
    """Return the step that writes the record, if it says anything new."""
    if record == observed.record:
        return []
    return [SaveRecord(record, observed.stored.etag if observed.stored else None, observed.names.bucket)]


def _plan_update(desired: Desired, function: FunctionState) -> Iterator[Step]:
    name, revision = desired.names.function, function.revision
    differing = function.settings.differing(desired.function)
    if function.code_sha256 != desired.code_sha256 or "architecture" in differing:
        yield UpdateCode(
            name,
            revision,
            function.code_sha256,
            desired.code_sha256,
            desired.code_size,
            desired.function.architecture,
        )
        revision = LATEST
    if set(differing) - {"architecture"}:
        yield UpdateFunction(name, revision, function.settings, desired.function)


def _is_wanted(desired: Desired, version: FunctionState) -> bool:
    return version.code_sha256 == desired.code_sha256 and version.settings == desired.function


def _plan_log_groups(desired: Desired, observed: Observed) -> Iterator[Step]:
    """Make the group in every Region beforehand: a replica would make it without retention.

    A retention that somebody chose is left alone.
    """
    groups = {region: state for region, state in observed.log_groups.items() if not state.refusal}
    create = tuple(region for region, state in groups.items() if not state.is_there)
    retain = tuple(region for region, state in groups.items() if _keeps_forever(state))
    if create or retain:
        yield PrepareLogGroups(desired.names.log_group, create, retain, desired.retention_days)


def _plan_control(desired: Desired, observed: Observed) -> Iterator[Step]:
    """Have a document where the function looks for one. Our own bucket is made by this plan if it is not there."""
    control, there = desired.config.control, observed.control
    if there is None or there.has_document:
        return
    if there.has_bucket or control.bucket == desired.names.bucket:
        yield CreateControl(control_place(control))


def _keeps_forever(state: LogGroupState) -> bool:
    return not state.is_there or state.retention_days is None
