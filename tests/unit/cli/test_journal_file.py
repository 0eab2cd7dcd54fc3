"""Journals from files: which lines count, and what their probes say."""

from __future__ import annotations

import pytest

from origin_router.cli.journal_file import JournalError, read_journal, read_probes
from origin_router.routing.model import Observation, OriginRef, Outcome
from tests.support.configs import document, parsed
from tests.support.journals import at, journal, line, probe

CONFIG = parsed(document()).router
EU, US = OriginRef("web", "eu"), OriginRef("web", "us")


def test_what_lambda_and_others_write_in_between_is_left_out() -> None:
    """Lines of the runtime, plain text, objects that are no journal lines; a prefix is cut off."""
    text = "\n".join(
        [
            "START RequestId: 1 Version: 7",
            "2027-01-15T08:00:00 stream " + line("probe", 1, {"origin": "eu"}),
            '{"level": "INFO", "message": "something else"}',
            '{"timestamp": "yesterday", "event": "probe"}',
            '{"timestamp": 3, "event": "probe"}',
            '{"timestamp": "2027-01-15T08:00:02", "event": "race", "region": "eu-central-1"}',
            "{" * 10_000,
            "REPORT RequestId: 1 Duration: 2 ms",
        ]
    )

    assert [(each.event, each.at) for each in read_journal(text)] == [("probe", at(1)), ("race", at(2))]


def test_one_region_is_chosen() -> None:
    """By name, or because there is no other."""
    text = journal([probe("eu", 1, 9)]) + "\n" + journal([probe("eu", 2, 99)], region="us-east-1")

    assert [each.at for each in read_journal(text, "us-east-1")] == [at(2)]
    with pytest.raises(JournalError, match="holds lines of eu-central-1 and us-east-1; choose one with --region"):
        read_journal(text)
    with pytest.raises(JournalError, match="holds no line of eu-west-1, only of eu-central-1 and us-east-1"):
        read_journal(text, "eu-west-1")
    with pytest.raises(JournalError, match="holds no journal line"):
        read_journal("START\nEND\n")


def test_probes_become_observations_at_their_own_time() -> None:
    """With their latency where there is one."""
    lines = read_journal(
        journal([probe("eu", 1, 12.5), probe("us", 2, "refused"), ("probe", 3, {"origin": "us", "outcome": "ok"})])
    )

    assert read_probes(lines, CONFIG) == (
        [
            Observation(EU, Outcome.OK, at(1), 0.0125),
            Observation(US, Outcome.REFUSED, at(2)),
            Observation(US, Outcome.OK, at(3)),
        ],
        0,
    )


def test_what_this_configuration_does_not_know_is_counted() -> None:
    """Origins that are gone, outcomes of another version; lines of other kinds do not count."""
    lines = read_journal(
        journal(
            [
                probe("uk", 1, 9),
                probe("eu", 2, "melted"),
                probe("eu", 3, 9, pool="old"),
                ("probe", 4, {"origin": "eu", "outcome": ["ok"]}),
                ("choice", 5, {"origin": "uk"}),
            ]
        )
    )

    assert read_probes(lines, CONFIG) == ([], 4)
