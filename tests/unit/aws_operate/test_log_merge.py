"""Order and repetition among many sources."""

from __future__ import annotations

from origin_router.aws.log_events import LogEvent
from origin_router.aws.log_merge import Reorder, Seen


def event(at_ms: int, name: str, region: str = "eu-west-1") -> LogEvent:
    """Return an event."""
    return LogEvent(at_ms, region, "g", "s", name, name)


def names(events: list[LogEvent]) -> str:
    """Return the events' ids in a row."""
    return "".join(each.id for each in events)


def test_overlapping_reads_show_each_event_once() -> None:
    """Two looks at the same seconds: only what is new counts."""
    seen = Seen()

    assert "ab" == names(seen.new([event(1, "a"), event(2, "b")]))
    assert "c" == names(seen.new([event(1, "a"), event(1, "c"), event(2, "b")]))


def test_what_cannot_come_again_is_forgotten() -> None:
    """A follower that runs for days must not grow."""
    seen = Seen()
    seen.new([event(1, "a"), event(5, "b")])
    seen.forget(before_ms=5)

    assert 1 == len(seen)
    assert "" == names(seen.new([event(5, "b")]))


def test_events_wait_for_older_ones_of_other_regions() -> None:
    """Whichever arrives first, they leave in order."""
    reorder = Reorder()
    reorder.add([event(30, "c"), event(10, "a")])

    assert "" == names(reorder.take(before_ms=10))
    reorder.add([event(20, "b", "us-east-1")])
    assert "ab" == names(reorder.take(before_ms=30))
    assert "c" == names(reorder.take(before_ms=31))


def test_a_late_event_is_shown_late_and_not_lost() -> None:
    """Its place in the order has passed."""
    reorder = Reorder()
    reorder.add([event(30, "c")])
    reorder.take(before_ms=100)
    reorder.add([event(10, "a")])

    assert "a" == names(reorder.take(before_ms=100))


def test_events_of_one_millisecond_have_an_order_of_their_own() -> None:
    """The same in every run, whatever came first."""
    one, other = event(1, "a", "us-east-1"), event(1, "b", "eu-west-1")
    for given in ([one, other], [other, one]):
        reorder = Reorder()
        reorder.add(given)

        assert "ba" == names(reorder.take(before_ms=2))
