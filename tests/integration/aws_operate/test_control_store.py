"""The control document in a bucket that enforces conditional writes."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from origin_router.aws.control_document import OrderError, drain, undrain, weigh
from origin_router.aws.control_store import ATTEMPTS, ControlStore, control_store
from origin_router.aws.errors import AwsError, Kind
from origin_router.aws.naming import Names
from origin_router.aws.session import Aws
from origin_router.routing.control import Control
from tests.support.ministack import ACCOUNT, Ministack
from tests.support.routers import CONFIG, EU, US

NOW = 1_000.0
LATER = 2_000.0
BUCKET = CONFIG.control.bucket


def store(aws: Aws, sleeps: list[float] | None = None, now: float = NOW) -> ControlStore:
    """Return the store, with time standing still."""
    return ControlStore(aws.s3, CONFIG, wall=lambda: now, sleep=(sleeps if sleeps is not None else []).append)


def put(aws: Aws, document: Any) -> None:
    """Write a document the way somebody else would."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    aws.s3.put_object(Bucket=BUCKET, Key="control.json", Body=body)


def stored(aws: Aws) -> Any:
    """Return what lies there."""
    return json.loads(aws.s3.get_object(Bucket=BUCKET, Key="control.json")["Body"].read())


@pytest.fixture(autouse=True)
def bucket(aws: Aws) -> None:
    """Create the bucket, as deploy does."""
    aws.s3.create_bucket(Bucket=BUCKET)


def test_the_first_order_creates_the_document(aws: Aws) -> None:
    """With the pool named, and the time as its version: an earlier document may have been deleted."""
    outcome = store(aws).change(lambda control: drain(control, CONFIG, [EU], LATER, NOW))

    assert outcome.is_written
    assert {"version": 1_000, "drain": [{"pool": "web", "origin": "eu", "until": 2_000}]} == stored(aws)


def test_a_document_is_made_only_where_there_is_none(aws: Aws) -> None:
    """The function would be told that a missing one is forbidden; one that is there may hold orders."""
    assert (True, False, False) == store(aws).look()
    assert store(aws).create()
    assert {"version": 1_000} == stored(aws)
    assert (True, True, True) == store(aws).look()

    put(aws, {"version": 7, "drain": [{"origin": "eu", "until": LATER}]})
    assert not store(aws).create()
    assert 7 == stored(aws)["version"]
    assert (True, True, False) == store(aws).look()


def test_every_call_names_the_account_that_must_own_our_bucket(ministack: Ministack) -> None:
    """Its name can be guessed, and taken by somebody else before us. The simulation does not check it."""
    session, asked = ministack.session(), []

    def listen(params: dict[str, Any], **_: Any) -> None:
        asked.append(params.get("ExpectedBucketOwner"))

    session.events.register("provide-client-params.s3", listen)
    with ministack.aws(session) as aws:
        ours = control_store(aws, Names("shop", ACCOUNT), CONFIG)
        assert (True, True) == (ours.create(), ours.look().is_ours)
        ours.change(lambda control: drain(control, CONFIG, [EU], time.time() + 60, NOW))
        ours.delete()
        assert [ACCOUNT] * len(asked) == asked

        asked.clear()
        theirs = replace(CONFIG, control=replace(CONFIG.control, bucket="theirs"))
        assert not control_store(aws, Names("shop", ACCOUNT), theirs).look().has_bucket
        assert [None] == asked


def test_a_further_order_keeps_the_others_and_counts_up(aws: Aws) -> None:
    """Expired orders go, and what does not fit the configuration is dropped and named."""
    expired, gone = {"origin": "us", "pool": "web", "until": NOW}, {"origin": "asia", "until": LATER}
    kept = {"pool": "web", "origin": "eu", "weight": 5, "until": 2_000}
    put(aws, {"version": 41, "drain": [expired, gone], "weights": [kept]})
    outcome = store(aws).change(lambda control: drain(control, CONFIG, [EU], LATER, NOW))

    assert {
        "version": 42,
        "drain": [{"pool": "web", "origin": "eu", "until": 2_000}],
        "weights": [kept],
    } == stored(aws)
    assert 1 == len(outcome.dropped)


def test_nothing_is_written_where_nothing_changes(aws: Aws) -> None:
    """The version stands for a change: the Regions need not take one that is none."""
    put(aws, {"version": 3})
    outcome = store(aws).change(lambda control: undrain(control, [EU]))

    assert not outcome.is_written
    assert {"version": 3} == stored(aws)


def test_an_order_given_meanwhile_is_not_lost(aws: Aws) -> None:
    """Somebody writes between our reading and our writing; both orders hold in the end."""
    put(aws, {"version": 1})
    interruptions = [{"version": 2, "weights": [{"pool": "web", "origin": "us", "weight": 1, "until": LATER}]}]

    def edit(control: Control) -> Control:
        if interruptions:
            put(aws, interruptions.pop())
        return drain(control, CONFIG, [EU], LATER, NOW)

    sleeps: list[float] = []
    outcome = store(aws, sleeps).change(edit)

    assert (3, {EU: LATER}, {US: (1.0, LATER)}) == (outcome.after.version, outcome.after.drained, outcome.after.weights)
    assert 1 == len(sleeps)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_document_created_or_deleted_meanwhile_is_read_again(aws: Aws, is_there: bool) -> None:
    """If-None-Match guards the first writing, If-Match also a deletion."""
    if is_there:
        put(aws, {"version": 8})
    moves = [True]

    def edit(control: Control) -> Control:
        if moves and is_there:
            aws.s3.delete_object(Bucket=BUCKET, Key="control.json")
        elif moves:
            put(aws, {"version": 8})
        moves.clear()
        return weigh(control, {EU: 5}, LATER)

    outcome = store(aws).change(edit)

    assert (1_000 if is_there else 9) == outcome.after.version
    assert stored(aws)["version"] == outcome.after.version


def test_an_endless_conflict_ends(aws: Aws) -> None:
    """With an error that says so, after growing pauses."""
    versions = iter(range(1, 100))

    def edit(control: Control) -> Control:
        put(aws, {"version": next(versions)})
        return drain(control, CONFIG, [EU], LATER, NOW)

    sleeps: list[float] = []
    with pytest.raises(AwsError, match="somebody else changed it") as caught:
        store(aws, sleeps).change(edit)

    assert Kind.CHANGED is caught.value.kind
    assert ATTEMPTS - 1 == len(sleeps)
    assert sleeps == sorted(sleeps)


def test_a_refused_order_writes_nothing(aws: Aws) -> None:
    """The order that would leave a pool without origins."""
    put(aws, {"version": 1, "drain": [{"origin": "us", "until": LATER}]})
    with pytest.raises(OrderError):
        store(aws).change(lambda control: drain(control, CONFIG, [EU], LATER, NOW))

    assert 1 == stored(aws)["version"]


def test_what_is_no_control_document_is_left_alone(aws: Aws) -> None:
    """The error says where it lies and what to do."""
    put(aws, b"<html>")
    with pytest.raises(AwsError, match="not a control document: it is not JSON") as caught:
        store(aws).change(lambda control: drain(control, CONFIG, [EU], LATER, NOW))

    assert f"s3://{BUCKET}/control.json" in str(caught.value)
    assert b"<html>" == store(aws).read_raw()


def test_a_missing_bucket_is_explained(aws: Aws) -> None:
    """It is deploy that makes it."""
    aws.s3.delete_bucket(Bucket=BUCKET)
    with pytest.raises(AwsError, match="origin-router deploy creates the bucket"):
        store(aws).change(lambda control: drain(control, CONFIG, [EU], LATER, NOW))
