"""What commands change in the control document."""

from __future__ import annotations

import json

import pytest

from origin_router.aws.control_document import (
    OrderError,
    OrderLine,
    changes,
    drain,
    origins_called,
    pin,
    pools_called,
    read_document,
    undrain,
    unpin,
    unweigh,
    weigh,
    without_expired,
    write_document,
)
from origin_router.routing.control import NO_CONTROL, Control
from origin_router.routing.control_document import ControlError, parse_control
from tests.support.routers import API_EU, CONFIG, EU, US

NOW = 1_000.0
LATER = 2_000.0

FULL = Control(7, {EU: LATER, API_EU: LATER}, {US: LATER}, {EU: (5.0, LATER), US: (0.5, LATER)})


def test_what_is_written_is_what_the_edge_reads() -> None:
    """The edge parses with `parse_control` and nothing else."""
    assert parse_control(json.loads(write_document(FULL)), CONFIG) == FULL
    assert parse_control(json.loads(write_document(NO_CONTROL)), CONFIG) == NO_CONTROL


def test_an_order_without_pool_is_understood_as_one_for_every_pool() -> None:
    """People write such documents by hand."""
    data = json.dumps({"version": 3, "drain": [{"origin": "eu", "until": LATER}]}).encode()

    assert Control(3, {EU: LATER, API_EU: LATER}) == read_document(data, CONFIG).control


def test_orders_about_origins_that_are_gone_are_dropped_and_named() -> None:
    """Otherwise no order could be given any more until somebody cleans up by hand."""
    document = {
        "version": 4,
        "drain": [{"origin": "asia", "until": LATER}, {"origin": "us", "until": LATER}],
        "weights": [{"origin": "eu", "pool": "web", "weight": 10_000, "until": LATER}],
        "note": "hands off",
    }
    read = read_document(json.dumps(document).encode(), CONFIG)

    assert Control(4, {US: LATER}) == read.control
    assert 3 == len(read.dropped)
    assert "no origin 'asia'" in "".join(read.dropped)


@pytest.mark.parametrize("data", [b"", b"<html>", b"[]", b"7", b'{"drain": []}', b'{"version": "x"}', b"\xff"])
def test_what_is_no_control_document_is_never_overwritten(data: bytes) -> None:
    """It may be somebody's."""
    with pytest.raises(ControlError):
        read_document(data, CONFIG)


@pytest.mark.parametrize("orders", ["eu", 7, {"origin": "eu"}])
def test_a_list_that_is_none_is_dropped(orders: object) -> None:
    """Like any other order that cannot be read."""
    read = read_document(json.dumps({"version": 1, "drain": orders}).encode(), CONFIG)

    assert (Control(1), 1) == (read.control, len(read.dropped))


def test_expired_orders_go() -> None:
    """At the very second of their end, as at the edge."""
    control = Control(1, {EU: NOW, US: NOW + 1}, {EU: NOW - 1}, {EU: (5.0, NOW)})

    assert Control(1, {US: NOW + 1}) == without_expired(control, NOW)


def test_draining_and_taking_it_back_leaves_no_trace() -> None:
    """Also of the other pools' orders."""
    drained = drain(NO_CONTROL, CONFIG, [EU, API_EU], LATER, NOW)

    assert {EU: LATER, API_EU: LATER} == drained.drained
    assert {API_EU: LATER} == undrain(drained, [EU]).drained
    assert NO_CONTROL == undrain(drained, [EU, API_EU])


def test_a_pool_is_never_drained_dry() -> None:
    """An order with which no request could be answered is a mistake."""
    with pytest.raises(OrderError, match="every origin of pool web"):
        drain(Control(1, {US: LATER}), CONFIG, [EU], LATER, NOW)


def test_an_expired_drain_does_not_count_when_looking_what_is_left() -> None:
    """That origin is back."""
    assert {EU: LATER, US: NOW} == drain(Control(1, {US: NOW}), CONFIG, [EU], LATER, NOW).drained


def test_a_pool_has_one_pin() -> None:
    """A second one replaces it; other pools keep theirs."""
    pinned = pin(pin(NO_CONTROL, [EU, API_EU], LATER), [US], LATER + 1)

    assert {US: LATER + 1, API_EU: LATER} == pinned.pinned
    assert {API_EU: LATER} == unpin(pinned, ["web"]).pinned


def test_weights_add_up_until_they_are_given_back() -> None:
    """Weights of one command leave those of another alone."""
    weighed = weigh(weigh(NO_CONTROL, {EU: 5}, LATER), {US: 0, API_EU: 2}, LATER)

    assert {EU: (5, LATER), US: (0, LATER), API_EU: (2, LATER)} == weighed.weights
    assert {API_EU: (2, LATER)} == unweigh(weighed, ["web"]).weights


@pytest.mark.parametrize("weight", [-1, 1_000.5])
def test_a_weight_out_of_range_is_refused(weight: float) -> None:
    """The edge would refuse the document."""
    with pytest.raises(OrderError, match="0 to 1000"):
        weigh(NO_CONTROL, {EU: weight}, LATER)


def test_names_are_looked_up_in_the_pools_that_are_meant() -> None:
    """All of them where none is named."""
    assert [EU, API_EU] == origins_called(CONFIG, "eu", None)
    assert [EU] == origins_called(CONFIG, "eu", "web")
    assert ["web", "api"] == pools_called(CONFIG, None)


@pytest.mark.parametrize(
    ("origin", "pool", "message"),
    [
        ("asia", None, "no origin 'asia' in any pool; there are: eu, spare, us"),
        ("spare", "web", "no origin 'spare' in pool web; there are: eu, us"),
        ("eu", "wep", "no pool 'wep'; there are: web, api"),
    ],
)
def test_an_unknown_name_is_answered_with_those_there_are(origin: str, pool: str | None, message: str) -> None:
    """Nobody has to open the configuration for that."""
    with pytest.raises(OrderError, match=f"^{message}$"):
        origins_called(CONFIG, origin, pool)


def test_changes_are_what_was_taken_away_and_what_was_added() -> None:
    """What the command shows."""
    after = drain(undrain(FULL, [EU]), CONFIG, [API_EU], LATER + 60, NOW)

    assert [
        ("-", OrderLine("drain", "api", "eu", None, LATER)),
        ("-", OrderLine("drain", "web", "eu", None, LATER)),
        ("+", OrderLine("drain", "api", "eu", None, LATER + 60)),
    ] == changes(FULL, after)
