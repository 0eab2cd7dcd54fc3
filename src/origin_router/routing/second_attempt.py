"""Which origins may take a request that another one has just failed.

There is one more attempt and no third, so what fails together with the first origin is a bad
bet, however fast it is: a Region, a provider, a shared database. The operator knows these as
`zone`; nothing that one environment measures tells them before they fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

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
    zones = {each.config.zone for each in records if each.ref in failed}
    sound = [each for each in others if each.health.is_sound]
    best_priority = min((each.config.priority for each in sound), default=0)
    apart = [each for each in sound if each.config.zone not in zones and each.config.priority == best_priority]
    return (apart if zones else others) or others or records


def possibly_failed(pool: PoolRecord, own: OriginRef, basis: Source, now: float) -> Avoided:
    """Return the origins that may have just failed for somebody who does not say which.

    Most likely `own`, our own choice. Environments measure for themselves, so they do not all
    prefer the same of two that are about as fast. And one that is known to be ill, or that has not
    answered us yet, or of which there is bad news, may be where others still send their requests:
    if nothing else is between it and our own, ours has at least answered. A fallback pool is better than both.
    """
    others = [each for each in pool.undrained(now) if each.ref != own]
    doubtful = {each.ref for each in others if not _is_trusted(each)}
    answering = [each for each in others if each.ref not in doubtful]
    if not answering and pool.config.fallback_pool:
        return frozenset({own} | doubtful)
    if not answering and doubtful and _is_trusted(pool.origins[own.origin]):
        return frozenset(doubtful)
    close = _close(pool, own, answering, basis)
    return frozenset({own} | (doubtful if answering else set()) | (close if len(close) < len(answering) else set()))


def hear(pool: PoolRecord, own: OriginRef, basis: Source, now: float) -> None:
    """Let origins answer for it that somebody's first choice failed, and nobody says which.

    Our own choice and its rivals are to be measured at once, and a bound on the time that they
    take is believed at once. Our own choice becomes suspect if it has no rival and this is heard
    again before it answers. An origin that is known to be ill, or that has not answered us yet, or
    of which there is bad news, explains it as well.
    """
    records = pool.undrained(now)
    others = [each for each in records if each.ref != own]
    if not all(_is_trusted(each) for each in others):
        return
    close = _close(pool, own, others, basis)
    for each in records:
        if each.ref == own or each.ref in close:
            each.estimate.question(inf)
    if not close:
        pool.origins[own.origin].health.hear()


def _is_trusted(record: OriginRecord) -> bool:
    """Whether it answered, and nothing is held or said against it."""
    return record.health.is_sound and record.health.has_answered and not record.is_blamed


def _close(pool: PoolRecord, own: OriginRef, others: Sequence[OriginRecord], basis: Source) -> set[OriginRef]:
    """The rivals of `own`: those that another environment may prefer to it, being about as fast or faster."""
    own_s = pool.origins[own.origin].latency_s(basis)
    if pool.config.policy != "fastest" or own_s is None:
        return set()
    margin_s = max(pool.config.band_ms / 1000, pool.config.switch_pct / 100 * own_s)
    known = [(latency_s, each.ref) for each in others if (latency_s := each.latency_s(basis)) is not None]
    return {ref for latency_s, ref in known if latency_s <= own_s + margin_s}
