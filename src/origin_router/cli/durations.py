"""Spans of time on the command line: `90s`, `30m`, `2h`, `1d`."""

from __future__ import annotations

import re

import click

_UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


class Duration(click.ParamType[float]):
    """A positive span of time; its value is in seconds."""

    name = "DURATION"

    def __init__(self, at_most_s: float = 366 * 86_400) -> None:
        self.at_most_s = at_most_s

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        match = _DURATION.fullmatch(str(value).strip())
        if match is None:
            self.fail(f"{value!r} is not a duration; write a number and a unit: 90s, 30m, 2h or 1d", param, ctx)
        seconds = float(match[1]) * _UNITS_S[match[2]]
        if not 0 < seconds <= self.at_most_s:
            self.fail(f"{value} is not between 1s and {duration(self.at_most_s)}", param, ctx)
        return seconds


def duration(seconds: float) -> str:
    """Write a span the way it would be typed, in whole units of its largest."""
    left = round(seconds)
    parts = []
    for unit, length_s in sorted(_UNITS_S.items(), key=lambda each: -each[1]):
        count, left = divmod(left, length_s)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2]) or "0s"
