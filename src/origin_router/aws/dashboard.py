"""A CloudWatch dashboard over all Regions. The body is pure; putting it and deleting it are calls.

Each Region keeps the metrics of its own edges, so every line of a graph names its Region.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from origin_router.aws.errors import AwsError, Kind, translated
from origin_router.aws.naming import CONTROL_REGION, REPLICA_REGIONS
from origin_router.aws.session import Aws
from origin_router.routing.config import RouterConfig

WIDTH = 24
"""Columns of CloudWatch's grid."""

HALF, THIRD = WIDTH // 2, WIDTH // 3

HEIGHT = 6

PERIOD_S = 300
"""Five minutes: an environment with little traffic says something once a minute at most."""

MAX_METRICS = 500
"""CloudWatch draws at most this many metrics in one graph."""

MAX_WIDGETS = 500
"""And at most this many widgets in a dashboard."""

Widget = dict[str, Any]


def dashboard_name(config: RouterConfig) -> str:
    """Name of the router's dashboard."""
    return f"origin-router-{config.name}"


def dashboard_body(
    config: RouterConfig, distributions: Sequence[str] = (), regions: Sequence[str] = REPLICA_REGIONS
) -> dict[str, Any]:
    """Return the dashboard: what CloudFront counts, then each pool over all Regions, then each pool in each Region.

    `distributions`: the ids of those that use the router; none: all that the account has.
    """
    rows: list[list[Widget]] = [[_text(_introduction(config))], [*_function_widgets(distributions)]]
    for pool in config.pools:
        rows.append([_text(f"## Pool {pool}")])
        rows.append([_decisions(config, pool, regions), _trouble(config, pool, regions)])
        tiles = [_latency(config, pool, region) for region in regions]
        rows += [tiles[at : at + WIDTH // THIRD] for at in range(0, len(tiles), WIDTH // THIRD)]
    return {"start": "-PT3H", "periodOverride": "inherit", "widgets": list(_placed(rows))[:MAX_WIDGETS]}


def put_dashboard(aws: Aws, config: RouterConfig, distributions: Sequence[str] = ()) -> tuple[str, ...]:
    """Create or replace the dashboard; return what CloudWatch finds wrong with it, though it has taken it."""
    name = dashboard_name(config)
    body = json.dumps(dashboard_body(config, distributions))
    with translated(f"writing dashboard {name}"):
        answer = aws.cloudwatch(CONTROL_REGION).put_dashboard(DashboardName=name, DashboardBody=body)
    return tuple(each.get("Message", "") for each in answer.get("DashboardValidationMessages", []))


def delete_dashboard(aws: Aws, config: RouterConfig) -> bool:
    """Delete the dashboard; return whether there was one."""
    name = dashboard_name(config)
    try:
        with translated(f"deleting dashboard {name}"):
            aws.cloudwatch(CONTROL_REGION).delete_dashboards(DashboardNames=[name])
    except AwsError as error:
        if error.kind is Kind.MISSING or error.code == "DashboardNotFoundError":
            return False
        raise
    return True


def has_dashboard(aws: Aws, config: RouterConfig) -> bool:
    """Whether the dashboard is there."""
    name = dashboard_name(config)
    with translated(f"looking for dashboard {name}"):
        listed = aws.cloudwatch(CONTROL_REGION).list_dashboards(DashboardNamePrefix=name)
    return any(each.get("DashboardName") == name for each in listed["DashboardEntries"])


def _introduction(config: RouterConfig) -> str:
    return (
        f"# Origin router {config.name}\n"
        "Written by `origin-router deploy --dashboard`; a change made by hand is lost with the next one. "
        "Each Region's edges count and measure for themselves, and CloudWatch samples their logs under load."
    )


def _function_widgets(distributions: Sequence[str]) -> Iterator[Widget]:
    """What CloudFront counts. Its metrics about edge functions are found by name, whatever their dimensions are."""
    names = ("LambdaExecutionError", "LambdaValidationError", "LambdaLimitExceededErrors")
    failures = [_search(name, "Sum", distributions, f"e{index}", f"{name} ") for index, name in enumerate(names)]
    yield _graph("Failed invocations (CloudFront)", failures, CONTROL_REGION, HALF, stat="Sum")
    rate = [_search("5xxErrorRate", "Average", distributions, "r")]
    yield _graph("5xx to viewers, % of requests", rate, CONTROL_REGION, HALF, stat="Average")


def _search(metric: str, stat: str, distributions: Sequence[str], id_: str, label: str = "") -> list[Any]:
    names = " OR ".join(f'"{each}"' for each in distributions)
    chosen = f" DistributionId=({names})" if names else ""
    found = f'Namespace="AWS/CloudFront" MetricName="{metric}"{chosen}'
    expression = f"SEARCH('{found}', '{stat}', {PERIOD_S})"
    return [{"expression": expression, "id": id_, "label": label + "${PROP('Dim.DistributionId')}"}]


def _decisions(config: RouterConfig, pool: str, regions: Sequence[str]) -> Widget:
    """Requests per origin: one line for each, summed up over the Regions."""
    metrics: list[list[Any]] = []
    for at, origin in enumerate(_origins(config, pool, lines_each=len(regions) + 1)):
        ids = []
        for number, region in enumerate(regions):
            ids.append(f"d{at}r{number}")
            metrics.append(_metric(config, "Decisions", pool, origin, region, id=ids[-1], visible=False))
        metrics.append([{"expression": f"SUM([{', '.join(ids)}])", "id": f"s{at}", "label": origin}])
    return _graph("Requests by origin, all Regions", metrics, CONTROL_REGION, HALF, stat="Sum", stacked=True)


def _trouble(config: RouterConfig, pool: str, regions: Sequence[str]) -> Widget:
    metrics = [
        _metric(config, name, pool, origin, region, label=f"{origin} {region} {word}")
        for origin in _origins(config, pool, lines_each=2 * len(regions))
        for region in regions
        for name, word in (("Ejections", "ejected"), ("ProbeFailures", "failed"))
    ]
    return _graph("Ejections and failed measurements", metrics, CONTROL_REGION, HALF, stat="Sum")


def _latency(config: RouterConfig, pool: str, region: str) -> Widget:
    metrics = [
        _metric(config, "Latency", pool, origin, region, label=f"{origin} {stat}", stat=stat)
        for origin in _origins(config, pool, lines_each=2)
        for stat in ("p50", "p90")
    ]
    return _graph(f"{pool} from {region}, ms", metrics, region, THIRD, stat="p50")


def _origins(config: RouterConfig, pool: str, *, lines_each: int) -> list[str]:
    """Return a pool's origins, as many as a graph has room for."""
    return [each.id for each in config.pools[pool].origins][: MAX_METRICS // lines_each]


def _metric(config: RouterConfig, name: str, pool: str, origin: str, region: str, **options: Any) -> list[Any]:
    """One metric as `edge.metrics` names it."""
    dimensions = ["pool", pool, "origin", origin, "region", region]
    return [config.journal.namespace, name, *dimensions, {"region": region, **options}]


def _text(markdown: str) -> Widget:
    return {
        "type": "text",
        "width": WIDTH,
        "height": 2,
        "properties": {"markdown": markdown, "background": "transparent"},
    }


def _graph(
    title: str, metrics: list[list[Any]], region: str, width: int, *, stat: str, stacked: bool = False
) -> Widget:
    properties = {
        "title": title,
        "view": "timeSeries",
        "stacked": stacked,
        "region": region,
        "stat": stat,
        "period": PERIOD_S,
        "metrics": metrics,
        "yAxis": {"left": {"min": 0}},
    }
    return {"type": "metric", "width": width, "height": HEIGHT, "properties": properties}


def _placed(rows: Iterable[Sequence[Widget]]) -> Iterator[Widget]:
    """Give every widget its place in the grid."""
    y = 0
    for row in rows:
        x = 0
        for widget in row:
            yield {**widget, "x": x, "y": y}
            x += widget["width"]
        y += max((widget["height"] for widget in row), default=0)
