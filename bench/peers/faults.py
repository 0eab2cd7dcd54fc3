"""The ways in which an origin breaks here, and how long each cell of the comparison lasts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SLOW_S = 0.4
"""Added to each response of a slow origin: several times what the slowest healthy one takes."""

FLAP_S = 1.0
"""A flapping origin refuses for so long and answers for so long, in turn."""

PATIENCE_S = 1
"""What everybody grants an origin to connect and to begin its answer, wherever they let us say: CloudFront
counts in whole seconds, so no shorter time could be the same for all."""

VIEWER_TIMEOUT_S = 5.0
"""A viewer who has waited so long gives up, and the request counts as failed."""


class Fault(StrEnum):
    """What becomes of the fastest origin."""

    SLOW = "slow"
    """Each response takes `SLOW_S` longer."""
    REFUSED = "refused"
    """Open connections are reset, new ones refused: the process has died."""
    BLACKHOLE = "blackhole"
    """Nothing comes back any more: the kernel drops SYNs, and open connections get no answer."""
    SILENT = "silent"
    """Connections are accepted, TLS is spoken, requests are never answered: the process hangs."""
    ERRORS = "5xx"
    """Each request is answered 503 at once."""
    FLAPPING = "flapping"
    """Refused and healthy in turn, each for `FLAP_S`."""


@dataclass(frozen=True, slots=True)
class Times:
    """The parts of a cell, in seconds."""

    warm_up_s: float
    """Traffic that is not judged: caches, connections and environments come into being."""
    before_s: float
    """The peer's own healthy time, against which it is judged."""
    fault_s: float
    recovery_s: float
    """Longest wait for the peer to return to the healed origin; the cell ends earlier once it has."""

    @property
    def longest_s(self) -> float:
        """How long the traffic of a cell may last."""
        return self.warm_up_s + self.before_s + self.fault_s + self.recovery_s


FULL = Times(warm_up_s=7, before_s=3, fault_s=13, recovery_s=15)
"""A fault lasts longer than `refresh_s` of the router and the recipe, so that a slow origin can be noticed;
the recovery longer than nginx's `fail_timeout` and two ejections of the router."""

QUICK = Times(warm_up_s=3, before_s=1, fault_s=2, recovery_s=2)
"""Enough to see that everything works, too short to judge anybody."""
