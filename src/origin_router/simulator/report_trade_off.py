"""What a setting trades for what: a point for each value that was played, joined in their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from origin_router.simulator.svg import drawing, rule, text, ticks
from origin_router.simulator.sweep import Point

PANEL_PX, GAP_PX, HEAD_PX, PLOT_PX, FOOT_PX = 270, 80, 34, 220, 52

Read = Callable[[dict[str, Any]], float]


class Panel(NamedTuple):
    """One trade."""

    x: Read
    y: Read
    x_title: str
    y_title: str


def _probes(figures: dict[str, Any]) -> float:
    return float(figures["probes_per_origin_environment_minute"] or 0.0)


def _switches(figures: dict[str, Any]) -> float:
    return float(figures["switches_per_hour"] or 0.0)


def _slower(figures: dict[str, Any]) -> float:
    return ((figures["mean_ratio"] or 1.0) - 1.0) * 100


def _failed(figures: dict[str, Any]) -> float:
    return float(figures["failed_pct"] or 0.0)


PANELS = (
    Panel(_probes, _slower, "probes per origin, environment, minute", "slower than the oracle, %"),
    Panel(_switches, _slower, "switches per environment and hour", "slower than the oracle, %"),
    Panel(_probes, _failed, "probes per origin, environment, minute", "failed requests, %"),
)


def trade_off(key: str, found: Sequence[Point]) -> str:
    """Draw all trades of a setting."""
    parts: list[str] = []
    for number, panel in enumerate(PANELS):
        parts += _panel(panel, 60 + number * (PANEL_PX + GAP_PX), found)
    width = 60 + len(PANELS) * (PANEL_PX + GAP_PX) - GAP_PX + 40
    return drawing(width, HEAD_PX + PLOT_PX + FOOT_PX, f"What {key} trades for what", parts)


def _panel(panel: Panel, left: float, found: Sequence[Point]) -> list[str]:
    points = [(panel.x(each.figures), panel.y(each.figures)) for each in found]
    x_ticks, y_ticks = (ticks(max(values), 4) for values in zip(*points, strict=True))
    bottom = HEAD_PX + PLOT_PX
    parts = [text(left - 40, 16, panel.y_title, "strong")]
    parts.append(text(left + PANEL_PX / 2, bottom + 38, panel.x_title, "faint", anchor="middle"))
    for each in x_ticks:
        x = left + each / x_ticks[-1] * PANEL_PX
        parts += [rule(x, HEAD_PX, x, bottom), text(x, bottom + 16, f"{each:g}", "faint", size=11, anchor="middle")]
    for each in y_ticks:
        y = bottom - each / y_ticks[-1] * PLOT_PX
        parts += [rule(left, y, left + PANEL_PX, y), text(left - 6, y + 4, f"{each:g}", "faint", size=11, anchor="end")]
    places = [(left + x / x_ticks[-1] * PANEL_PX, bottom - y / y_ticks[-1] * PLOT_PX) for x, y in points]
    parts.append(f'<polyline class="curve" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>')
    for number, ((x, y), point) in enumerate(zip(places, found, strict=True)):
        parts.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>')
        above = y - 9 if number % 2 == 0 else y + 18  # neighbours may be near
        parts.append(text(x, above if above < bottom - 4 else y - 9, point.value, "strong", anchor="middle"))
    return parts
