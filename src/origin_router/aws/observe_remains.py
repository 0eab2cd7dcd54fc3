"""Finds all that there is of a router in an account, with or without records of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from origin_router.aws.attachment import attached, patterns, target_of
from origin_router.aws.control_place import Place, control_place
from origin_router.aws.control_store import control_store
from origin_router.aws.dashboard import dashboard_name, has_dashboard
from origin_router.aws.document import items
from origin_router.aws.errors import AwsError, Kind
from origin_router.aws.model import StoredRecord
from origin_router.aws.naming import Names
from origin_router.aws.observe_distribution import list_distributions, observe_canary, observe_distribution
from origin_router.aws.observe_function import observe_function, observe_log_groups, observe_role
from origin_router.aws.record import CONFIG_PREFIX, PREFIX
from origin_router.aws.removal import Remains, Use
from origin_router.aws.session import Aws
from origin_router.aws.store import Store
from origin_router.routing.config import ControlConfig, RouterConfig


def observe_remains(aws: Aws, names: Names, config: RouterConfig) -> Remains:
    """Look everywhere."""
    store = Store(aws, names)
    bucket = store.observe()
    records = {each.record.distribution: each for each in (store.load_all() if bucket.is_there else ())}
    used = [each["Id"] for each in list_distributions(aws) if is_used(each, names)]
    uses: list[Use] = []
    lost: list[str] = []
    for distribution in dict.fromkeys([*records, *used]):
        use = _observe_use(aws, names, distribution, records.get(distribution))
        if use is None:
            lost.append(distribution)
        else:
            uses.append(use)
    staging = {use.canary.staging.id for use in uses if use.canary.staging}
    groups = [
        (region, group)
        for group in (names.log_group, names.default_log_group)
        for region, state in observe_log_groups(aws, group).items()
        if state.is_there
    ]
    control = _observe_control(aws, names, config)
    contents = _contents(store) if bucket.is_there else Contents()
    return Remains(
        names=names,
        uses=tuple(use for use in uses if use.distribution.id not in staging),
        lost_records=tuple(lost),
        function=observe_function(aws, names),
        role=observe_role(aws, names),
        dashboard=dashboard_name(config) if has_dashboard(aws, config) else None,
        log_groups=tuple(groups),
        bucket=bucket,
        bucket_keys=contents.keys,
        is_versioned=contents.is_versioned,
        our_keys=our_keys(contents.keys, names, config.control),
        control=control_place(config.control) if control.has_document else None,
        is_control_ours=control.is_ours,
    )


def is_used(distribution: dict[str, Any], names: Names) -> bool:
    """Whether a distribution, or the summary that a list gives of it, has anything of ours."""
    if attached(distribution, names):
        return True
    if any(names.is_ours(each["Id"]) for kind in ("Origins", "OriginGroups") for each in items(distribution.get(kind))):
        return True
    return any(names.is_ours(target_of(distribution, pattern)) for pattern in patterns(distribution))


class Contents(NamedTuple):
    """What is in the bucket."""

    keys: tuple[str, ...] = ()
    """Of every object, also of those that only earlier versions are left of."""
    is_versioned: bool = False


def _contents(store: Store) -> Contents:
    """Who may not list versions sees what is there now, and is told at the end if that was not all."""
    try:
        if store.is_versioned():
            return Contents(tuple(dict.fromkeys(each.key for each in store.versions())), is_versioned=True)
    except AwsError as error:
        if error.kind is not Kind.DENIED:
            raise
    return Contents(tuple(store.keys()))


def our_keys(keys: tuple[str, ...], names: Names, control: ControlConfig) -> frozenset[str]:
    """Return which objects of the bucket are ours."""
    ours = {key for key in keys if key.startswith((PREFIX, CONFIG_PREFIX))}
    if control.bucket == names.bucket:
        ours.add(control.key)
    return frozenset(ours)


def _observe_control(aws: Aws, names: Names, config: RouterConfig) -> Place:
    """Look for a control document in a bucket that is not ours; what is in ours is found there."""
    if config.control.bucket in ("", names.bucket):
        return Place(has_bucket=False)
    return control_store(aws, names, config).look()


def _observe_use(aws: Aws, names: Names, distribution: str, stored: StoredRecord | None) -> Use | None:
    """Read one distribution; None if it exists no more."""
    try:
        state = observe_distribution(aws, distribution)
    except AwsError as error:
        if error.kind is Kind.MISSING:
            return None
        raise
    count = stored.record.canaries if stored else 0
    return Use(distribution=state, stored=stored, canary=observe_canary(aws, names, state, count))
