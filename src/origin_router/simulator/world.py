"""The truth: every origin's condition, as seen from every Region, at every time."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple

from origin_router.simulator.condition import Condition
from origin_router.simulator.events import effects
from origin_router.simulator.geography import RoundTrips
from origin_router.simulator.scenario import Scenario


class Span(NamedTuple):
    """A time during which nothing changes. Origins are numbered as in the scenario."""

    from_s: float
    to_s: float
    conditions: tuple[Condition, ...]
    best: int
    """The oracle's choice: the lowest expected time."""
    expected_s: tuple[float, ...]
    """Mean time of a request, by origin."""
    is_bad: tuple[bool, ...]
    """By origin: it should be left."""


class View:
    """The world as one Region sees it."""

    def __init__(self, scenario: Scenario, region: str, trips: RoundTrips) -> None:
        self.region = region
        self.ids = [each.id for each in scenario.origins]
        self.index = {name: index for index, name in enumerate(self.ids)}
        self.base = [
            Condition(
                rtt_s=trips.rtt_s(region, each.place),
                server_s=each.server_ms / 1000,
                sigma=each.sigma,
                tail_share=each.tail_share,
                jitter=scenario.jitter,
            )
            for each in scenario.origins
        ]
        self.end_s = scenario.hours * 3600
        self._scenario = scenario
        self._latest: Span | None = None
        """What was asked for last: most questions are about the same span as the one before."""

    @cached_property
    def spans(self) -> list[Span]:
        """All of time, in order."""
        changing = [
            [effect for event in self._scenario.events for effect in effects(event, self.region, name)]
            for name in self.ids
        ]
        edges = {0.0, *(time for each in changing for effect in each for time in (effect.from_s, effect.to_s))}
        starts = sorted(each for each in edges if each < self.end_s)
        spans = []
        for from_s, to_s in zip(starts, [*starts[1:], self.end_s], strict=True):
            conditions = []
            for condition, all_effects in zip(self.base, changing, strict=True):
                for effect in all_effects:
                    if effect.from_s <= from_s < effect.to_s:
                        condition = effect.change(condition)
                conditions.append(condition)
            spans.append(_span(from_s, to_s, tuple(conditions)))
        return spans

    @cached_property
    def _starts(self) -> list[float]:
        return [each.from_s for each in self.spans]

    def at(self, at_s: float) -> Span:
        """Return what holds at a time."""
        latest = self._latest
        if latest is None or not latest.from_s <= at_s < latest.to_s:
            latest = self._latest = self.spans[max(0, bisect_right(self._starts, at_s) - 1)]
        return latest


def _span(from_s: float, to_s: float, conditions: tuple[Condition, ...]) -> Span:
    expected_s = tuple(each.expected_s for each in conditions)
    best = expected_s.index(min(expected_s))
    return Span(from_s, to_s, conditions, best, expected_s, tuple(each.has_failed for each in conditions))
