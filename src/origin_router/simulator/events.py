"""What happens to origins: small functions from an event to changes of conditions, which compose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Literal, NamedTuple

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from origin_router.simulator.condition import Condition

DRIFT_STEP_S = 60.0
"""A drift moves in steps of this length."""

Kind = Literal[
    "drift",
    "route_change",
    "brown_out",
    "blackhole",
    "refused",
    "silent",
    "errors",
    "loss",
    "flapping",
    "cut",
    "correlated",
]

FAULTS = ("blackhole", "refused", "silent")
"""blackhole: packets vanish; refused: nothing listens; silent: connections stand, answers never come."""


COMMON_KEYS = ("kind", "at_min", "for_min", "origins", "regions")

KEYS: dict[str, tuple[str, ...]] = {
    "drift": ("factor",),
    "route_change": ("add_ms",),
    "brown_out": ("factor",),
    "blackhole": (),
    "refused": (),
    "silent": (),
    "errors": ("share",),
    "loss": ("share",),
    "flapping": ("fault", "period_s", "down_s"),
    "cut": (),
    "correlated": ("fault", "factor"),
}
"""What each kind takes besides."""

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
class EventConfig:
    """One event of a scenario. Which of the numbers matter depends on its kind."""

    kind: Kind
    at_min: NotNegative
    """Minutes after the start."""
    for_min: Positive
    """Duration in minutes."""
    origins: tuple[str, ...]
    regions: tuple[str, ...] = ()
    """Only seen from these Regions; empty: from everywhere."""
    factor: Positive = 4.0
    """drift, brown_out and correlated: how many times as slow it becomes."""
    add_ms: NotNegative = 80.0
    """route_change: longer round trip."""
    share: Annotated[float, Field(ge=0, le=1)] = 0.3
    """errors and loss: share of requests hit."""
    fault: Literal["blackhole", "refused", "silent"] = "refused"
    """flapping and correlated: how the origins fail."""
    period_s: Positive = 60.0
    """flapping: from one failure to the next."""
    down_s: Positive = 20.0
    """flapping: length of each failure."""


class Effect(NamedTuple):
    """A change of conditions for a span of time. Effects compose in the order of their events."""

    from_s: float
    to_s: float
    change: Callable[[Condition], Condition]


def effects(event: EventConfig, region: str, origin: str) -> Iterator[Effect]:
    """Yield what an event does to an origin as seen from a Region."""
    if event.regions and region not in event.regions:
        return
    from_s, to_s = event.at_min * 60, (event.at_min + event.for_min) * 60
    if event.kind == "correlated":
        change = fails(event.fault) if origin in event.origins else is_busy(event.factor)
        yield Effect(from_s, to_s, change)
    elif origin in event.origins:
        yield from _of_kind(event, from_s, to_s)


def _of_kind(event: EventConfig, from_s: float, to_s: float) -> Iterator[Effect]:
    if event.kind == "drift":
        at_s = from_s
        while at_s < to_s:
            progress = (at_s + DRIFT_STEP_S / 2 - from_s) / (to_s - from_s)
            yield Effect(at_s, min(to_s, at_s + DRIFT_STEP_S), is_slower(1 + (event.factor - 1) * min(1.0, progress)))
            at_s += DRIFT_STEP_S
    elif event.kind == "flapping":
        at_s = from_s
        while at_s < to_s:
            yield Effect(at_s, min(to_s, at_s + event.down_s), fails(event.fault))
            at_s += event.period_s
    else:
        yield Effect(from_s, to_s, _simple(event))


def _simple(event: EventConfig) -> Callable[[Condition], Condition]:
    if event.kind == "route_change":
        return lambda each: each._replace(rtt_s=each.rtt_s + event.add_ms / 1000)
    if event.kind == "brown_out":
        return is_busy(event.factor)
    if event.kind == "errors":
        return lambda each: each._replace(error_share=1 - (1 - each.error_share) * (1 - event.share))
    if event.kind == "loss":
        return lambda each: each._replace(loss=1 - (1 - each.loss) * (1 - event.share))
    return fails("blackhole" if event.kind == "cut" else event.kind)


def fails(fault: str) -> Callable[[Condition], Condition]:
    """Nothing works."""
    return lambda each: each._replace(fault=fault)


def is_busy(factor: float) -> Callable[[Condition], Condition]:
    """The server takes longer; the network is as it was."""
    return lambda each: each._replace(server_s=each.server_s * factor)


def is_slower(factor: float) -> Callable[[Condition], Condition]:
    """Network and server take longer."""
    return lambda each: each._replace(rtt_s=each.rtt_s * factor, server_s=each.server_s * factor)
