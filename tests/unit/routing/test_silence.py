"""Requests that bring no response, counted: what is remarked upon, and what traffic does by itself."""

from __future__ import annotations

from random import Random

import pytest

from origin_router.routing.silence import LEARNED, MEMORY, UNLIKELY, Silence

REGULAR = "sh" * (2 * MEMORY)
"""Each request (s) is followed by its response (h)."""


def remarks(events: str, silence: Silence | None = None) -> list[int]:
    """Let requests be sent and responses heard; return which of the requests were remarked upon, counted from 1."""
    silence = silence or Silence()
    remarked, number = [], 0
    for each in events:
        if each == "h":
            silence.heard()
        else:
            number += 1
            remarked += [number] if silence.sent() else []
    return remarked


def after(history: str) -> Silence:
    """A silence that has a history, and heard a response last."""
    silence = Silence()
    remarks(history + "h", silence)
    return silence


TABLES = [
    # (what the traffic was like, the lengths of a silence at which it is remarked upon)
    pytest.param(REGULAR, [3, 7, 15, 31], id="regular: the third, then each time twice as many and one"),
    pytest.param("ssh" * MEMORY, [8, 17, 35], id="by twos: as if a coin were tossed"),
    pytest.param("sh" * (LEARNED - 2) + "s", [], id="one response too few to know what is usual"),
    pytest.param("sh" * (LEARNED - 1) + "s", [3, 7, 15, 31], id="just enough"),
    pytest.param("h" * 100, [8, 17, 35], id="responses to other environments' requests alone"),
]


@pytest.mark.parametrize(("history", "expected"), TABLES)
def test_from_which_request_on_a_silence_is_unusual(history: str, expected: list[int]) -> None:
    """Forty requests in vain."""
    assert remarks("s" * 40, after(history)) == expected


@pytest.mark.parametrize("length", [2, 4, 8])
def test_bursts_are_learned(length: int) -> None:
    """So many requests at once, then their responses: no remark once that has been seen a few times."""
    burst = "s" * length + "h" * length
    learning = MEMORY // length + LEARNED

    assert remarks(burst * 200, after(burst * learning)) == []
    assert remarks("s" * 100, after(burst * learning)), "and still no silence lasts for ever"


def test_a_response_begins_a_new_run() -> None:
    """Two requests in vain, a response, two more: no five in a row. And what was remarked upon once is so again."""
    silence = after(REGULAR)

    assert remarks("ss" + "h" + "ss", silence) == []
    assert remarks("h", silence) == []
    assert len(remarks("ssss" + "h" + "ss" + "ssss", silence)) == 2


@pytest.mark.parametrize("seed", range(5))
def test_where_each_event_is_a_request_or_a_response_by_a_coins_toss_few_requests_are_remarked_upon(seed: int) -> None:
    """Responses come to whichever of many environments: one probe in a hundred requests at most."""
    random = Random(seed)
    events = "".join(random.choice("sh") for _ in range(100_000))

    assert len(remarks(events)) <= UNLIKELY * events.count("s")


def test_at_the_limit_the_next_request_is_remarked_upon() -> None:
    """What the extension asks before the answer: neither too late, nor at every request."""
    silence = after(REGULAR)
    hints = []
    for _ in range(20):
        hints.append(silence.is_at_limit)
        assert silence.sent() is hints[-1]

    assert [number for number, is_hint in enumerate(hints, 1) if is_hint] == [3, 7, 15]
