"""The comparison as one HTML file that needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from origin_router.simulator import report_charts
from origin_router.simulator.chart import chart
from origin_router.simulator.measures import measures
from origin_router.simulator.policies import OURS
from origin_router.simulator.run import Played
from origin_router.simulator.sweep import Point, pooled

COLUMNS = {
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

STYLE = """:root{color-scheme:light}body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;
padding:0 1rem;color:#1a1a1a;background:#fff}table{border-collapse:collapse;font-variant-numeric:tabular-nums;
width:100%;font-size:14px}th,td{padding:.25rem .6rem;text-align:right;border-bottom:1px solid #ddd}
th:first-child,td:first-child{text-align:left}tr.ours td{background:#e8f1fb;font-weight:600}
.scroll{overflow-x:auto}h2{margin-top:3rem}svg{max-width:100%;height:auto;border:1px solid #ddd;border-radius:8px}"""

ABOUT = (
    "Every policy meets the same requests in the same worlds. <b>Mean</b> and <b>p99</b> are in units of an oracle "
    "that knows what each origin is like at every moment; <b>added</b> is the time beyond its choice. "
    "Times are those of requests that succeeded; failed ones are counted apart."
)


def report(all_played: Sequence[Played], swept: Mapping[str, Sequence[Point]] | None = None, *, seeds: str = "") -> str:
    """Return the page: all scenarios at a glance, trade-offs of settings, then each scenario over time."""
    from plotly.offline import get_plotlyjs  # type: ignore[import-untyped,unused-ignore]  # megabytes: only where asked for

    swept = swept or {}
    sweep_policies = {f"{OURS}:{key}={point.value}" for key, found in swept.items() for point in found}
    compared = [each for each in all_played if each.policy not in sweep_policies]
    parts = [_glance(compared, seeds)] if compared else []
    parts += [report_charts.trade_off(key, found) for key, found in swept.items()]
    for name in dict.fromkeys(each.scenario.name for each in compared):
        played = [each for each in compared if each.scenario.name == name]
        rows = [(each.policy, measures(each)) for each in played]
        parts += [f"<h2>{escape(name)}</h2><p>{escape(played[0].scenario.about)}</p>", _table(rows)]
        parts.append(report_charts.over_time(played))
    return "".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<title>Steering policies compared</title><style>{STYLE}</style>",
            f"<script>{get_plotlyjs()}</script></head><body><h1>Steering policies compared</h1>",
            f"<p>{ABOUT} ({escape(seeds)})</p>",
            *parts,
            "</body></html>\n",
        ]
    )


def by_policy(all_played: Sequence[Played]) -> list[tuple[str, dict[str, Any]]]:
    """Return the figures of each policy over all its scenarios, ours first, then from the fastest to the slowest."""
    rows = [
        (policy, pooled([each for each in all_played if each.policy == policy]))
        for policy in dict.fromkeys(each.policy for each in all_played)
    ]
    return sorted(rows, key=lambda row: (row[0] != OURS, row[1]["mean_ratio"] or 0.0))


def glance_chart(all_played: Sequence[Played], seeds: str) -> str:
    """Draw all policies over all scenarios, without the oracle, which is the unit."""
    rows = [row for row in by_policy(all_played) if row[0] != "oracle"]
    scenarios = len({each.scenario.name for each in all_played})
    requests = max((row[1]["requests"] for row in rows), default=0)
    foot = (
        f"{scenarios} scenario{'s' if scenarios > 1 else ''} together, {requests / 1e6:.1f} million requests each, "
        f"{seeds}. The best choice is an oracle's. Times are those of requests that succeeded."
    )
    return chart(rows, "Steering policies compared", foot)


def _glance(compared: Sequence[Played], seeds: str) -> str:
    names = ", ".join(dict.fromkeys(each.scenario.name for each in compared))
    return f"<h2>All scenarios together</h2><p>{escape(names)}</p>{glance_chart(compared, seeds)}" + _table(
        by_policy(compared)
    )


def _table(rows: Sequence[tuple[str, dict[str, Any]]]) -> str:
    head = "".join(f"<th>{escape(title)}</th>" for title in ("Policy", *COLUMNS.values()))
    body = "".join(
        f"<tr{' class=ours' if policy == OURS else ''}><td>{escape(policy)}</td>"
        + "".join(f"<td>{_text(row[key])}</td>" for key in COLUMNS)
        + "</tr>"
        for policy, row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
