"""The dashboard's body."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import Any

from origin_router.aws.dashboard import MAX_METRICS, WIDTH, dashboard_body
from origin_router.aws.naming import REPLICA_REGIONS
from origin_router.edge.metrics import Metrics
from origin_router.routing.config import JournalConfig, OriginConfig
from origin_router.routing.model import Observation, OriginRef, Outcome
from tests.support.routers import CONFIG

BODY = dashboard_body(CONFIG, ["E123"])


def graphs(body: dict[str, Any] = BODY) -> list[dict[str, Any]]:
    """Return the properties of the graphs."""
    return [widget["properties"] for widget in body["widgets"] if widget["type"] == "metric"]


def metrics(graph: dict[str, Any]) -> list[list[Any]]:
    """Return the metrics of a graph that are no expressions."""
    return [each for each in graph["metrics"] if isinstance(each[0], str)]


def test_graphs_show_the_very_metrics_that_the_edge_writes() -> None:
    """Namespace, names and dimensions, in the order in which CloudWatch compares them."""
    written = Metrics("OriginRouter", 60, 0.0)
    written.count(Observation(OriginRef("web", "eu"), Outcome.OK, 0.0, 0.01))
    line = written.take(60.0, 60.0)[0]
    directive = line["_aws"]["CloudWatchMetrics"][0]
    shown = [each for graph in graphs() for each in metrics(graph)]

    assert {directive["Namespace"]} == {each[0] for each in shown}
    assert {each[1] for each in shown} <= {each["Name"] for each in directive["Metrics"]}
    assert {tuple(each[2:-1:2]) for each in shown} == {tuple(directive["Dimensions"][0])}
    assert {(each[3], each[5]) for each in shown} == {("web", "eu"), ("web", "us"), ("api", "eu"), ("api", "spare")}


def test_every_metric_is_read_in_the_region_that_wrote_it() -> None:
    """CloudWatch would look in the dashboard's own otherwise, and find nothing."""
    for graph in graphs():
        for each in metrics(graph):
            assert each[7] == each[-1]["region"]


def test_every_region_has_a_graph_of_every_pool() -> None:
    """Median and 90th percentile of each origin."""
    titles = [graph["title"] for graph in graphs()]

    for pool, region in itertools.product(("web", "api"), REPLICA_REGIONS):
        assert f"{pool} from {region}, ms" in titles
    latency = next(graph for graph in graphs() if graph["title"] == "web from eu-west-1, ms")
    assert ["eu p50", "eu p90", "us p50", "us p90"] == [each[-1]["label"] for each in metrics(latency)]


def test_sums_name_metrics_of_their_own_graph() -> None:
    """An expression over an id that is not there breaks the graph."""
    for graph in graphs():
        ids = [each[-1]["id"] for each in graph["metrics"] if "id" in each[-1]]
        sums = [each[0]["expression"] for each in graph["metrics"] if isinstance(each[0], dict)]

        assert len(ids) == len(set(ids))
        for expression in sums:
            if expression.startswith("SUM"):
                assert set(expression[5:-2].split(", ")) <= set(ids)


def test_widgets_do_not_overlap_and_stay_in_the_grid() -> None:
    """Two widgets in one place: one is hidden."""
    taken: set[tuple[int, int]] = set()
    for widget in BODY["widgets"]:
        columns = range(widget["x"], widget["x"] + widget["width"])
        cells = set(itertools.product(columns, range(widget["y"], widget["y"] + widget["height"])))

        assert columns.stop <= WIDTH
        assert not taken & cells
        taken |= cells


def test_only_the_routers_distributions_are_searched() -> None:
    """Where they are known."""
    assert 'DistributionId=(\\"E1\\" OR \\"E2\\")' in json.dumps(dashboard_body(CONFIG, ["E1", "E2"]))
    assert "DistributionId=" not in json.dumps(dashboard_body(CONFIG))


def test_large_pools_stay_within_cloudwatchs_limits() -> None:
    """A graph of more than 500 metrics shows none."""
    many = tuple(OriginConfig(id=f"o{number}", host=f"o{number}.example.com") for number in range(60))
    config = replace(CONFIG, pools={"web": replace(CONFIG.pools["web"], origins=many)})

    assert max(len(graph["metrics"]) for graph in graphs(dashboard_body(config))) <= MAX_METRICS


def test_the_namespace_is_the_configured_one() -> None:
    """`[journal] namespace`."""
    config = replace(CONFIG, journal=JournalConfig(namespace="Shop"))

    assert {"Shop"} == {each[0] for graph in graphs(dashboard_body(config)) for each in metrics(graph)}
