"""The charts of the report that can be looked into: over time, and what a setting trades for what."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from origin_router.simulator.run import Played
from origin_router.simulator.sweep import Point

MAX_POINTS = 360
"""Of a curve over time; more cannot be told apart on a screen."""

COLOURS = (
    *("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c6d31", "#999999"),
    *("#7b3294", "#5aae61", "#b2182b"),
)
"""One for each policy, the same in all charts."""


def trade_off(key: str, found: Sequence[Point]) -> str:
    """Draw what a setting costs against what it gains: a point for each value, joined in their order."""
    import plotly.graph_objects as go  # type: ignore[import-untyped,unused-ignore]
    from plotly.subplots import make_subplots  # type: ignore[import-untyped,unused-ignore]

    figure: go.Figure = make_subplots(
        rows=1, cols=3, horizontal_spacing=0.08,
        subplot_titles=("against probes", "against switches", "failed requests against probes"),
    )  # fmt: skip
    probes = [each.figures["probes_per_origin_environment_minute"] for each in found]
    switches = [each.figures["switches_per_hour"] for each in found]
    slower = [((each.figures["mean_ratio"] or 1) - 1) * 100 for each in found]
    failed = [each.figures["failed_pct"] for each in found]
    panels = [
        (probes, slower, "probes per origin, environment and minute", "% slower than the oracle"),
        (switches, slower, "switches per environment and hour", "% slower than the oracle"),
        (probes, failed, "probes per origin, environment and minute", "failed requests, %"),
    ]
    for column, (x, y, x_title, y_title) in enumerate(panels, 1):
        figure.add_scatter(
            x=x, y=y, text=[each.value for each in found], mode="lines+markers+text", textposition="top center",
            line={"color": COLOURS[0], "width": 2}, marker={"size": 9}, showlegend=False, row=1, col=column,
        )  # fmt: skip
        figure.update_xaxes(title_text=x_title, rangemode="tozero", row=1, col=column)
        figure.update_yaxes(title_text=y_title, rangemode="tozero", row=1, col=column)
    return (
        f"<h2>{escape(key)}</h2><p>All scenarios together; numbers at the points are the values. "
        f"Further down and further left is better.</p>{_html(figure, f'sweep-{key}', 420)}"
    )


def over_time(played: Sequence[Played]) -> str:
    """Draw what requests took beyond the oracle's choice, and how many failed, over time."""
    import plotly.graph_objects as go  # type: ignore[import-untyped,unused-ignore]
    from plotly.subplots import make_subplots  # type: ignore[import-untyped,unused-ignore]

    figure: go.Figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.1,
        subplot_titles=("Beyond the oracle's choice, mean ms (logarithmic)", "Failed requests, % (logarithmic)"),
    )  # fmt: skip
    for index, each in enumerate(played):
        hours, added, failed = _curves(each)
        line = {"color": COLOURS[index % len(COLOURS)], "width": 3 if index == 0 else 1.5}
        shared = {"name": each.policy, "legendgroup": each.policy, "line": line}
        figure.add_scatter(x=hours, y=added, row=1, col=1, **shared)
        figure.add_scatter(x=hours, y=failed, showlegend=False, row=2, col=1, **shared)
    figure.update_yaxes(type="log", dtick=1)
    figure.update_xaxes(title_text="hours", row=2, col=1)
    return _html(figure, f"curves-{played[0].scenario.name}", 560)


def _curves(each: Played) -> tuple[list[float], list[float | None], list[float | None]]:
    """Return hours, mean ms added and % failed. What is nothing has no place on a logarithmic scale."""
    minutes = each.scenario.hours * 60
    step = max(1, round(minutes / MAX_POINTS))
    rows: dict[int, list[float]] = {}
    for minute, row in each.tally.series.items():
        if minute >= minutes:
            continue  # requests that waited beyond the end
        sums = rows.setdefault(minute // step, [0.0] * 5)
        rows[minute // step] = [a + b for a, b in zip(sums, row, strict=True)]
    keys = sorted(rows)
    added = [(rows[key][2] - rows[key][3]) / rows[key][4] * 1000 if rows[key][4] else 0.0 for key in keys]
    failed = [rows[key][1] / rows[key][0] * 100 if rows[key][0] else 0.0 for key in keys]
    return (
        [key * step / 60 for key in keys],
        [value if value >= 0.01 else None for value in added],
        [value if value > 0 else None for value in failed],
    )


def _html(figure: Any, name: str, height_px: int) -> str:
    figure.update_layout(template="plotly_white", height=height_px, margin={"l": 60, "r": 20, "t": 50, "b": 50})
    html: str = figure.to_html(full_html=False, include_plotlyjs=False, div_id=name, config={"displayModeBar": False})
    return html
