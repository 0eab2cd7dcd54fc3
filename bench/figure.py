"""What a benchmark reports: readings, each with its target and the samples behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.samples import Summary


@dataclass(frozen=True, slots=True)
class Target:
    """What a reading is to reach: at most so much (or less than that, where equal is not enough)."""

    limit: float
    is_strict: bool = False

    def is_met_by(self, value: float) -> bool:
        """Whether a value reaches it."""
        return value < self.limit if self.is_strict else value <= self.limit

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"limit": self.limit, "is_strict": self.is_strict}

    def __str__(self) -> str:
        return f"{'<' if self.is_strict else '<='} {self.limit:.3g}"


@dataclass(frozen=True, slots=True)
class Floor:
    """What a reading is to reach: at least so much."""

    limit: float

    def is_met_by(self, value: float) -> bool:
        """Whether a value reaches it."""
        return value >= self.limit

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"limit": self.limit, "is_floor": True}

    def __str__(self) -> str:
        return f">= {self.limit:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One number of one figure."""

    figure: str
    """F1 to F9."""
    what: str
    value: float
    unit: str
    target: Target | Floor | None = None
    """None: reported beside the others, promised nowhere."""
    seed: float | None = None
    """The same number for the seed's recipe, where it has one."""
    series: Mapping[str, Summary] = field(default_factory=dict)
    """The samples behind the value, by name."""
    note: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None without a target."""
        return None if self.target is None else self.target.is_met_by(self.value)

    @property
    def n(self) -> int:
        """Samples behind the value: those of the smallest series."""
        return min((each.n for each in self.series.values()), default=1)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        target = self.target
        return {
            "figure": self.figure,
            "what": self.what,
            "value": round(self.value, 6),
            "unit": self.unit,
            "target": None if target is None else target.as_dict(),
            "is_met": self.is_met,
            "seed": None if self.seed is None else round(self.seed, 6),
            "samples": self.n,
            "series": {name: each.as_dict() for name, each in self.series.items()},
            "note": self.note,
        }
