"""From what the edges measured to the prior table of the next build. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from origin_router.aws.journal_reader import OriginView, RegionView
from origin_router.config.prior_file import Prior
from origin_router.routing.config import RouterConfig
from origin_router.routing.model import OriginRef

MIN_SAMPLES = 20
"""Fewer latencies than this say little about a median: with 20, two that are far off do not move it much."""


class Cell(NamedTuple):
    """One origin as seen from one Region."""

    pool: str
    region: str
    origin: str
    before_ms: float | None
    """What the last file says."""
    measured_ms: float | None
    samples: int
    after_ms: float | None
    """What the new file will say."""
    note: str = ""
    """Why it does not say what was measured."""

    @property
    def change_pct(self) -> float | None:
        """Growth against the last file."""
        if self.before_ms is None or self.after_ms is None or not self.before_ms:
            return None
        return round(100 * (self.after_ms / self.before_ms - 1), 1)


@dataclass(frozen=True)
class Learned:
    """The table, and how it came about."""

    cells: tuple[Cell, ...]
    most_samples: int
    """Of any origin in any Region."""

    @property
    def prior(self) -> Prior:
        """What to write."""
        prior: Prior = {}
        for cell in self.cells:
            if cell.after_ms is not None:
                prior.setdefault(cell.pool, {}).setdefault(cell.region, {})[cell.origin] = cell.after_ms
        return prior

    @property
    def is_enough(self) -> bool:
        """Whether anything at all was learned."""
        return any(cell.after_ms is not None and not cell.note for cell in self.cells)


def learn(views: Mapping[str, RegionView], config: RouterConfig, previous: Prior, min_samples: int) -> Learned:
    """Put the new table together from measurements, and from the last file where there are too few of them."""
    cells: list[Cell] = []
    for name, pool in config.pools.items():
        if len(pool.origins) < 2:
            continue  # nothing to choose
        last = previous.get(name, {})
        for region in sorted({*views, *last}):
            refs = [OriginRef(name, each.id) for each in pool.origins]
            view = views.get(region, RegionView())
            row = [_cell(ref, region, view, last.get(region, {}), min_samples) for ref in refs]
            if any(cell.measured_ms is not None or cell.before_ms is not None for cell in row):
                cells += _comparable(row)
    samples = (len(origin.latencies_ms) for view in views.values() for origin in view.origins.values())
    return Learned(tuple(cells), max(samples, default=0))


def _cell(ref: OriginRef, region: str, view: RegionView, last: Mapping[str, float], min_samples: int) -> Cell:
    origin = view.origins.get(ref, OriginView())
    before, samples = last.get(ref.origin), len(origin.latencies_ms)
    measured = None if origin.median_ms is None else round(origin.median_ms, 1)
    if samples >= min_samples:
        return Cell(ref.pool, region, ref.origin, before, measured, samples, measured)
    note = "too few samples" + ("" if before is None else ": kept")
    return Cell(ref.pool, region, ref.origin, before, measured, samples, before, note)


def _comparable(row: list[Cell]) -> Iterator[Cell]:
    """Pass a Region's row on, unless it knows one origin alone: that one would be the fastest for want of others."""
    is_lonely = sum(cell.after_ms is not None for cell in row) == 1
    for cell in row:
        if is_lonely and cell.after_ms is not None:
            yield cell._replace(after_ms=None, note="the only origin known there: left out")
        else:
            yield cell
