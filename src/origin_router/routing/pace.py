"""How often an origin is measured: what it told last decides whether the pause grows (see `schedule`).

A measurement that brings no news makes the next one later; a surprise makes it soon again. Where
the choice itself is in question, all origins of the pool are looked at: what is next in line had
better be known to answer.
"""

from __future__ import annotations

from origin_router.routing.model import Observation, Outcome, Source
from origin_router.routing.named import NamedTuple
from origin_router.routing.records import OriginRecord, PoolRecord
from origin_router.routing.schedule import MAX_CALM, SURPRISE_FACTOR, is_surprise


class Before(NamedTuple):
    """What was believed of an origin before it was heard of."""

    value_s: float | None
    is_suspect: bool


def set_pace(pool: PoolRecord, record: OriginRecord, news: Observation, before: Before, basis: Source) -> None:
    """Count what was heard as no news, or measure often again."""
    value_s, slack_s = record.estimate_of(news.source).value_s, pool.config.band_ms / 1000
    if news.source is Source.TRAFFIC and value_s is not None:
        _question(pool, record, news.at, before.value_s, value_s)
    elif news.source is Source.PROBE and news.outcome is Outcome.OK and news.latency_s is None:
        record.estimate.answered()
    if before.is_suspect or record.health.is_suspect:
        record.calm = 0
        if not before.is_suspect and pool.serves(record, news.at):
            pool.alert()
    elif before.value_s is not None and value_s is not None and is_surprise(before.value_s, value_s, slack_s):
        record.calm = 0
    elif news.source is Source.PROBE and news.outcome is Outcome.OK:
        is_measured = before.value_s is not None and news.latency_s is not None
        if is_measured or basis is Source.TRAFFIC:  # there probes yield no latencies
            record.calm = min(MAX_CALM, record.calm + 1)


def beaten_at_s(pool: PoolRecord, record: OriginRecord, now: float) -> float | None:
    """Return the latency from which on another origin is clearly better; None where latencies decide nothing."""
    known = [
        latency_s
        for each in pool.undrained(now)
        if each is not record and each.health.is_sound and (latency_s := each.latency_s(Source.PROBE)) is not None
    ]
    if pool.config.policy != "fastest" or not known:
        return None
    return SURPRISE_FACTOR * min(known) + pool.config.band_ms / 1000


def _question(pool: PoolRecord, record: OriginRecord, now: float, known_s: float | None, value_s: float) -> None:
    """Have a probe find out whether it is the origin that real requests take longer at, or what they ask for.

    Only if the difference would make another origin clearly better. The first that is heard of
    real requests can be compared with nothing but the probes.
    """
    probed_s, slack_s = record.estimate.value_s, pool.config.band_ms / 1000
    before_s = probed_s if known_s is None else known_s
    if probed_s is None or before_s is None or value_s <= before_s or not is_surprise(before_s, value_s, slack_s):
        return
    worst_s, said_s = beaten_at_s(pool, record, now), probed_s + value_s - before_s
    if worst_s is not None and said_s > worst_s:
        record.estimate.question(said_s)
