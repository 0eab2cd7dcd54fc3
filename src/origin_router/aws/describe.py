"""What a step is called, for people and for programs."""

from __future__ import annotations

import re
from typing import Any

from origin_router.aws import steps as kinds
from origin_router.aws.describe_details import details
from origin_router.aws.steps import Step

_WORD = re.compile(r"(?<!^)(?=[A-Z])")


def name_of(step: Step) -> str:
    """Return the step's name for programs: `create_role`."""
    return _WORD.sub("_", type(step).__name__).lower()


def as_document(step: Step) -> dict[str, Any]:
    """Return a step as JSON."""
    return {"step": name_of(step), "title": title(step), "details": details(step)}


def title(step: Step) -> str:
    """Say in a line what a step does."""
    return (
        _title_of_role(step)
        or _title_of_objects(step)
        or _title_of_function(step)
        or _title_of_distribution(step)
        or _title_of_removal(step)
    )


def _title_of_role(step: Step) -> str:
    match step:
        case kinds.CreateRole(role):
            return f"create role {role}"
        case kinds.UpdateTrust(role):
            return f"change who may assume role {role}"
        case kinds.PutRolePolicy(role, before):
            return f"{'change' if before else 'write'} the policy of role {role}"
        case kinds.PrepareLogGroups(name, create, retain, days):
            return f"prepare log group {name} in {len({*create, *retain})} Regions, kept {days} days"
        case _:
            return ""


def _title_of_objects(step: Step) -> str:
    match step:
        case kinds.CreateBucket(bucket):
            return f"create bucket {bucket} for what there was before"
        case kinds.ProtectBucket(bucket):
            return f"close bucket {bucket} to the public"
        case kinds.SaveRecord(record, _, bucket):
            return f"write down in {bucket} what distribution {record.distribution} had before"
        case kinds.SaveConfig(bucket):
            return f"keep the configuration in {bucket}"
        case kinds.CreateControl(place):
            return f"write a control document without orders to {place}"
        case kinds.PutDashboard(name, _, is_there):
            return f"{'update' if is_there else 'create'} dashboard {name}"
        case _:
            return ""


def _title_of_function(step: Step) -> str:
    match step:
        case kinds.CreateFunction(function, _, _, size):
            return f"create function {function} in us-east-1 ({size:,} bytes)"
        case kinds.UpdateCode(function, _, _, _, size):
            return f"update the code of function {function} ({size:,} bytes)"
        case kinds.UpdateFunction(function):
            return f"update the settings of function {function}"
        case kinds.PublishVersion(function):
            return f"publish a version of function {function}"
        case kinds.DeleteFunction(function):
            return f"delete function {function} with all its versions (CloudFront may need hours to let go of it)"
        case _:
            return ""


def _title_of_distribution(step: Step) -> str:
    match step:
        case kinds.UpdateDistribution(distribution, _, edits):
            return f"change distribution {distribution} in {len(edits)} place{'s' * (len(edits) != 1)}"
        case kinds.AwaitDistribution(distribution):
            return f"wait until CloudFront has deployed distribution {distribution}"
        case kinds.CopyDistribution(primary):
            return f"copy distribution {primary} to a staging distribution"
        case kinds.CreatePolicy(_, traffic):
            return f"send {_traffic(traffic)} to the staging distribution"
        case kinds.UpdatePolicy(_, _, _, _, traffic):
            return f"send {_traffic(traffic)} to the staging distribution from now on"
        case kinds.PromoteStaging(primary, _, staging, _, version):
            return f"copy staging distribution {staging} to {primary}: version {version} takes all requests"
        case _:
            return ""


def _title_of_removal(step: Step) -> str:
    match step:
        case kinds.DeletePolicy(policy):
            return f"delete continuous deployment policy {policy}"
        case kinds.DeleteDistribution(distribution):
            return f"delete staging distribution {distribution}"
        case kinds.DeleteRecord(distribution, bucket):
            return f"delete the record of distribution {distribution} from {bucket}"
        case kinds.DeleteRole(role):
            return f"delete role {role} and its policies"
        case kinds.DeleteLogGroups(groups):
            return f"delete {len(groups)} log groups and what is in them"
        case kinds.DeleteBucket(bucket, keys, is_kept, is_versioned):
            what = f"{len(keys)} objects from bucket {bucket}" if is_kept else f"bucket {bucket}"
            return f"delete {what}{' with all earlier versions of our objects' * is_versioned}"
        case kinds.DeleteControl(place):
            return f"delete control document {place}"
        case kinds.DeleteDashboard(name):
            return f"delete dashboard {name}"
        case _:
            return ""


def _traffic(traffic: dict[str, Any]) -> str:
    if traffic["Type"] == "SingleHeader":
        header = traffic["SingleHeaderConfig"]
        return f"requests with {header['Header']}: {header['Value']}"
    return f"{traffic['SingleWeightConfig']['Weight'] * 100:g} % of requests"
