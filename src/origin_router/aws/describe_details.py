"""What exactly a step changes, line by line."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from origin_router.aws import steps as kinds
from origin_router.aws.document import Edit
from origin_router.aws.model import JSON
from origin_router.aws.placeholders import ATTEMPT_HEADER
from origin_router.aws.steps import Step


def details(step: Step) -> list[str]:
    """Return a step's changes: `+` is added, `-` removed."""
    return _of_surroundings(step) or _of_function(step) or _of_distribution(step)


def _of_surroundings(step: Step) -> list[str]:
    match step:
        case kinds.CreateRole(_, trust):
            return [f"may be assumed by {_compact(trust['Statement'][0]['Principal'])}"]
        case kinds.UpdateTrust(_, before, after):
            return [f"- {_compact(before)}", f"+ {_compact(after)}"]
        case kinds.PutRolePolicy(_, policy_before, after):
            return _lines_changed(_statements(policy_before), _statements(after))
        case kinds.PrepareLogGroups(_, create, retain, days):
            kept = [each for each in retain if each not in create]
            made = [f"create in {', '.join(create)}"] if create else []
            return made + ([f"set {days} days in {', '.join(kept)}"] if kept else [])
        case kinds.SaveRecord(record):
            return [f"behavior {pattern} had {target}" for pattern, target in record.targets_before.items()]
        case kinds.DeleteLogGroups(groups):
            return [f"- {region}: {name}" for region, name in groups]
        case kinds.DeleteBucket(_, keys):
            return [f"- {key}" for key in keys]
        case _:
            return []


def _of_function(step: Step) -> list[str]:
    match step:
        case kinds.CreateFunction(_, settings):
            return [f"{name}: {value}" for name, value in asdict(settings).items() if value]
        case kinds.UpdateFunction(_, _, before, after):
            return _changes(asdict(before), asdict(after))
        case kinds.UpdateCode(_, _, before_sha, after_sha):
            return [f"code_sha256: {before_sha} -> {after_sha}"]
        case _:
            return []


def _of_distribution(step: Step) -> list[str]:
    match step:
        case kinds.UpdateDistribution(_, _, edits):
            return [line for edit in edits for line in _edit(edit)]
        case kinds.UpdatePolicy(_, _, _, before, traffic):
            return [f"- {_compact(before)}", f"+ {_compact(traffic)}"]
        case _:
            return []


def _lines_changed(before: list[str], after: list[str]) -> list[str]:
    return [f"- {line}" for line in before if line not in after] + [f"+ {line}" for line in after if line not in before]


def _edit(edit: Edit) -> list[str]:
    if isinstance(edit.before, dict) and isinstance(edit.after, dict):
        return [f"{edit.place} > {line}" for line in _changes(edit.before, edit.after)]
    if edit.before is None:
        return [f"+ {edit.place} = {_brief(edit.after)}"]
    if edit.after is None:
        return [f"- {edit.place}"]
    return [f"{edit.place}: {edit.before} -> {'(none)' if edit.after == '' else edit.after}"]


def _brief(value: Any) -> str:
    """Name the parts of an origin or association that tell it apart."""
    if not isinstance(value, dict):
        return str(value)
    if "LambdaFunctionARN" in value:
        body = "with" if value["IncludeBody"] else "without"
        return f"{value['LambdaFunctionARN']} ({body} the bodies of requests)"
    if "DomainName" in value:
        ours, *others = value["CustomHeaders"]["Items"]
        limits = f"{value['ConnectionAttempts']} x {value['ConnectionTimeout']} s to connect"
        sent = "".join(f", sends {each['HeaderName']}" for each in others)
        return f"{value['DomainName']}{value['OriginPath']} ({ATTEMPT_HEADER}: {ours['HeaderValue']}, {limits}{sent})"
    if "Members" in value:
        codes = ", ".join(str(each) for each in value["FailoverCriteria"]["StatusCodes"]["Items"])
        members = " then ".join(each["OriginId"] for each in value["Members"]["Items"])
        return f"{members}, on {codes} and failed connections"
    return _compact(value)


def _changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Compare what is wanted with what there was; fields that CloudFront or Lambda added say nothing."""
    return [
        f"{name}: {_shown(before.get(name))} -> {_shown(value)}"
        if _shown(before.get(name)) != _shown(value)
        else f"{name}: {_shown(value)} (other values)"
        for name, value in after.items()
        if before.get(name) != value
    ]


def _shown(value: Any) -> str:
    """Write a value; of custom headers the names alone, because their values are often secrets."""
    if isinstance(value, dict) and any(
        "HeaderValue" in each for each in value.get("Items") or () if isinstance(each, dict)
    ):
        return ", ".join(each["HeaderName"] for each in value["Items"])
    return _compact(value)


def _statements(policy: JSON | None) -> list[str]:
    return [
        f"{_compact(each['Action'])} on {_compact(each['Resource'])}" for each in (policy or {}).get("Statement", ())
    ]


def _compact(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
