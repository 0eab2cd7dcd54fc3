"""How often an origin is measured: what it told last decides whether the pause grows (see `schedule`).

A measurement that brings no news makes the next one later; a surprise makes it soon again. Where
the choice itself is in question, all origins of the pool are looked at: what is next in line had
better be known to answer.
"""

from __future__ import annotations

from typing import NamedTuple

from origin_router.routing.model import Observation, Outcome, Source
from origin_router.routing.records import OriginRecord, PoolRecord
from origin_router.routing.schedule import MAX_CALM, is_surprise


class Before(NamedTuple):
    """What was believed of an origin before it was heard of."""

    value_s: float | None
    is_suspect: bool


def set_pace(pool: PoolRecord, record: OriginRecord, news: Observation, before: Before, basis: Source) -> None:
    """Count what was heard as no news, or measure often again."""
    value_s, slack_s = record.estimate_of(news.source).value_s, pool.config.band_ms / 1000
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
