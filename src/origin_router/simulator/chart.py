"""The comparison as one picture: a row for each policy, a panel for each question; SVG, without a library.

It has a background of its own, so that it can be read on light and on dark pages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from typing import Any

ROW_PX, HEAD_PX, FOOT_PX = 30, 66, 44
NAMES_PX, PANEL_PX, GAP_PX = 172, 232, 34
ZERO_PX = 26
"""Room at the left of a panel for what is nothing at all, which a logarithmic scale does not have."""

BACKGROUND, TEXT, FAINT, GRID = "#ffffff", "#1a1a1a", "#5f6368", "#dadce0"
OURS_COLOUR, OTHERS_COLOUR = "#0b6bcb", "#8a6d3b"

Rows = Sequence[tuple[str, dict[str, Any]]]
"""Policy -> its figures over all scenarios."""


@dataclass(frozen=True)
class Panel:
    """One question, with how to read the answer from the figures."""

    title: str
    unit: str
    value: Callable[[dict[str, Any]], float | None]
    smallest: float
    """Less than this is drawn as zero."""
    nothing: str
    """What is written where there is no answer."""


PANELS = (
    Panel("Slower than the best choice", "mean, %", lambda each: _percent(each["mean_ratio"]), 0.1, "-"),
    Panel("GETs that fail", "of a million", lambda each: each["failed_gets_ppm"], 1.0, "-"),
    Panel("Leaves a failed origin after", "median, s", lambda each: each["leave_s"]["p50"], 0.1, "never"),
)


def chart(rows: Rows, title: str, foot: str, ours: str = "ours") -> str:
    """Draw it. Rows come in the order in which they are drawn."""
    width = NAMES_PX + len(PANELS) * (PANEL_PX + GAP_PX) + 10
    height = HEAD_PX + ROW_PX * len(rows) + FOOT_PX
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="system-ui,-apple-system,Segoe UI,Helvetica,Arial,sans-serif" font-size="13" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="{BACKGROUND}"/>',
    ]
    for index, (policy, _) in enumerate(rows):
        if policy == ours:
            y = HEAD_PX + ROW_PX * index
            parts.append(f'<rect x="4" y="{y}" width="{width - 8}" height="{ROW_PX}" rx="5" fill="#e8f1fb"/>')
        parts.append(_text(NAMES_PX - 12, _middle(index) + 4.5, policy, end=True, is_bold=policy == ours))
    for number, panel in enumerate(PANELS):
        parts += _panel(panel, NAMES_PX + number * (PANEL_PX + GAP_PX), rows, ours)
    parts.append(_text(14, height - 14, foot, colour=FAINT, size=12))
    return "".join(parts) + "</svg>\n"


def _panel(panel: Panel, left: float, rows: Rows, ours: str) -> list[str]:
    values = [panel.value(figures) for _, figures in rows]
    shown = [each for each in values if each is not None and each >= panel.smallest]
    low, high = _decades(shown or [panel.smallest])

    def x_of(value: float) -> float:
        if value < panel.smallest:
            return left
        return left + ZERO_PX + (log10(value) - low) / (high - low) * (PANEL_PX - ZERO_PX - 48)

    bottom = HEAD_PX + ROW_PX * len(rows)
    parts = [
        _text(left, 24, panel.title, is_bold=True),
        _text(left, 40, f"{panel.unit}; further left is better", colour=FAINT, size=11),
    ]
    for place, label in [(left, "0"), *((x_of(10.0**each), _tick(each)) for each in range(low, high + 1))]:
        parts.append(f'<line x1="{place:.1f}" x2="{place:.1f}" y1="{HEAD_PX - 6}" y2="{bottom}" stroke="{GRID}"/>')
        parts.append(_text(place, HEAD_PX - 10, label, colour=FAINT, size=10.5, is_centred=True))
    for index, ((policy, _), value) in enumerate(zip(rows, values, strict=True)):
        colour, y = OURS_COLOUR if policy == ours else OTHERS_COLOUR, _middle(index)
        if value is None:
            parts.append(_text(left + ZERO_PX, y + 4.5, panel.nothing, colour=FAINT))
            continue
        place = x_of(value)
        parts.append(f'<line x1="{left}" x2="{place:.1f}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<circle cx="{place:.1f}" cy="{y}" r="5" fill="{colour}"/>')
        parts.append(_text(place + 9, y + 4.5, _number(value), is_bold=policy == ours))
    return parts


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """Whole powers of ten around all values."""
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return low, max(high, low + 1)


def _middle(index: int) -> float:
    return HEAD_PX + ROW_PX * (index + 0.5)


def _percent(ratio: float | None) -> float | None:
    return None if ratio is None else max(0.0, (ratio - 1) * 100)


def _tick(power: int) -> str:
    value = 10.0**power
    return f"{value:g}" if value < 1000 else f"{value / 1000:g}k" if value < 1e6 else f"{value / 1e6:g}M"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _text(
    x: float,
    y: float,
    text: str,
    *,
    colour: str = TEXT,
    size: float = 13,
    end: bool = False,
    is_centred: bool = False,
    is_bold: bool = False,
) -> str:
    anchor = "end" if end else "middle" if is_centred else "start"
    weight = ' font-weight="600"' if is_bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size:g}" text-anchor="{anchor}"{weight}>'
        f"{escape(text)}</text>"
    )
