"""What the faults of one link come to together."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from origin_router.emulator.faults import Fault
from origin_router.emulator.links import CALM, LinkCondition


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontEffect:
    """What happens to TLS and HTTP."""

    is_stalled: bool = False
    """New connections get no answer to their first TLS message."""
    has_wrong_certificate: bool = False
    statuses: tuple[tuple[int, float], ...] = ()
    """Statuses that answer in place of the origin, each with its share of the requests, 0 to 1."""
    reset_share: float = 0.0
    bytes_per_s: float | None = None
    """How fast bodies come; None: as they come."""


NO_FRONT = FrontEffect()


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Everything that happens on a link."""

    condition: LinkCondition = CALM
    is_silent: bool = False
    is_unresolved: bool = False
    front: FrontEffect = field(default=NO_FRONT)


def effect_of(faults: Iterable[Fault], round_trip_ms: float, *, is_stopped: bool = False) -> Effect:
    """Combine faults: times add up, shares are independent of each other, the slowest body counts."""
    by_kind: dict[str, list[Fault]] = {}
    for fault in faults:
        by_kind.setdefault(fault.kind, []).append(fault)

    def values(kind: str, name: str) -> list[float]:
        return [each.values[name] for each in by_kind.get(kind, ())]

    return Effect(
        condition=LinkCondition(
            round_trip_ms=round_trip_ms + sum(values("latency", "ms")),
            jitter_ms=sum(values("jitter", "ms")),
            loss_pct=round(100 * _any(values("loss", "pct")), 6),
            is_blackholed="blackhole" in by_kind,
            is_refused=is_stopped or "refused" in by_kind,
        ),
        is_silent="silent" in by_kind,
        is_unresolved="dns" in by_kind,
        front=FrontEffect(
            is_stalled="tls_stall" in by_kind,
            has_wrong_certificate="wrong_certificate" in by_kind,
            statuses=tuple(
                (int(each.values["status"]), each.values["pct"] / 100) for each in by_kind.get("status", ())
            ),
            reset_share=_any(values("reset", "pct")),
            bytes_per_s=min(values("slow_body", "bytes_per_s"), default=None),
        ),
    )


def _any(shares_pct: Iterable[float]) -> float:
    """Share of what at least one of them hits, 0 to 1."""
    return 1 - math.prod(1 - each / 100 for each in shares_pct)
