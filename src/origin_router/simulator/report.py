"""The comparison as one HTML file that needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from origin_router.simulator.measures import measures
from origin_router.simulator.run import Played

MAX_POINTS = 360
"""Of a curve over time; more cannot be told apart on a screen."""

COLUMNS = {
    "policy": "Policy",
    "mean_ratio": "Mean, oracle = 1",
    "p99_ratio": "p99, oracle = 1",
    "added_mean_ms": "Added, mean ms",
    "added_p95_ms": "p95 ms",
    "added_p99_ms": "p99 ms",
    "added_p999_ms": "p99.9 ms",
    "failed_gets_ppm": "Failed GETs, ppm",
    "failed_pct": "Failed, %",
    "switches_per_hour": "Switches/h",
    "probes_per_origin_s": "Probes/origin/s",
    "usd_per_million": "USD per million",
}

COLOURS = (
    *("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c6d31", "#999999"),
    *("#7b3294", "#5aae61", "#b2182b"),
)
"""One for each policy, the same in all charts."""

STYLE = """body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#1a1a1a}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;width:100%}th,td{padding:.3rem .6rem;
text-align:right;border-bottom:1px solid #ddd}th:first-child,td:first-child{text-align:left}
.scroll{overflow-x:auto}h2{margin-top:3rem}"""


def report(all_played: Sequence[Played]) -> str:
    """Return the page: a chart at a glance, then a table and a curve over time for each scenario."""
    from plotly.offline import get_plotlyjs  # type: ignore[import-untyped,unused-ignore]  # megabytes: only where asked for

    names = list(dict.fromkeys(each.scenario.name for each in all_played))
    parts = [_glance(all_played)]
    for name in names:
        played = [each for each in all_played if each.scenario.name == name]
        parts += [f"<h2>{escape(name)}</h2><p>{escape(played[0].scenario.about)}</p>", _table(played), _curves(played)]
    seeds = ", ".join(sorted({str(each.seed) for each in all_played}))
    return "".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<title>Steering policies compared</title><style>{STYLE}</style>",
            f"<script>{get_plotlyjs()}</script></head><body><h1>Steering policies compared</h1>",
            f"<p>The same worlds, seed {seeds}. Times are those of requests that succeeded.</p>",
            *parts,
            "</body></html>\n",
        ]
    )


def _glance(all_played: Sequence[Played]) -> str:
    """Further left is faster, further down fails less: one point for each policy and scenario."""
    import plotly.graph_objects as go  # type: ignore[import-untyped,unused-ignore]

    figure = go.Figure()
    for index, policy in enumerate(dict.fromkeys(each.policy for each in all_played)):
        rows = [measures(each) for each in all_played if each.policy == policy]
        figure.add_scatter(
            name=policy,
            mode="markers",
            marker={"size": 11, "color": COLOURS[index % len(COLOURS)]},
            x=[max(0.01, ((row["mean_ratio"] or 1) - 1) * 100) for row in rows],
            y=[max(1.0, row["failed_gets_ppm"] or 0) for row in rows],
            text=[row["scenario"] for row in rows],
            hovertemplate="%{text}<br>%{x:.2f} % slower than the oracle<br>%{y:.0f} failed GETs of a million",
        )
    figure.update_layout(
        title="Slower than the oracle, and failed: bottom left is best (nothing is drawn at 0.01 % and 1)",
        xaxis={"type": "log", "title": "% slower than the oracle's choice, mean"},
        yaxis={"type": "log", "title": "failed GETs of a million"},
    )
    return _html(figure, "glance")


def _table(played: Sequence[Played]) -> str:
    head = "".join(f"<th>{escape(title)}</th>" for title in COLUMNS.values())
    rows = []
    for each in played:
        row = measures(each)
        rows.append("<tr>" + "".join(f"<td>{escape(_text(row[key]))}</td>" for key in COLUMNS) + "</tr>")
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _text(value: Any) -> str:
    return "-" if value is None else str(value)


def _curves(played: Sequence[Played]) -> str:
    """What requests took beyond the oracle's choice, and how many failed, over time."""
    import plotly.graph_objects as go  # type: ignore[import-untyped,unused-ignore]
    from plotly.subplots import make_subplots  # type: ignore[import-untyped,unused-ignore]

    figure: go.Figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, subplot_titles=("Beyond the oracle's choice, mean ms", "Failed requests, %")
    )
    minutes = played[0].scenario.hours * 60
    step = max(1, round(minutes / MAX_POINTS))
    for index, each in enumerate(played):
        rows: dict[int, list[float]] = {}
        for minute, row in each.tally.series.items():
            if minute >= minutes:
                continue  # requests that waited beyond the end
            sums = rows.setdefault(minute // step, [0.0] * 5)
            rows[minute // step] = [a + b for a, b in zip(sums, row, strict=True)]
        hours = [key * step / 60 for key in sorted(rows)]
        kept = [rows[key] for key in sorted(rows)]
        added = [(row[2] - row[3]) / row[4] * 1000 if row[4] else None for row in kept]
        failed = [row[1] / row[0] * 100 if row[0] else None for row in kept]
        line = {"color": COLOURS[index % len(COLOURS)], "width": 3 if index == 0 else 1.5}
        figure.add_scatter(x=hours, y=added, name=each.policy, legendgroup=each.policy, line=line, row=1, col=1)
        figure.add_scatter(
            x=hours, y=failed, name=each.policy, legendgroup=each.policy, line=line, showlegend=False, row=2, col=1
        )
    figure.update_xaxes(title_text="hours", row=2, col=1)
    return _html(figure, f"curves-{played[0].scenario.name}")


def _html(figure: Any, name: str) -> str:
    figure.update_layout(template="plotly_white", height=520, margin={"l": 60, "r": 20, "t": 60, "b": 50})
    html: str = figure.to_html(full_html=False, include_plotlyjs=False, div_id=name)
    return html
