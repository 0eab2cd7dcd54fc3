"""Any JSON as control document: understood or refused, and nothing third."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from origin_router.routing.config import PoolConfig
from origin_router.routing.control import Control
from origin_router.routing.control_document import MAX_WEIGHT, ControlError, parse_control
from origin_router.routing.router import Router
from tests.scenario.routing.player import ANY, START_AT, origin, router_config

UNHURRIED = settings(deadline=None)
"""A busy machine is no defect."""

CONFIG = router_config(
    PoolConfig(policy="weighted", origins=(origin("eu"), origin("us"))), images=PoolConfig(origins=(origin("eu"),))
)

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from(["eu", "us", "web"])
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
numbers = st.one_of(st.integers(0, 4_000_000_000), st.floats(0, 4e9), anything)
orders = st.one_of(
    st.fixed_dictionaries(
        {"origin": st.sampled_from(["eu", "us", "gone"]), "until": st.integers(0, 4_000_000_000)},
        optional={"pool": st.sampled_from([None, "web", "images", "gone"]), "weight": st.floats(0, MAX_WEIGHT)},
    ),
    st.fixed_dictionaries(
        {}, optional={"origin": anything, "until": numbers, "pool": anything, "weight": numbers, "x": anything}
    ),
    anything,
)
documents = st.one_of(
    anything,
    st.fixed_dictionaries(
        {"version": st.one_of(st.integers(0, 9), anything)},
        optional={key: st.one_of(st.lists(orders, max_size=3), anything) for key in ("drain", "pin", "weights")},
    ),
)


def parsed(document: Any) -> Control | None:
    """Return what is understood, or None if it is refused in the one way that callers know."""
    try:
        return parse_control(document, CONFIG)
    except ControlError:
        return None


@UNHURRIED
@given(documents)
@example({"version": 10**400, "drain": [{"origin": "eu", "until": 10**400}]})
@example({"version": 1, "weights": [{"origin": "eu", "weight": float("nan"), "until": 1}]})
def test_it_is_understood_or_refused(document: Any) -> None:
    """Nothing else is raised; and what is understood can be obeyed."""
    control = parsed(document)
    if control is None:
        return
    known = {each.ref for pool in Router(CONFIG, lambda: 0.0).pools.values() for each in pool.origins.values()}
    for orders_by_origin in (control.drained, control.pinned, control.weights):
        assert set(orders_by_origin) <= known
    assert all(0 <= weight <= MAX_WEIGHT for weight, _ in control.weights.values())
    router = Router(CONFIG, lambda: 0.0)
    router.apply(control)
    assert router.decide(ANY, START_AT).origin in known


@UNHURRIED
@given(documents)
def test_every_order_that_is_understood_is_in_the_result(document: Any) -> None:
    """Or counted among those about unknown origins: nothing that was ordered is silently forgotten."""
    control = parsed(document)
    if control is None:
        return
    for key, found in (("drain", control.drained), ("pin", control.pinned), ("weights", control.weights)):
        for index, order in enumerate(document.get(key, [])):
            refs = [ref for ref in found if ref.origin == order["origin"] and order.get("pool") in (None, ref.pool)]
            assert refs or f"{key}[{index}]" in control.unknown


@UNHURRIED
@given(st.text(max_size=60) | documents.map(lambda document: json.dumps(document)))
def test_any_text_that_is_json_is_understood_or_refused(text: str) -> None:
    """As it comes from the bucket; text that is no JSON is the reader's business."""
    try:
        document = json.loads(text)
    except ValueError:
        return
    parsed(document)
