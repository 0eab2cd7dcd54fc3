"""Spans of time as they are typed."""

from __future__ import annotations

import click
import pytest

from origin_router.cli.durations import Duration, duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1_800), ("2h", 7_200), ("1d", 86_400), ("1.5h", 5_400), (" 5m ", 300)]
)
def test_durations_are_read_in_seconds(text: str, seconds: float) -> None:
    """A number and a unit."""
    assert seconds == Duration().convert(text, None, None)


@pytest.mark.parametrize("text", ["", "30", "m", "0s", "-5m", "5 minutes", "1w", "9999d", "infs"])
def test_what_is_no_duration_is_wrong_usage(text: str) -> None:
    """A bare number would leave the unit to luck."""
    with pytest.raises(click.BadParameter):
        Duration().convert(text, None, None)


def test_a_limit_is_named_as_it_would_be_typed() -> None:
    """In the message."""
    with pytest.raises(click.BadParameter, match="not between 1s and 1d"):
        Duration(86_400).convert("2d", None, None)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (59.6, "1m"), (90, "1m 30s"), (3_600, "1h"), (90_061, "1d 1h"), (7_205, "2h 5s")]
)
def test_durations_are_written_in_their_two_largest_units(seconds: float, text: str) -> None:
    """Short enough for a line."""
    assert text == duration(seconds)
