"""The comparison as one HTML file that needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from operator import itemgetter
from typing import Any

from origin_router.simulator.chart import chart
from origin_router.simulator.measures import measures
from origin_router.simulator.policies import ORACLE, OURS
from origin_router.simulator.report_strips import strips
from origin_router.simulator.report_trade_off import trade_off
from origin_router.simulator.run import Played
from origin_router.simulator.sweep import Point, pooled

COLUMNS: dict[str, Callable[[dict[str, Any]], float | None]] = {
    "Mean, oracle = 1": itemgetter("mean_ratio"),
    "p99, oracle = 1": itemgetter("p99_ratio"),
    "Added, mean ms": itemgetter("added_mean_ms"),
    "p50 ms": itemgetter("added_p50_ms"),
    "p95 ms": itemgetter("added_p95_ms"),
    "p99 ms": itemgetter("added_p99_ms"),
    "p99.9 ms": itemgetter("added_p999_ms"),
    "Failed GETs, ppm": itemgetter("failed_gets_ppm"),
    "Failed, %": itemgetter("failed_pct"),
    "Regret, ms": itemgetter("regret_ms"),
    "Leaves after s": lambda row: row["leave_s"]["p50"],
    "Returns after s": lambda row: row["return_s"]["p50"],
    "Switches per h": itemgetter("switches_per_hour"),
    "Probes per origin, s": itemgetter("probes_per_origin_s"),
    "Cold starts by measuring": itemgetter("extra_cold_starts"),
    "USD per million": itemgetter("usd_per_million"),
}

STYLE = """:root{color-scheme:light dark;--text:#1a1a1a;--faint:#5f6368;--back:#fff;--grid:#dadce0;--ours:#e8f1fb;
--blue:#0b6bcb;--event:#7a7f87;--s0:#e3ece4;--s1:#fdf0c3;--s2:#fbd272;--s3:#f2994a;--s4:#b5541c;--f1:#f4a3b5;
--f2:#d6336c;--f3:#86083d}
@media (prefers-color-scheme:dark){:root{--text:#e8eaed;--faint:#a5abb3;--back:#16181c;--grid:#3a3e44;--ours:#15304d;
--blue:#6cb2ff;--event:#8b919a;--s0:#26352b;--s1:#4d4420;--s2:#80651a;--s3:#b9701f;--s4:#f0934e;--f1:#6e2a40;
--f2:#c4386c;--f3:#ff7aa8}}
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;color:var(--text);
background:var(--back)}table{border-collapse:collapse;font-variant-numeric:tabular-nums;width:100%;font-size:13px}
th,td{padding:.25rem .4rem;text-align:right;border-bottom:1px solid var(--grid);vertical-align:bottom}
th:first-child,td:first-child{text-align:left;white-space:nowrap;position:sticky;left:0;background:var(--back)}
tr.ours td,tr.ours td:first-child{background:var(--ours);font-weight:600}h2{margin-top:3rem}
.scroll{overflow-x:auto;margin:1rem 0}.card{border:1px solid var(--grid);border-radius:8px;padding:.5rem}
.card svg{display:block;font-family:system-ui,sans-serif}.verdict{font-size:1.1rem;border-left:4px solid var(--blue);
padding:.3rem 1rem;background:var(--ours)}.card text{fill:var(--text)}.card .faint{fill:var(--faint)}
.strong{font-weight:600}.grid{stroke:var(--grid)}.event{fill:var(--event)}.curve{fill:none;stroke:var(--blue);
stroke-width:2}.dot{fill:var(--blue)}"""

SHADES = "".join(f".{name}{{fill:var(--{name})}}" for name in ("s0", "s1", "s2", "s3", "s4", "f1", "f2", "f3"))

ABOUT = (
    "Every policy meets the same requests in the same worlds. <b>Mean</b> and <b>p99</b> are in units of an oracle "
    "that knows what each origin is like at every moment; <b>added</b> is the time beyond its choice. "
    "Times are those of requests that succeeded; failed ones are counted apart. <b>Regret</b> is what the "
    "choice is expected to take beyond the oracle's, an error counted as 10 s. <b>Leaves</b> and <b>returns</b> are "
    "medians: from the failure of an origin until it was left, from its end until the origin was used again."
)


def report(all_played: Sequence[Played], swept: Mapping[str, Sequence[Point]] | None = None, *, seeds: str = "") -> str:
    """Return the page: all scenarios at a glance, trade-offs of settings, then each scenario over time."""
    swept = swept or {}
    sweep_policies = {f"{OURS}:{key}={point.value}" for key, found in swept.items() for point in found}
    compared = [each for each in all_played if each.policy not in sweep_policies]
    parts = [_glance(compared, seeds)] if compared else []
    parts += [_swept(key, found) for key, found in swept.items() if found]
    for name in dict.fromkeys(each.scenario.name for each in compared):
        played = [each for each in compared if each.scenario.name == name]
        rows = [(each.policy, measures(each)) for each in played]
        parts += [f"<h2>{escape(name)}</h2><p>{escape(played[0].scenario.about)}</p>", strips(played), _table(rows)]
    return "".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<title>Steering policies compared</title><style>{STYLE}{SHADES}</style>",
            "</head><body><h1>Steering policies compared</h1>",
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
    rows = [row for row in by_policy(all_played) if row[0] != ORACLE]
    scenarios = len({each.scenario.name for each in all_played})
    requests = max((row[1]["requests"] for row in rows), default=0)
    foot = (
        f"{scenarios} scenario{'s' if scenarios > 1 else ''} together, {requests / 1e6:.1f} million requests each, "
        f"{seeds}. The best choice is an oracle's. Times are those of requests that succeeded."
    )
    return chart(rows, "Steering policies compared", foot)


def _glance(compared: Sequence[Played], seeds: str) -> str:
    names = ", ".join(dict.fromkeys(each.scenario.name for each in compared))
    rows = by_policy(compared)
    return (
        f"<h2>All scenarios together</h2><p>{escape(names)}</p>{_verdict(rows)}"
        f'<div class="scroll">{glance_chart(compared, seeds)}</div>{_table(rows)}'
    )


def _verdict(rows: Sequence[tuple[str, dict[str, Any]]]) -> str:
    """Say who loses the fewest requests that CloudFront may try again, and who of these is the fastest."""
    known = [
        (row["failed_gets_ppm"], row["mean_ratio"], policy)
        for policy, row in rows
        if policy != ORACLE and None not in (row["failed_gets_ppm"], row["mean_ratio"])
    ]
    if len(known) < 2:
        return ""
    fewest = min(known)[0]
    (_, ratio, best), *others = sorted(each for each in known if each[0] == fewest)
    text = f"<b>{escape(best)}</b> fails the fewest GETs, {_text(fewest)} of a million"
    if others:
        names = ", ".join(policy for _, _, policy in others)
        text += f", as do {escape(names)}, and is the fastest of these"
    text += f": {_slower(ratio)} than the best choice"
    text += f" (the next, {escape(others[0][2])}: {_slower(others[0][1])})" if others else ""
    return f'<p class="verdict">{text}.</p>'


def _slower(ratio: float) -> str:
    return f"{_text(max(0.0, ratio - 1) * 100)} % slower"


def _swept(key: str, found: Sequence[Point]) -> str:
    return (
        f"<h2>{escape(key)}</h2><p>All scenarios together; numbers at the points are the values. "
        f"Further down and further left is better.</p>{trade_off(key, found)}"
        + _table([(each.value, each.figures) for each in found], "Value")
    )


def _table(rows: Sequence[tuple[str, dict[str, Any]]], first: str = "Policy") -> str:
    head = "".join(f"<th>{escape(title)}</th>" for title in (first, *COLUMNS))
    body = "".join(
        f"<tr{' class=ours' if policy == OURS else ''}><td>{escape(policy)}</td>"
        + "".join(f"<td>{_text(read(row))}</td>" for read in COLUMNS.values())
        + "</tr>"
        for policy, row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
