"""What of an observation others ought to know."""

from __future__ import annotations

import pytest

from origin_router.routing.model import Observation, OriginRef, Outcome, Source, State, Transition
from origin_router.routing.news import News, news_of

A = OriginRef("web", "a")
FAILURES = [each for each in Outcome if each is not Outcome.OK]


def observed(outcome: Outcome, source: Source = Source.PROBE) -> Observation:
    """One thing learned at second 5."""
    return Observation(A, outcome, 5.0, 0.1 if outcome is Outcome.OK else None, source)


@pytest.mark.parametrize("outcome", [each for each in FAILURES if each is not Outcome.FAILED_OVER])
def test_a_failed_probe_is_news_and_a_failure_of_traffic_is_not(outcome: Outcome) -> None:
    """5xx of real traffic come to whichever environment is free: the others hear of themselves."""
    assert news_of(observed(outcome), None) == News(A, is_good=False, at=5.0)
    assert news_of(observed(outcome, Source.TRAFFIC), None) is None


def test_that_cloudfront_gave_an_origin_up_is_news() -> None:
    """Nobody else hears of that: the second attempt comes to one environment."""
    assert news_of(observed(Outcome.FAILED_OVER, Source.TRAFFIC), None) == News(A, is_good=False, at=5.0)


CHANGES = [
    # (from, to, whether it is good news)
    (State.PROBATION, State.SERVING, True),
    (State.EJECTED, State.SERVING, False),
    (State.EJECTED, State.PROBATION, False),
    (State.UNKNOWN, State.SERVING, False),
]


@pytest.mark.parametrize("source", Source)
@pytest.mark.parametrize(("before", "after", "is_news"), CHANGES)
def test_an_answer_is_news_only_if_it_ends_a_probation(
    before: State, after: State, is_news: bool, source: Source
) -> None:
    """Not every answer, not the first one ever, and not one that may be chance."""
    change = Transition(A, before, after, Outcome.OK, 5.0)

    assert news_of(observed(Outcome.OK, source), change) == (News(A, is_good=True, at=5.0) if is_news else None)
    assert news_of(observed(Outcome.OK, source), None) is None
