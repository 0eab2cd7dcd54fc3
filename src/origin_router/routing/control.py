"""Orders from the operator that take effect without a new deployment (see `control_document`)."""

from __future__ import annotations

from origin_router.routing.config import RouterConfig
from origin_router.routing.model import OriginRef
from origin_router.routing.named import NamedTuple


class Control(NamedTuple):
    """A valid document: orders by origin, with the end of each."""

    version: int = 0
    drained: dict[OriginRef, float] = {}  # noqa: RUF012 - never changed
    pinned: dict[OriginRef, float] = {}  # noqa: RUF012 - never changed
    weights: dict[OriginRef, tuple[float, float]] = {}  # noqa: RUF012 - never changed
    """Origin -> (weight, end)."""
    unknown: tuple[str, ...] = ()
    """Orders about origins that the configuration does not have, as `drain[0]`."""

    def is_drained(self, ref: OriginRef, now: float) -> bool:
        """Whether an origin is to get no requests."""
        return now < self.drained.get(ref, 0.0)

    def is_pinned(self, ref: OriginRef, now: float) -> bool:
        """Whether an origin is to get all of its pool's requests."""
        return now < self.pinned.get(ref, 0.0)

    def weight(self, ref: OriginRef, configured: float, now: float) -> float:
        """The weight that holds for an origin."""
        weight, until_at = self.weights.get(ref, (configured, 0.0))
        return weight if now < until_at else configured

    def emptied(self, config: RouterConfig, now: float) -> list[str]:
        """Return the pools that would have no origin left, nor a pool to fall back to: their drains are ignored."""
        return [
            name
            for name, pool in config.pools.items()
            if not pool.fallback_pool and all(self.is_drained(OriginRef(name, each.id), now) for each in pool.origins)
        ]

    def shifted(self, by_s: float) -> Control:
        """Return the same orders, ending so much later."""
        return self._replace(
            drained={ref: until_at + by_s for ref, until_at in self.drained.items()},
            pinned={ref: until_at + by_s for ref, until_at in self.pinned.items()},
            weights={ref: (weight, until_at + by_s) for ref, (weight, until_at) in self.weights.items()},
        )


NO_CONTROL = Control()
"""Nothing is ordered."""
