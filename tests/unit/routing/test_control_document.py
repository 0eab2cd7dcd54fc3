"""The control document: what is understood, what is refused and with which words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from origin_router.routing.config import PoolConfig
from origin_router.routing.control import NO_CONTROL, Control
from origin_router.routing.control_document import ControlError, parse_control
from tests.scenario.routing.player import START_AT, origin, ref_of, router_config

CONFIG = router_config(
    PoolConfig(origins=(origin("eu"), origin("us"))), images=PoolConfig(origins=(origin("eu"), origin("cdn")))
)
EU, US, IMAGES_EU, CDN = ref_of("eu"), ref_of("us"), ref_of("images/eu"), ref_of("images/cdn")

GOOD: list[tuple[dict[str, Any], Control]] = [
    ({"version": 0}, NO_CONTROL),
    ({"version": 7}, Control(7)),
    ({"version": 7, "drain": [], "pin": [], "weights": []}, Control(7)),
    ({"version": 1, "drain": [{"origin": "eu", "until": 5}]}, Control(1, drained={EU: 5.0, IMAGES_EU: 5.0})),
    ({"version": 1, "drain": [{"origin": "eu", "pool": "web", "until": 5}]}, Control(1, drained={EU: 5.0})),
    ({"version": 1, "drain": [{"origin": "eu", "pool": None, "until": 5}]}, Control(1, drained={EU: 5, IMAGES_EU: 5})),
    (
        {"version": 1, "drain": [{"origin": "us", "until": 5}, {"origin": "cdn", "until": 6.5}]},
        Control(1, drained={US: 5.0, CDN: 6.5}),
    ),
    ({"version": 1, "drain": [{"origin": "us", "until": 5}] * 2}, Control(1, drained={US: 5.0})),
    ({"version": 1, "pin": [{"pool": "web", "origin": "us", "until": 5}]}, Control(1, pinned={US: 5.0})),
    (
        {"version": 1, "weights": [{"origin": "cdn", "weight": 2.5, "until": 5}]},
        Control(1, weights={CDN: (2.5, 5.0)}),
    ),
    ({"version": 1, "weights": [{"origin": "cdn", "weight": 0, "until": 5}]}, Control(1, weights={CDN: (0.0, 5.0)})),
    (
        {"version": 1, "weights": [{"origin": "cdn", "weight": 1000, "until": 5}]},
        Control(1, weights={CDN: (1000.0, 5.0)}),
    ),
    (
        {
            "version": 1,
            "drain": [{"origin": "gone", "until": 5}, {"origin": "us", "until": 5}],
            "pin": [{"origin": "us", "pool": "images", "until": 5}],
            "weights": [{"origin": "eu", "pool": "new", "weight": 1, "until": 5}],
        },
        Control(1, drained={US: 5.0}, unknown=("drain[0]", "pin[0]", "weights[0]")),
    ),
]


@pytest.mark.parametrize(("document", "control"), GOOD)
def test_what_is_understood(document: dict[str, Any], control: Control) -> None:
    """Orders by origin; without a pool in every pool that has the origin; unknown origins are passed over."""
    assert control == parse_control(document, CONFIG)


def drain(**keys: Any) -> dict[str, Any]:
    """A document with one order to drain, of these keys besides good ones."""
    return {"version": 1, "drain": [{"origin": "eu", "until": 5, **keys}]}


def weigh(**keys: Any) -> dict[str, Any]:
    """A document with one order about weights."""
    return {"version": 1, "weights": [{"origin": "eu", "weight": 5, "until": 5, **keys}]}


ORIGIN = "drain[0].origin must be an origin's id, and pool a pool's name if it is there"
BAD: list[tuple[Any, str]] = [
    (None, "the document must be a JSON object"),
    ([], "the document must be a JSON object"),
    ("drain", "the document must be a JSON object"),
    (7, "the document must be a JSON object"),
    ({}, "version must be a whole number, 0 or more"),
    ({"version": -1}, "version must be a whole number, 0 or more"),
    ({"version": 1.0}, "version must be a whole number, 0 or more"),
    ({"version": True}, "version must be a whole number, 0 or more"),
    ({"version": "1"}, "version must be a whole number, 0 or more"),
    ({"version": 1, "drian": []}, "unknown key 'drian'; allowed are version, drain, pin and weights"),
    ({"version": 1, "drain": {}}, "drain must be a list"),
    ({"version": 1, "pin": None}, "pin must be a list"),
    ({"version": 1, "weights": "eu"}, "weights must be a list"),
    ({"version": 1, "drain": ["eu"]}, "drain[0] must be an object"),
    ({"version": 1, "pin": [{"origin": "eu", "until": 5}, 3]}, "pin[1] must be an object"),
    ({"version": 1, "drain": [{"origin": "eu"}]}, "drain[0].until must be a number"),
    (
        {"version": 1, "pin": [{"origin": "eu", "until": 1_798_761_600_000}]},
        "pin[0].until must be in seconds since 1970; 1798761600000 looks like milliseconds",
    ),
    (drain(until="tomorrow"), "drain[0].until must be a number"),
    (drain(until=True), "drain[0].until must be a number"),
    (drain(until=None), "drain[0].until must be a number"),
    (drain(until=float("nan")), "drain[0].until must be a number"),
    (drain(until=float("inf")), "drain[0].until must be a number"),
    (drain(until=10**400), "drain[0].until must be a number"),
    (drain(origin=None), ORIGIN),
    (drain(origin=3), ORIGIN),
    (drain(origin=["eu"]), ORIGIN),
    (drain(pool=3), ORIGIN),
    (drain(pol="web"), "drain[0]: unknown key 'pol'; allowed are origin, pool, until"),
    (drain(weight=3), "drain[0]: unknown key 'weight'; allowed are origin, pool, until"),
    (weigh(wait=3), "weights[0]: unknown key 'wait'; allowed are origin, pool, until, weight"),
    (weigh(weight=-1), "weights[0].weight must be between 0 and 1000"),
    (weigh(weight=1000.5), "weights[0].weight must be between 0 and 1000"),
    (weigh(weight="5"), "weights[0].weight must be a number"),
    ({"version": 1, "weights": [{"origin": "eu", "until": 5}]}, "weights[0].weight must be a number"),
    (weigh(until=[]), "weights[0].until must be a number"),
]


@pytest.mark.parametrize(("document", "message"), BAD)
def test_what_is_refused(document: Any, message: str) -> None:
    """Where, what, and what would be right; a document that is half good is no good."""
    with pytest.raises(ControlError) as error:
        parse_control(document, CONFIG)

    assert message == str(error.value)


def test_a_document_as_the_bucket_holds_it() -> None:
    """The example of the module, read as JSON."""
    text = """{"version": 7,
     "drain":   [{"origin": "eu", "until": 1780000000}],
     "pin":     [{"pool": "web", "origin": "us", "until": 1780000000}],
     "weights": [{"pool": "web", "origin": "eu", "weight": 5, "until": 1780000000}]}"""
    control = parse_control(json.loads(text), CONFIG)
    until_at = 1_780_000_000.0

    assert Control(7, {EU: until_at, IMAGES_EU: until_at}, {US: until_at}, {EU: (5.0, until_at)}) == control


def test_orders_hold_until_their_end_and_not_longer() -> None:
    """The very second of the end is after it; what nobody ordered was never in force."""
    control = Control(1, {EU: START_AT}, {EU: START_AT}, {EU: (5.0, START_AT)})
    before, at = START_AT - 0.001, START_AT

    assert (
        control.is_drained(EU, before),
        control.is_pinned(EU, before),
        control.weight(EU, 9, before),
    ) == (True, True, 5.0)
    assert (control.is_drained(EU, at), control.is_pinned(EU, at), control.weight(EU, 9, at)) == (False, False, 9)
    assert (control.is_drained(US, 0), control.is_pinned(US, 0), control.weight(US, 9, 0)) == (False, False, 9)


def test_shifted_orders_end_later() -> None:
    """All of them, and nothing else about them changes."""
    control = Control(3, {EU: 10.0}, {US: 20.0}, {CDN: (5.0, 30.0)}, ("pin[1]",))

    assert Control(3, {EU: 17.0}, {US: 27.0}, {CDN: (5.0, 37.0)}, ("pin[1]",)) == control.shifted(7)
    assert NO_CONTROL.shifted(7) == NO_CONTROL
