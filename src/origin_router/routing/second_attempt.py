"""Which origins may take a request that another one has just failed.

There is one more attempt and no third, so what fails together with the first origin is a bad
bet, however fast it is: a Region, a provider, a shared database. The operator knows these as
`zone`; nothing that one environment measures tells them before they fail.
"""

from __future__ import annotations

from collections.abc import Sequence

from origin_router.routing.model import OriginRef
from origin_router.routing.records import OriginRecord


def may_take_over(records: Sequence[OriginRecord], failed: OriginRef) -> Sequence[OriginRecord]:
    """Return the records without the failed origin's and, if a sound one of the same priority is left, its zone's.

    All of them where the failed origin is the only one.
    """
    others = [each for each in records if each.ref != failed]
    zone = next((each.config.zone for each in records if each.ref == failed), None)
    sound = [each for each in others if each.health.is_eligible and not each.health.is_suspect]
    best_priority = min((each.config.priority for each in sound), default=0)
    apart = [each for each in sound if each.config.zone != zone and each.config.priority == best_priority]
    return (apart if zone is not None else others) or others or records
