"""Sweeps: one setting at several values, and what that does over all scenarios together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from origin_router.simulator.measures import figures
from origin_router.simulator.policies import OURS, PolicyError
from origin_router.simulator.run import Played
from origin_router.simulator.tally import Tally


@dataclass(frozen=True)
class Sweep:
    """A key of the configuration with the values to try."""

    key: str
    """As `ours:KEY=VALUE` takes it."""
    values: tuple[str, ...]

    def policy(self, value: str) -> str:
        """The policy that plays a value."""
        return f"{OURS}:{self.key}={value}"

    @property
    def policies(self) -> list[str]:
        """One for each value."""
        return [self.policy(value) for value in self.values]


class Point(NamedTuple):
    """What a value led to."""

    value: str
    figures: dict[str, Any]


def parse_sweep(text: str) -> Sweep:
    """Read `pools.*.refresh_s=5,10,30` (or without the pool: all of them are one here); raise PolicyError."""
    path, is_given, values = text.partition("=")
    key = path.strip()
    if key.startswith("pools."):
        key = key.split(".", 2)[2] if key.count(".") >= 2 else ""
    chosen = tuple(dict.fromkeys(each.strip() for each in values.split(",") if each.strip()))
    if not is_given or not key or not chosen:
        raise PolicyError(f"--sweep {text!r} is not KEY=VALUE,VALUE,... such as pools.*.refresh_s=5,10,30")
    return Sweep(key, chosen)


def points(sweep: Sweep, played: Iterable[Played]) -> list[Point]:
    """Return a point for each value that was played, its scenarios and seeds added up."""
    all_played = list(played)
    found = []
    for value in sweep.values:
        mine = [each for each in all_played if each.policy == sweep.policy(value)]
        if mine:
            found.append(Point(value, pooled(mine)))
    return found


def pooled(played: Sequence[Played]) -> dict[str, Any]:
    """Return the figures of a policy over several scenarios and seeds."""
    total, origin_s, watched_s = Tally(), 0.0, 0.0
    for each in played:
        total.merge(each.tally)
        origin_s += len(each.scenario.origins) * each.played_s
        watched_s += len(each.scenario.origins) * each.tally.environment_s
    probes_per_minute = total.probes / watched_s * 60 if watched_s else None
    return figures(total, origin_s) | {
        "probes_per_origin_environment_minute": None if probes_per_minute is None else round(probes_per_minute, 4)
    }
