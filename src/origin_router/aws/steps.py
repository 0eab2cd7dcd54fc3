"""The steps of a plan: frozen data, comparable in tests, shown or executed by somebody else.

What a step leads to may be the matter of a later one: the number of a version, the id of a
staging distribution. Until then a stand-in stands in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from origin_router.aws.document import Edit
from origin_router.aws.model import JSON, FunctionSettings
from origin_router.aws.record import Record

NEW_VERSION = "(new version)"
NEW_STAGING = "(new staging distribution)"
NEW_STAGING_DOMAIN = "(domain of the new staging distribution)"
NEW_POLICY = "(new policy)"

LATEST = ""
"""In place of an ETag or revision: whatever it is by then, because an earlier step of the plan changes it."""


@dataclass(frozen=True)
class CreateBucket:
    bucket: str


@dataclass(frozen=True)
class ProtectBucket:
    bucket: str


@dataclass(frozen=True)
class CreateRole:
    role: str
    trust: JSON


@dataclass(frozen=True)
class UpdateTrust:
    role: str
    before: JSON
    after: JSON


@dataclass(frozen=True)
class PutRolePolicy:
    role: str
    before: JSON | None
    after: JSON


@dataclass(frozen=True)
class PrepareLogGroups:
    name: str
    create: tuple[str, ...]
    """Regions where there is none."""
    retain: tuple[str, ...]
    """Regions where its retention is another one, the new ones included."""
    days: int


@dataclass(frozen=True)
class CreateFunction:
    function: str
    settings: FunctionSettings
    code_sha256: str
    code_size: int
    description: str


@dataclass(frozen=True)
class UpdateCode:
    function: str
    revision: str
    before: str
    code_sha256: str
    code_size: int
    architecture: str


@dataclass(frozen=True)
class UpdateFunction:
    function: str
    revision: str
    before: FunctionSettings
    after: FunctionSettings


@dataclass(frozen=True)
class PublishVersion:
    function: str
    code_sha256: str
    description: str


@dataclass(frozen=True)
class SaveRecord:
    """Written before the distribution is touched, so that an interruption cannot lose what was there before."""

    record: Record
    etag: str | None
    """Of what was read; None: there was none."""
    bucket: str


@dataclass(frozen=True)
class CreateControl:
    """Only where there is none: a document that is there holds somebody's orders."""

    place: str


@dataclass(frozen=True)
class DeleteControl:
    place: str


@dataclass(frozen=True)
class SaveConfig:
    """Written before the version is published, so that every version can be explained."""

    bucket: str
    key: str


@dataclass(frozen=True)
class UpdateDistribution:
    distribution: str
    etag: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class AwaitDistribution:
    """Wait until CloudFront has brought the change to its edges."""

    distribution: str


@dataclass(frozen=True)
class CopyDistribution:
    primary: str
    etag: str
    caller_reference: str


@dataclass(frozen=True)
class CreatePolicy:
    staging_domain: str
    traffic: JSON


@dataclass(frozen=True)
class UpdatePolicy:
    policy: str
    etag: str
    staging_domain: str
    before: JSON
    traffic: JSON


@dataclass(frozen=True)
class PromoteStaging:
    primary: str
    primary_etag: str
    staging: str
    staging_etag: str
    version: str


@dataclass(frozen=True)
class DeletePolicy:
    policy: str


@dataclass(frozen=True)
class DeleteDistribution:
    """Only ever a staging distribution that we made, and only once it is disabled."""

    distribution: str


@dataclass(frozen=True)
class PutDashboard:
    name: str
    distributions: tuple[str, ...]
    is_there: bool


@dataclass(frozen=True)
class DeleteDashboard:
    name: str


@dataclass(frozen=True)
class DeleteRecord:
    distribution: str
    bucket: str


@dataclass(frozen=True)
class DeleteFunction:
    """Refused for hours after the last association is gone, until CloudFront has removed its replicas."""

    function: str


@dataclass(frozen=True)
class DeleteRole:
    role: str


@dataclass(frozen=True)
class DeleteLogGroups:
    groups: tuple[tuple[str, str], ...]
    """Region and name."""


@dataclass(frozen=True)
class DeleteBucket:
    bucket: str
    keys: tuple[str, ...]
    """Our own objects in it."""
    is_kept: bool = False
    """There is something else in it: only our objects go."""
    is_versioned: bool = False
    """It keeps earlier versions of objects: ours go with all of theirs."""


BucketStep = CreateBucket | ProtectBucket | SaveRecord | SaveConfig | DeleteRecord | DeleteBucket
ControlStep = CreateControl | DeleteControl
RoleStep = CreateRole | UpdateTrust | PutRolePolicy | DeleteRole
LogStep = PrepareLogGroups | DeleteLogGroups
FunctionStep = CreateFunction | UpdateCode | UpdateFunction | PublishVersion | DeleteFunction
DistributionStep = UpdateDistribution | AwaitDistribution
CanaryStep = CopyDistribution | CreatePolicy | UpdatePolicy | PromoteStaging | DeletePolicy | DeleteDistribution
DashboardStep = PutDashboard | DeleteDashboard
Step = DashboardStep | ControlStep | BucketStep | RoleStep | LogStep | FunctionStep | DistributionStep | CanaryStep


def resolve(value: Any, known: Mapping[str, str]) -> Any:
    """Put what is known by now in place of the stand-ins, wherever they are."""
    match value:
        case str():
            for stand_in, real in known.items():
                value = value.replace(stand_in, real)
            return value
        case dict():
            return {key: resolve(each, known) for key, each in value.items()}
        case list():
            return [resolve(each, known) for each in value]
        case tuple():
            return tuple(resolve(each, known) for each in value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{each.name: resolve(getattr(value, each.name), known) for each in fields(value)})
        case _:
            return value


def substance(step: Step) -> Step:
    """Return a step without the marks of the moment it was planned at, to see whether two plans mean the same."""
    marks: dict[str, Any] = {each.name: LATEST for each in fields(step) if each.name.endswith(("etag", "revision"))}
    if isinstance(step, SaveRecord):
        history = tuple(replace(each, at="") for each in step.record.history)
        return replace(step, etag=LATEST, record=replace(step.record, history=history))
    return replace(step, **marks) if marks else step
