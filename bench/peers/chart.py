"""The run as one SVG: a small picture per peer and fault, with the latency over the course of the fault. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from bench.peers.faults import VIEWER_TIMEOUT_S, Fault
from bench.peers.timeline import Timeline

WIDTH, HEIGHT = 190, 62
"""Of one picture, in pixels."""
GAP = 8
LEFT, TOP = 190, 62
FROM_S, UNTIL_S = -3.0, 28.0
LOWEST_MS, HIGHEST_MS = 5.0, VIEWER_TIMEOUT_S * 1000
LINES_MS = (10, 100, 1000)

Picture = tuple[str, Fault]


def draw(titles: Mapping[str, str], ours: str, faults: Sequence[Fault], courses: Mapping[Picture, Timeline]) -> str:
    """Return the SVG; `courses` has one round of each peer and fault."""
    width = LEFT + len(faults) * (WIDTH + GAP)
    height = TOP + len(titles) * (HEIGHT + GAP) + 26
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="system-ui, sans-serif" font-size="12" fill="#222">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        '<text x="8" y="20" font-size="15" font-weight="600">The fastest of three origins breaks and is healed: '
        "what viewers wait</text>",
        '<text x="8" y="38" fill="#555">Blue: median and slowest answer of each quarter second (10 ms to 5 s, '
        "logarithmic). Red: failed requests. Grey: while the origin is broken.</text>",
    ]
    for column, fault in enumerate(faults):
        parts.append(f'<text x="{LEFT + column * (WIDTH + GAP)}" y="56" font-weight="600">{escape(fault)}</text>')
    for line, (name, title) in enumerate(titles.items()):
        y = TOP + line * (HEIGHT + GAP)
        weight = "700" if name == ours else "400"
        for number, words in enumerate(_broken(title)):
            parts.append(f'<text x="8" y="{y + 22 + 15 * number}" font-weight="{weight}">{escape(words)}</text>')
        for column, fault in enumerate(faults):
            parts.append(f'<g transform="translate({LEFT + column * (WIDTH + GAP)},{y})">')
            parts += _picture(courses.get((name, fault)))
            parts.append("</g>")
    parts.append(_axis(height))
    return "\n".join([*parts, "</svg>", ""])


def _picture(course: Timeline | None) -> Iterator[str]:
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fafafa" stroke="#ddd"/>'
    if course is None:
        yield f'<text x="{WIDTH / 2}" y="{HEIGHT / 2 + 4}" text-anchor="middle" fill="#999">not measured</text>'
        return
    yield f'<rect x="{_x(0):.1f}" width="{_x(course.fault_s) - _x(0):.1f}" height="{HEIGHT}" fill="#e6e6e6"/>'
    for ms in LINES_MS:
        yield f'<path d="M0 {_y(ms):.1f}H{WIDTH}" stroke="#ccc" stroke-width="0.5"/>'
    steps = [each for each in course.steps if FROM_S <= each.at_s <= UNTIL_S]
    for each in steps:
        if each.failed:
            yield f'<rect x="{_x(each.at_s) - 1:.1f}" y="0" width="2" height="{HEIGHT}" fill="#d33" opacity="0.55"/>'
    answered = [each for each in steps if each.worst_ms]
    worst = " ".join(f"{_x(each.at_s):.1f},{_y(each.worst_ms):.1f}" for each in answered)
    middle = " ".join(f"{_x(each.at_s):.1f},{_y(each.p50_ms):.1f}" for each in answered)
    yield f'<polyline points="{worst}" fill="none" stroke="#8ab6e8" stroke-width="1"/>'
    yield f'<polyline points="{middle}" fill="none" stroke="#1558a8" stroke-width="1.5"/>'


def _axis(height: int) -> str:
    marks = [
        f'<text x="{LEFT + _x(at_s):.0f}" y="{height - 10}" text-anchor="middle" fill="#555">{at_s} s</text>'
        for at_s in (0, 10, 20)
    ]
    return "".join(marks)


def _x(at_s: float) -> float:
    return (at_s - FROM_S) / (UNTIL_S - FROM_S) * WIDTH


def _y(ms: float) -> float:
    share = math.log(max(ms, LOWEST_MS) / LOWEST_MS) / math.log(HIGHEST_MS / LOWEST_MS)
    return HEIGHT * (1 - min(1.0, share))


def _broken(title: str) -> list[str]:
    """A long title in two lines."""
    first, comma, rest = title.partition(", ")
    return [first + comma.strip(), rest] if rest else [title]
