"""A scenario over time: what happens, and below it a strip for each policy whose colours tell who suffers from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from origin_router.simulator.events import EventConfig
from origin_router.simulator.policies import OURS
from origin_router.simulator.run import Played
from origin_router.simulator.svg import drawing, rule, text, ticks

NAMES_PX, STRIP_PX, ROW_PX, HEAD_PX, FOOT_PX = 170, 900, 24, 30, 58
LETTER_PX = 6.2
"""Of a name, about: how wide it is drawn is the browser's business."""

CELLS = 240
"""Of a strip, at most: more cannot be told apart on a screen."""


class Shade(NamedTuple):
    """A colour of a strip."""

    kind: str
    """Class of the style sheet."""
    says: str


FAILED = (
    (10.0, Shade("f3", "over 10 % of requests fail")),
    (1.0, Shade("f2", "over 1 % fail")),
    (0.1, Shade("f1", "over 0.1 % fail")),
)
"""From so many percent on. Less is drawn by what the others take."""
ADDED = (
    (1000.0, Shade("s4", "over 1 s slower")),
    (100.0, Shade("s3", "over 100 ms")),
    (10.0, Shade("s2", "over 10 ms")),
    (1.0, Shade("s1", "over 1 ms")),
)
"""From so many milliseconds beyond the oracle's choice on, in the mean."""
FINE = Shade("s0", "as good as the oracle")


def strips(played: Sequence[Played]) -> str:
    """Draw one scenario, played by several policies."""
    scenario = played[0].scenario
    minutes = scenario.hours * 60
    lanes = _lanes([_bar(each, minutes) for each in scenario.events if each.at_min < minutes])
    top = HEAD_PX + ROW_PX * len(lanes)
    bottom = top + ROW_PX * len(played)
    parts = [text(NAMES_PX, 18, "What happens, and how requests fare meanwhile", "strong")]
    for hours in [each for each in ticks(scenario.hours, 8) if each <= scenario.hours]:
        x = NAMES_PX + hours / scenario.hours * STRIP_PX
        parts += [rule(x, HEAD_PX, x, bottom + 5), text(x, bottom + 18, f"{hours:g} h", "faint", anchor="middle")]
    for number, lane in enumerate(lanes):
        parts += [bar.draw(HEAD_PX + number * ROW_PX) for bar in lane]
    for number, each in enumerate(played):
        y = top + number * ROW_PX
        kind = "strong" if each.policy == OURS else ""
        parts += [text(NAMES_PX - 10, y + 16, each.policy, kind, anchor="end"), *_strip(each, y, minutes)]
    parts += _legend(bottom + 34)
    return drawing(NAMES_PX + STRIP_PX + 30, bottom + FOOT_PX, f"{scenario.name}: policies over time", parts)


class Bar(NamedTuple):
    """An event with its name beside it."""

    x: float
    width: float
    words: str
    is_named_before: bool
    """The name stands at its left: there is no room at the right."""

    @property
    def span(self) -> tuple[float, float]:
        """From where to where there is room for nothing else."""
        words_px = 12 + LETTER_PX * len(self.words)
        return (
            (self.x - words_px, self.x + self.width)
            if self.is_named_before
            else (self.x, self.x + self.width + words_px)
        )

    def draw(self, y: float) -> str:
        """Draw it, below y."""
        x, anchor = (self.x - 5, "end") if self.is_named_before else (self.x + self.width + 5, "start")
        rect = f'<rect class="event" x="{self.x:.1f}" y="{y + 4}" width="{self.width:.1f}" height="14" rx="3"/>'
        return rect + text(x, y + 15, self.words, "faint", anchor=anchor)


def _bar(event: EventConfig, minutes: float) -> Bar:
    x = NAMES_PX + event.at_min / minutes * STRIP_PX
    width = max(2.0, min(event.for_min, minutes - event.at_min) / minutes * STRIP_PX)
    words = f"{event.kind.replace('_', ' ')}: {', '.join(event.origins)}"
    words += f" seen from {', '.join(event.regions)}" if event.regions else ""
    return Bar(x, width, words, x + width + LETTER_PX * len(words) > NAMES_PX + STRIP_PX)


def _lanes(bars: Sequence[Bar]) -> list[list[Bar]]:
    """Spread bars over as many rows as keep them and their names apart."""
    lanes: list[list[Bar]] = []
    for bar in sorted(bars, key=lambda each: each.span):
        lane = next((each for each in lanes if each[-1].span[1] <= bar.span[0]), None)
        if lane is None:
            lanes.append([bar])
        else:
            lane.append(bar)
    return lanes


def _strip(played: Played, y: float, minutes: float) -> Iterator[str]:
    step = max(1, round(minutes / CELLS))
    cells = sorted(_rows(played, step, minutes).items())
    for shade, run in groupby(cells, key=lambda cell: _shade(cell[1])):
        numbers = [number for number, _ in run]
        from_min, to_min = numbers[0] * step, min(minutes, (numbers[-1] + 1) * step)
        x, width = NAMES_PX + from_min / minutes * STRIP_PX, (to_min - from_min) / minutes * STRIP_PX
        yield (
            f'<rect class="{shade.kind}" x="{x:.1f}" y="{y + 2}" width="{width:.1f}" height="{ROW_PX - 4}">'
            f"<title>{from_min / 60:.2f} h to {to_min / 60:.2f} h: {shade.says}</title></rect>"
        )


def _rows(played: Played, step: int, minutes: float) -> dict[int, list[float]]:
    """Sums of [requests, failed, time, oracle's time, requests timed] by cell; without who waited beyond the end."""
    rows: dict[int, list[float]] = {}
    for minute, row in played.tally.series.items():
        if minute < minutes:
            sums = rows.setdefault(minute // step, [0.0] * len(row))
            rows[minute // step] = [a + b for a, b in zip(sums, row, strict=True)]
    return rows


def _shade(row: Sequence[float]) -> Shade:
    requests, failed, time_s, oracle_s, timed = row
    failed_pct = failed / requests * 100 if requests else 0.0
    added_ms = (time_s - oracle_s) / timed * 1000 if timed else 0.0
    reached = [shade for least, shade in FAILED if failed_pct > least]
    reached += [shade for least, shade in ADDED if added_ms > least]
    return reached[0] if reached else FINE


def _legend(y: float) -> Iterator[str]:
    x = 20.0
    for shade in (FINE, *(each for _, each in reversed(ADDED)), *(each for _, each in reversed(FAILED))):
        yield f'<rect class="{shade.kind}" x="{x:.1f}" y="{y}" width="14" height="14"/>'
        yield text(x + 19, y + 11, shade.says, "faint", size=11)
        x += 34 + 6.2 * len(shade.says)
