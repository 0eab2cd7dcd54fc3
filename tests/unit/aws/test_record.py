"""What is written down survives, and what cannot be understood is not guessed at."""

from __future__ import annotations

import json

import pytest

from origin_router.aws.record import (
    HISTORY_LENGTH,
    Activation,
    Record,
    RecordError,
    Settings,
    config_key,
    decode_record,
    encode_record,
)


def record(*versions: str) -> Record:
    """A record with a history."""
    return Record(
        distribution="E2EXAMPLE",
        settings=Settings(behaviors=("default", "/img/*"), is_failover=True, has_feedback=False),
        targets_before={"default": "alb"},
        history=tuple(Activation(version=each, at="2026-11-24T12:00:00+00:00", by="deploy") for each in versions),
        canaries=2,
    )


def test_what_is_written_is_read() -> None:
    """Whole."""
    assert decode_record(encode_record(record("1", "2"))) == record("1", "2")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"not json", "not a record"),
        (b"[]", "not a record"),
        (b"{}", "not a record"),
        (json.dumps({**json.loads(encode_record(record())), "surprise": 1}).encode(), "not a record"),
        (json.dumps({**json.loads(encode_record(record())), "format": 99}).encode(), "newer origin-router"),
    ],
)
def test_what_cannot_be_understood_is_refused(data: bytes, words: str) -> None:
    """Restoring from a guess would be worse than not restoring."""
    with pytest.raises(RecordError, match=words):
        decode_record(data)


@pytest.mark.parametrize(
    ("history", "current", "before"),
    [
        (("1", "2"), "2", "1"),
        (("1",), "1", None),
        (("1", "2", "1"), "1", "2"),
        (("1", "2", "3"), "2", "1"),  # 3 was written down, but the command was interrupted before it took over
        (("1", "2"), None, "2"),
        (("1", "2"), "7", "2"),  # somebody attached a version that we know nothing of
        ((), "1", None),
    ],
)
def test_the_version_before(history: tuple[str, ...], current: str | None, before: str | None) -> None:
    """By what took over when, not by number: rolling back twice leads back to where it began."""
    assert record(*history).version_before(current) == before


def test_a_version_that_is_running_already_makes_no_entry() -> None:
    """And the history has an end."""
    again = Activation(version="2", at="later", by="deploy")
    assert record("1", "2").activated(again) == record("1", "2")

    long = record(*(str(number) for number in range(HISTORY_LENGTH)))
    assert len(long.activated(Activation(version="x", at="", by="")).history) == HISTORY_LENGTH


def test_configurations_are_kept_by_the_digest_of_their_zip() -> None:
    """Lambda writes digests in Base64, which has characters that a key had better not have."""
    assert config_key("/+8=") == "configs/ffef.json"
