"""Which probe belongs to which exchange, and which of them may be judged."""

from __future__ import annotations

from typing import Any

import pytest

from bench.lab import SeenExchange
from bench.matching import Cycle, UnmatchedError, match

WALL_MINUS_MONOTONIC_S = 1_600_000_000.0


def probe(second: int, response_ms: float | None, **more: Any) -> dict[str, Any]:
    stamp = f"2020-09-13T12:26:{40 + second:02d}.000Z"  # monotonic 0 is 12:26:40
    line = {"outcome": "ok", "detail": "", "moment": "frozen", "withheld": None}
    return line | {"timestamp": stamp, "response_ms": response_ms} | more


def test_the_error_is_what_was_measured_minus_what_the_origin_saw() -> None:
    exchanges = [SeenExchange(1.0, 1.020, 0.0), SeenExchange(2.0, 2.050, 0.0)]
    matched = match([probe(2, 21.5), probe(3, 49.0)], exchanges, [], WALL_MINUS_MONOTONIC_S)
    assert [round(each.error_ms, 3) for each in matched] == [1.5, -1.0]


def test_a_withheld_latency_has_its_reason_and_no_error() -> None:
    line = probe(2, None, withheld="arrived_at_thaw")
    (measured,) = match([line], [SeenExchange(1.0, 1.02, 0.0)], [], WALL_MINUS_MONOTONIC_S)
    assert (measured.withheld, measured.error_ms) == ("arrived_at_thaw", 0.0)


def test_the_last_exchange_may_still_be_under_way() -> None:
    exchanges = [SeenExchange(1.0, 1.02, 0.0), SeenExchange(2.0, 0.0, 0.0)]
    assert len(match([probe(2, 20.0)], exchanges, [], WALL_MINUS_MONOTONIC_S)) == 1


@pytest.mark.parametrize(
    ("probes", "exchanges"),
    [
        ([probe(1, 1.0)], []),
        ([], [SeenExchange(1.0, 1.1, 0.0), SeenExchange(2.0, 2.1, 0.0)]),
        ([probe(1, None, outcome="refused")], [SeenExchange(1.0, 1.1, 0.0)]),
    ],
)
def test_records_that_do_not_tell_of_the_same_exchanges_are_an_error(
    probes: list[dict[str, Any]], exchanges: list[SeenExchange]
) -> None:
    with pytest.raises(UnmatchedError):
        match(probes, exchanges, [], WALL_MINUS_MONOTONIC_S)


@pytest.mark.parametrize(
    ("cycles", "origin_held_up_ms", "held_up_ms"),
    [
        ([Cycle(0.9, 1.1, 0.1), Cycle(1.9, 2.1, 0.2)], 0.0, 0.2),
        ([Cycle(0.9, 1.1, 0.1), Cycle(1.9, 2.1, 0.1)], 2.0, 2.0),
        ([Cycle(0.9, 1.1, 9.0), Cycle(1.9, 2.1, 0.1)], 0.0, 9.0),
        ([Cycle(0.9, 1.1, 0.1), Cycle(1.9, 2.1, 9.0)], 0.0, 9.0),
        ([Cycle(3.0, 3.1, 9.0)], 0.0, 0.0),
    ],
)
def test_an_exchange_was_held_up_as_long_as_the_worst_of_sender_origin_and_reader(
    cycles: list[Cycle], origin_held_up_ms: float, held_up_ms: float
) -> None:
    exchange = SeenExchange(1.0, 1.02, origin_held_up_ms)
    (measured,) = match([probe(2, 20.0)], [exchange], cycles, WALL_MINUS_MONOTONIC_S)
    assert measured.held_up_ms == held_up_ms
