"""Counts what happens and says it now and then, in CloudWatch's embedded metric format.

One line per environment and `summary_s`, with traffic only, never one per request: at the
edge log lines are throttled, and each costs. CloudWatch extracts the metrics in the Region
in which the function executes.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from origin_router.routing.model import Decision, Observation, OriginRef, Outcome, Source, State

_MAX_VALUES = 100
"""CloudWatch takes at most this many values of one metric from a line."""


class Metrics:
    """What happened since the last summary."""

    def __init__(self, namespace: str, interval_s: float, now: float) -> None:
        """`interval_s` 0: nothing is ever due."""
        self._namespace = namespace
        self._interval_s = interval_s
        self._decisions: Counter[Decision] = Counter()
        self._last: Decision | None = None
        self._repeats = 0
        self._outcomes: Counter[tuple[OriginRef, Source, Outcome]] = Counter()
        self._latencies: dict[tuple[OriginRef, Source], list[float]] = {}
        self._ejections: Counter[OriginRef] = Counter()
        self.due_at = now + interval_s if interval_s else float("inf")
        """When the next summary is due."""

    def count_decision(self, decision: Decision) -> None:
        """A request was sent on its way. Requests in a row share one decision object, so counting is cheap."""
        if decision is not self._last:
            self._settle()
            self._last = decision
        self._repeats += 1

    def count(self, observation: Observation) -> None:
        """A probe or a real request ended. Their latencies are kept apart: a request's contains more."""
        self._outcomes[observation.origin, observation.source, observation.outcome] += 1
        if observation.latency_s is not None:
            latencies = self._latencies.setdefault((observation.origin, observation.source), [])
            if len(latencies) < _MAX_VALUES:
                latencies.append(round(observation.latency_s * 1000, 2))

    def count_transition(self, ref: OriginRef, after: State) -> None:
        """An origin changed its state."""
        if after is State.EJECTED:
            self._ejections[ref] += 1

    def take(self, now: float, wall: float) -> list[dict[str, Any]]:
        """Return one embedded metric object per origin with anything to say, and start anew.

        `now` is the router's time, `wall` the clock's: CloudWatch refuses what is hours ahead of it. The dimension
        `region` is a key of every journal line.
        """
        self.due_at = now + self._interval_s
        self._settle()
        refs = sorted(
            {each.origin for each in self._decisions} | {ref for ref, _, _ in self._outcomes} | set(self._ejections)
        )
        lines = [self._line(ref, wall) for ref in refs]
        for counts in (self._decisions, self._outcomes, self._latencies, self._ejections):
            counts.clear()
        return lines

    def _settle(self) -> None:
        if self._last is not None and self._repeats:
            self._decisions[self._last] += self._repeats
            self._repeats = 0

    def _line(self, ref: OriginRef, wall: float) -> dict[str, Any]:
        reasons = Counter[str]()
        for decision, count in self._decisions.items():
            if decision.origin == ref:
                reasons[decision.reason] += count
        outcomes, traffic = (self._outcomes_of(ref, source) for source in (Source.PROBE, Source.TRAFFIC))
        values: dict[str, Any] = {
            "Decisions": sum(reasons.values()),
            "Probes": sum(outcomes.values()),
            "ProbeFailures": sum(outcomes.values()) - outcomes.get(Outcome.OK.value, 0),
            "Ejections": self._ejections[ref],
        }
        if traffic:
            values["TrafficFailures"] = sum(traffic.values()) - traffic.get(Outcome.OK.value, 0)
        units = dict.fromkeys(values, "Count")
        for name, source in (("Latency", Source.PROBE), ("TrafficLatency", Source.TRAFFIC)):
            if (ref, source) in self._latencies:
                values[name] = self._latencies[ref, source]
                units[name] = "Milliseconds"
        metrics = [{"Name": name, "Unit": unit} for name, unit in units.items()]
        directive = {"Namespace": self._namespace, "Dimensions": [["pool", "origin", "region"]], "Metrics": metrics}
        return {
            "_aws": {"Timestamp": int(wall * 1000), "CloudWatchMetrics": [directive]},
            "pool": ref.pool,
            "origin": ref.origin,
            **values,
            "reasons": dict(reasons),
            "outcomes": outcomes,
            "traffic_outcomes": traffic,
        }

    def _outcomes_of(self, ref: OriginRef, source: Source) -> dict[str, int]:
        return {
            outcome.value: count
            for (origin, heard, outcome), count in self._outcomes.items()
            if (origin, heard) == (ref, source)
        }
