"""States: from a document, and from the end of a journal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from origin_router.cli.journal_file import read_journal
from origin_router.cli.journal_state import state_of
from origin_router.cli.state_file import OriginState, PoolState, StateError, is_state, read_state
from origin_router.routing.model import Outcome, State
from tests.support.configs import document, parsed
from tests.support.journals import at, journal

CONFIG = parsed(document()).router


def test_a_state_says_what_it_says() -> None:
    """Every key; what is left out is not known."""
    text = json.dumps(
        {
            "pools": {
                "web": {
                    "origins": {
                        "eu": {"estimate_ms": 12, "state": "serving", "age_s": 3},
                        "us": {"state": "ejected", "outcome": "refused"},
                    },
                    "current": "eu",
                }
            }
        }
    )

    assert is_state(text)
    assert read_state(text, CONFIG) == {
        "web": PoolState(
            {
                "eu": OriginState(State.SERVING, 12.0, 3.0),
                "us": OriginState(State.EJECTED, outcome=Outcome.REFUSED),
            },
            "eu",
        )
    }


@pytest.mark.parametrize("document_", [{}, {"pools": {}}, {"pools": None}])
def test_a_state_may_be_empty(document_: Any) -> None:
    """Then nothing is believed."""
    assert read_state(json.dumps(document_), CONFIG) == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "an array is not an object"),
        ('{"pool": {}}', 'pool: is not known here; allowed: pools; did you mean "pools"?'),
        ('{"pools": {"wbe": {}}}', 'pools.wbe: is not known here; allowed: web; did you mean "web"?'),
        ('{"pools": {"web": 3}}', "pools.web: 3 is not an object"),
        ('{"pools": {"web": {"origins": {"uk": {}}}}}', "pools.web.origins.uk: is not known here; allowed: eu, us"),
        ('{"pools": {"web": {"current": "uk"}}}', 'pools.web.current: "uk" is no origin of this pool'),
        ('{"pools": {"web": {"current": []}}}', "pools.web.current: an array is no origin of this pool"),
        ('{"pools": {"web": {"origins": {"eu": 3}}}}', "pools.web.origins.eu: 3 is not an object"),
        (
            '{"pools": {"web": {"origins": {"eu": {"state": "down"}}}}}',
            'pools.web.origins.eu.state: "down" is not allowed; allowed: unknown, serving, ejected, probation',
        ),
        ('{"pools": {"web": {"origins": {"eu": {"state": []}}}}}', "an array is not allowed"),
        ('{"pools": {"web": {"origins": {"eu": {"estimate_ms": -1}}}}}', "-1 is not a number from 0 on"),
        ('{"pools": {"web": {"origins": {"eu": {"age_s": "3"}}}}}', 'age_s: "3" is not a number from 0 on'),
        ('{"pools": {"web": {"origins": {"eu": {"age_s": NaN}}}}}', "is not a number from 0 on"),
        (
            '{"pools": {"web": {"origins": {"eu": {"outcome": "bad"}}}}}',
            'outcome: "bad" is not allowed; allowed: ok, dns',
        ),
    ],
)
def test_a_wrong_state_is_one_line_with_the_place(text: str, message: str) -> None:
    """Names of pools and origins are held against the configuration."""
    with pytest.raises(StateError) as caught:
        read_state(text, CONFIG)

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "no JSON", "[" * 100_000, '{"event": "probe"}', '{"a": 1}\n{"a": 2}'])
def test_what_is_no_state_document_is_read_as_a_journal(text: str) -> None:
    """One line of a journal is an object, too."""
    assert not is_state(text)


BOTH = {"estimates": {"eu": 12.5, "us": 90}, "health": {"eu": "serving", "us": "serving"}}

JOURNALS = [
    # (lines, what is believed after the last)
    (
        [("choice", 0, {"origin": "eu", "reason": "fastest", **BOTH})],
        PoolState({"eu": OriginState(State.SERVING, 12.5), "us": OriginState(State.SERVING, 90.0)}, "eu"),
    ),
    (
        [
            ("choice", 0, {"origin": "eu", "reason": "fastest", **BOTH}),
            ("health", 1, {"origin": "eu", "before": "serving", "after": "ejected", "cause": "refused"}),
        ],
        PoolState(
            {
                "eu": OriginState(State.EJECTED, 12.5, outcome=Outcome.REFUSED),
                "us": OriginState(State.SERVING, 90.0),
            },
            "eu",
        ),
    ),
    (
        [
            ("decision", 0, {"origin": "us", "reason": "exploring", **BOTH}),
            ("probe", 1, {"origin": "eu", "outcome": "ok", "response_ms": 12.5}),
            ("probe", 4, {"origin": "us", "outcome": "response_timeout"}),
        ],
        PoolState(
            {
                "eu": OriginState(State.SERVING, 12.5, age_s=3.0, outcome=Outcome.OK),
                "us": OriginState(State.SERVING, 90.0, outcome=Outcome.RESPONSE_TIMEOUT),
            }
        ),
    ),
    (
        [
            ("choice", 0, {"origin": "eu", "reason": "fastest", **BOTH}),
            ("choice", 9, {"origin": "us", "reason": "fastest", "estimates": {"eu": None, "us": 1}, "health": {}}),
        ],
        PoolState({"eu": OriginState(State.SERVING), "us": OriginState(State.SERVING, 1.0)}, "us"),
    ),
    (
        [("choice", 0, {"origin": "eu", "reason": [], "estimates": {"uk": 3, "eu": "x"}, "health": {"eu": ["x"]}})],
        PoolState({"eu": OriginState()}, "eu"),
    ),
    (
        [("choice", 0, {"origin": "eu", "reason": "fastest", "estimates": 3, "health": None})],
        PoolState({}, "eu"),
    ),
]


@pytest.mark.parametrize(("lines", "expected"), JOURNALS)
def test_the_end_of_a_journal_is_a_state(lines: list[tuple[str, float, dict[str, Any]]], expected: PoolState) -> None:
    """The last standing of a pool, and what was heard since."""
    assert state_of(read_journal(journal(lines)), CONFIG) == {"web": expected}


def test_a_journal_about_other_origins_is_no_state() -> None:
    """Nothing could be believed."""
    lines = read_journal(journal([("choice", 0, {"origin": "uk", "reason": "fastest"})]))

    with pytest.raises(StateError, match="holds no choice, decision or health line"):
        state_of(lines, CONFIG)


def test_lines_are_put_into_the_order_of_time() -> None:
    """A search over CloudWatch's streams mixes them."""
    text = journal([("health", 5, {}), ("choice", 1, {})])

    assert [each.event for each in read_journal(text)] == ["choice", "health"]
    assert [each.at for each in read_journal(text)] == [at(1), at(5)]
