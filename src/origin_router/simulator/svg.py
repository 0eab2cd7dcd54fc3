"""Parts of drawings. Colours are names of the report's style sheet, which has them for light and for dark."""

from __future__ import annotations

from html import escape
from math import floor, log10


def text(x: float, y: float, words: str, kind: str = "", *, size: float = 12, anchor: str = "start") -> str:
    """Return a line of text; `kind` is a class of the style sheet."""
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}">{escape(words)}</text>'


def rule(x1: float, y1: float, x2: float, y2: float, kind: str = "grid") -> str:
    """Return a straight line."""
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def drawing(width: float, height: float, title: str, parts: list[str]) -> str:
    """Return a drawing that keeps its size, in a box that scrolls where a window is too narrow for it."""
    return (
        f'<div class="scroll card"><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img"><title>{escape(title)}</title>{"".join(parts)}</svg></div>'
    )


def ticks(highest: float, about: int = 5) -> list[float]:
    """Return round numbers from 0 to at least the highest: 1, 2 or 5 times a power of ten apart."""
    if highest <= 0:
        return [0.0, 1.0]
    rough = highest / about
    power = 10.0 ** floor(log10(rough))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= rough * 0.999)
    found = [0.0]
    while found[-1] < highest * 0.999:
        found.append(round(len(found) * step, 12))
    return found
