"""What the edges choose, measure and suffer, put together from their log lines. Pure.

Edge logs are throttled by CloudWatch under load and may be late, so all of this is a
sample, and says how large a sample it is.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from origin_router.aws.log_events import Kind, LogEvent
from origin_router.routing.model import OriginRef

INTERESTING = (
    '{ $.event = "choice" || $.event = "probe" || $.event = "health" || $.event = "control" || $.event = "error" '
    "|| $._aws.Timestamp > 0 }"
)
"""CloudWatch's filter pattern for the lines that count here: the others need not travel."""


@dataclass
class OriginView:
    """One origin as one Region's edges see it."""

    decisions: int = 0
    """Requests sent to it."""
    summary_ms: list[float] = field(default_factory=list)
    """Latencies in summaries: all that were measured."""
    probe_ms: list[float] = field(default_factory=list)
    """Latencies in probe lines, of which only some are written. Used where there are no summaries."""
    outcomes: Counter[str] = field(default_factory=Counter)
    ejections: int = 0

    @property
    def latencies_ms(self) -> list[float]:
        """Every latency that was reported, none of them twice."""
        return self.summary_ms or self.probe_ms

    @property
    def median_ms(self) -> float | None:
        """The latency in the middle, or None if there is none."""
        return round(median(self.latencies_ms), 2) if self.latencies_ms else None


@dataclass
class EnvironmentView:
    """The last that one environment said."""

    states: dict[OriginRef, str] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)
    """Pool -> the origin that it prefers."""
    control_version: int | None = None
    control_problem: str = ""
    """Why it did not take the latest control document."""
    last_at_ms: int = 0


@dataclass
class RegionView:
    """One Region."""

    origins: dict[OriginRef, OriginView] = field(default_factory=dict)
    environments: dict[str, EnvironmentView] = field(default_factory=dict)
    """By log stream: Lambda gives each environment one."""
    errors: Counter[str] = field(default_factory=Counter)
    """What our own code could not handle: `where: error`."""

    def states(self, ref: OriginRef) -> Counter[str]:
        """Return how many environments believe what of an origin."""
        said = (each.states.get(ref) for each in self.environments.values())
        return Counter(state for state in said if state is not None)

    def share_pct(self, ref: OriginRef) -> float | None:
        """Return an origin's share of its pool's requests; where none were counted, of its environments' choices."""
        counts = Counter({other: view.decisions for other, view in self.origins.items() if other.pool == ref.pool})
        if not counts.total():
            counts = Counter(
                OriginRef(ref.pool, each.choices[ref.pool])
                for each in self.environments.values()
                if ref.pool in each.choices
            )
        return round(100 * counts[ref] / counts.total(), 1) if counts.total() else None

    def control_versions(self) -> list[int]:
        """Return the versions of the control document in use here, without repetition."""
        versions = {each.control_version for each in self.environments.values()}
        return sorted(version for version in versions if version is not None)

    def control_problems(self) -> list[str]:
        """Return why environments did not take the latest control document, without repetition."""
        return sorted({each.control_problem for each in self.environments.values() if each.control_problem})


def read_journal(events: Iterable[LogEvent]) -> dict[str, RegionView]:
    """Put the lines together, by Region. They must come in order of time: the last word counts."""
    regions: dict[str, RegionView] = {}
    for event in events:
        add_event(regions.setdefault(event.region, RegionView()), event)
    return regions


def add_event(view: RegionView, event: LogEvent) -> None:
    """Learn from one line; one that is not as it should be teaches nothing."""
    if event.document is None or event.kind not in (Kind.JOURNAL, Kind.METRICS):
        return
    try:
        environment = view.environments.setdefault(event.stream, EnvironmentView())
        environment.last_at_ms = max(environment.last_at_ms, event.at_ms)
        if event.kind is Kind.METRICS:
            _add_summary(view, event.document)
        else:
            _add_line(view, environment, event.document)
    except (KeyError, TypeError, ValueError, AttributeError):
        return


def _origin(view: RegionView, fields: Mapping[str, Any]) -> OriginView:
    return view.origins.setdefault(_ref(fields), OriginView())


def _ref(fields: Mapping[str, Any]) -> OriginRef:
    return OriginRef(str(fields["pool"]), str(fields["origin"]))


def _add_summary(view: RegionView, fields: Mapping[str, Any]) -> None:
    origin = _origin(view, fields)
    origin.decisions += int(fields.get("Decisions", 0))
    origin.ejections += int(fields.get("Ejections", 0))
    origin.outcomes.update({str(name): int(count) for name, count in fields.get("outcomes", {}).items()})
    latencies = fields.get("Latency", [])
    origin.summary_ms += _latencies(latencies if isinstance(latencies, list) else [latencies])


def _latencies(values: Iterable[Any]) -> list[float]:
    return [float(value) for value in values if isinstance(value, int | float) and math.isfinite(value) and value >= 0]


def _add_line(view: RegionView, environment: EnvironmentView, fields: Mapping[str, Any]) -> None:
    match fields["event"]:
        case "probe":
            _origin(view, fields).probe_ms += _latencies([fields.get("response_ms")])
        case "choice":
            _origin(view, fields)
            environment.choices[str(fields["pool"])] = str(fields["origin"])
            states = {OriginRef(str(fields["pool"]), name): str(state) for name, state in fields["health"].items()}
            environment.states |= states
            for ref in states:
                view.origins.setdefault(ref, OriginView())
        case "health":
            _origin(view, fields)
            environment.states[_ref(fields)] = str(fields["after"])
        case "control":
            environment.control_version = int(fields["version"])
            environment.control_problem = str(fields.get("problem") or "")
        case "error":
            view.errors[f"{fields['where']}: {fields['error']}"] += 1
