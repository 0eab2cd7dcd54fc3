"""Which origins may take a request that another one has just failed.

There is one more attempt and no third, so what fails together with the first origin is a bad
bet, however fast it is: a Region, a provider, a shared database. The operator knows these as
`zone`; nothing that one environment measures tells them before they fail.
"""

from __future__ import annotations

from collections.abc import Sequence

from origin_router.routing.model import OriginRef, Source
from origin_router.routing.records import OriginRecord, PoolRecord

Avoided = frozenset[OriginRef]
"""Origins that a request is not to go to, if there are others."""

NOTHING: Avoided = frozenset()


def may_take_over(records: Sequence[OriginRecord], failed: Avoided) -> Sequence[OriginRecord]:
    """Return the records without the failed origins' and, if a sound one of the best priority is left, their zones'.

    All of them where only failed origins are there.
    """
    others = [each for each in records if each.ref not in failed]
    zones = {each.config.zone for each in records if each.ref in failed} - {None}
    sound = [each for each in others if _is_sound(each)]
    best_priority = min((each.config.priority for each in sound), default=0)
    apart = [each for each in sound if each.config.zone not in zones and each.config.priority == best_priority]
    return (apart if zones else others) or others or records


def rivals(pool: PoolRecord, own: OriginRef, basis: Source, now: float) -> set[OriginRef]:
    """Sound origins that another environment may prefer to `own`, if another sound one is left besides.

    Environments measure for themselves, so they do not all prefer the same of two that are about as fast.
    """
    own_s = pool.origins[own.origin].latency_s(basis)
    if pool.config.policy != "fastest" or own_s is None:
        return set()
    margin_s = max(pool.config.band_ms / 1000, pool.config.switch_pct / 100 * own_s)
    others = [
        (latency_s, each.ref)
        for each in pool.undrained(now)
        if each.ref != own and _is_sound(each) and (latency_s := each.latency_s(basis)) is not None
    ]
    close = {ref for latency_s, ref in others if latency_s <= own_s + margin_s}
    return close if len(close) < len(others) else set()


def _is_sound(record: OriginRecord) -> bool:
    return record.health.is_eligible and not record.health.is_suspect
