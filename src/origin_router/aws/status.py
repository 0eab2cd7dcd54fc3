"""Gathers how a deployed router is doing: by reads alone, and as far as the credentials allow."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from origin_router.aws.attachment import attached
from origin_router.aws.errors import AwsError, translated
from origin_router.aws.journal_reader import INTERESTING, RegionView, read_journal
from origin_router.aws.log_reader import LogReader
from origin_router.aws.model import FunctionState
from origin_router.aws.naming import CONTROL_REGION, REPLICA_REGIONS, Names
from origin_router.aws.observe_distribution import list_distributions
from origin_router.aws.observe_function import observe_function, observe_versions
from origin_router.aws.session import Aws

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricOutputTypeDef
    from mypy_boto3_lambda import LambdaClient

T = TypeVar("T")

METRIC_PREFIX = "Lambda"
"""CloudFront's metrics about edge functions. Their names are not in its documentation (LambdaExecutionError,
LambdaValidationError and LambdaLimitExceededErrors were seen), so they are looked up."""

MINUTE_S = 60
"""CloudFront writes its metrics every minute."""

MAX_POINTS = 1_440
"""CloudWatch's limit for one metric of a request; a longer period is taken where the time has more minutes."""


@dataclass(frozen=True, order=True)
class Association:
    """The function on one trigger of one behavior."""

    distribution: str
    domain: str
    behavior: str
    trigger: str
    version: str
    is_deployed: bool
    """Whether every edge has the distribution's present configuration."""
    is_enabled: bool
    is_staging: bool


@dataclass(frozen=True)
class Status:
    """Everything that is known."""

    names: Names
    since_s: float
    """How far back lines and metrics were read."""
    function: FunctionState | None
    versions: tuple[FunctionState, ...] = ()
    """Published ones, oldest first."""
    associations: tuple[Association, ...] = ()
    replicas: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Region -> versions that CloudFront has brought there."""
    failures: Mapping[str, int] = field(default_factory=dict)
    """CloudFront's metric -> invocations that failed for this reason."""
    regions: Mapping[str, RegionView] = field(default_factory=dict)
    """Region -> what its edges wrote."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What an operator should look at."""
        if self.function is None:
            missing = f"there is no function {self.names.function} in account {self.names.account}"
            return (f"{missing}: deploy first, or check whose credentials these are",)
        found = [] if self.associations else ["no distribution uses the function"]
        found += [f"{count} x {name}, says CloudFront" for name, count in self.failures.items() if count]
        found += [
            f"orders are not taken in {region}: {problem}"
            for region, view in sorted(self.regions.items())
            for problem in view.control_problems()
        ]
        errors = sum(view.errors.total() for view in self.regions.values())
        found += [f"{errors} errors in the journal: origin-router logs --errors"] if errors else []
        return tuple(found)


def read_status(
    aws: Aws, names: Names, logs: LogReader, *, since_s: float, now: float, warn: Callable[[AwsError], None]
) -> Status:
    """Read everything. What cannot be read beside the function itself is told to `warn` and left out."""
    function = observe_function(aws, names)
    if function is None:
        return Status(names, since_s, None)
    associations = _attempt(warn, lambda: associations_of(list_distributions(aws), names)) or []
    ids = sorted({each.distribution for each in associations})
    since_ms, until_ms = int((now - since_s) * 1000), int(now * 1000)
    return Status(
        names=names,
        since_s=since_s,
        function=function,
        versions=_attempt(warn, lambda: observe_versions(aws, names)) or (),
        associations=tuple(associations),
        replicas=read_replicas(aws, names),
        failures=_attempt(warn, lambda: read_failures(aws, ids, since_s=since_s, now=now)) or {},
        regions=_attempt(warn, lambda: read_journal(logs.read(logs.find(), since_ms, until_ms, INTERESTING))) or {},
    )


def associations_of(distributions: Iterable[Mapping[str, Any]], names: Names) -> list[Association]:
    """Find the function in the summaries of all distributions."""
    return sorted(
        Association(
            distribution=each["Id"],
            domain=each["DomainName"],
            behavior=behavior,
            trigger=trigger,
            version=version,
            is_deployed=each["Status"] == "Deployed",
            is_enabled=each["Enabled"],
            is_staging=each.get("Staging", False),
        )
        for each in distributions
        for (behavior, trigger), version in attached(each, names).items()
    )


def read_replicas(aws: Aws, names: Names) -> dict[str, tuple[str, ...]]:
    """Ask every Region which versions CloudFront has brought there. A Region that does not say is left out."""
    clients = {region: aws.lambda_in(region) for region in REPLICA_REGIONS if region != CONTROL_REGION}

    def ask(region: str) -> tuple[str, ...]:
        try:
            return _replicas_in(clients[region], region, names)
        except AwsError:  # not enabled, or not allowed: nobody's problem
            return ()

    with ThreadPoolExecutor(len(clients), thread_name_prefix="replicas") as threads:
        found = dict(zip(clients, threads.map(ask, clients), strict=True))
    return {region: versions for region, versions in found.items() if versions}


def _replicas_in(client: LambdaClient, region: str, names: Names) -> tuple[str, ...]:
    """A replica is a function whose master is one of our versions."""
    pages = client.get_paginator("list_functions").paginate(MasterRegion=CONTROL_REGION, FunctionVersion="ALL")
    with translated(f"listing the replicas in {region}"):
        masters = [each.get("MasterArn", "") for page in pages for each in page["Functions"]]
    versions = {names.version_of(master) for master in masters}
    return tuple(sorted((each for each in versions if each), key=lambda version: (len(version), version)))


def read_failures(aws: Aws, distributions: Iterable[str], *, since_s: float, now: float) -> dict[str, int]:
    """Sum up CloudFront's metrics about failed invocations, by metric."""
    metrics: list[MetricOutputTypeDef] = []
    with translated("reading CloudFront's metrics"):
        pages = aws.cloudwatch(CONTROL_REGION).get_paginator("list_metrics")
        for id_ in distributions:
            chosen = {"Name": "DistributionId", "Value": id_}
            for page in pages.paginate(Namespace="AWS/CloudFront", Dimensions=[chosen]):  # type: ignore[list-item]
                metrics += [each for each in page["Metrics"] if each["MetricName"].startswith(METRIC_PREFIX)]
        return sum_metrics(metrics, _sums(aws, metrics, since_s=since_s, now=now))


def _sums(aws: Aws, metrics: list[MetricOutputTypeDef], *, since_s: float, now: float) -> list[float]:
    if not metrics:
        return []
    period_s = MINUTE_S * math.ceil(since_s / MINUTE_S / MAX_POINTS)
    pages = aws.cloudwatch(CONTROL_REGION).get_paginator("get_metric_data")
    queries: Any = [
        {"Id": f"m{index}", "MetricStat": {"Metric": metric, "Period": period_s, "Stat": "Sum"}}
        for index, metric in enumerate(metrics)
    ]
    sums = Counter[str]()
    start, end = datetime.fromtimestamp(now - since_s, UTC), datetime.fromtimestamp(now, UTC)
    for page in pages.paginate(MetricDataQueries=queries, StartTime=start, EndTime=end):
        for result in page["MetricDataResults"]:
            sums[result["Id"]] += sum(result["Values"])  # type: ignore[assignment]
    return [sums[f"m{index}"] for index in range(len(metrics))]


def sum_metrics(metrics: Iterable[MetricOutputTypeDef], sums: Iterable[float]) -> dict[str, int]:
    """Add up metrics by name. The same count may be kept by several sets of dimensions: the largest one is taken."""
    by_dimensions: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for metric, value in zip(metrics, sums, strict=True):
        dimensions = tuple(sorted(each["Name"] for each in metric.get("Dimensions", ())))
        by_dimensions[metric["MetricName"], dimensions] += round(value)
    totals: dict[str, int] = {}
    for (name, _), value in sorted(by_dimensions.items()):
        totals[name] = max(totals.get(name, 0), value)
    return totals


def _attempt(warn: Callable[[AwsError], None], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except AwsError as error:
        warn(error)
        return None
