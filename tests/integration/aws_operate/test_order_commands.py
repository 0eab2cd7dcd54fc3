"""`drain`, `undrain`, `pin`, `unpin`, `weights` and `control show` as they are typed."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from origin_router.aws.naming import Names
from origin_router.aws.session import Aws
from tests.support.aws_commands import printed, run_on
from tests.support.deployed import write_log
from tests.support.ministack import ACCOUNT, Ministack
from tests.support.routers import CONFIG, TOML, line

BUCKET = CONFIG.control.bucket


@pytest.fixture
def config(tmp_path: Path, aws: Aws) -> Path:
    """The configuration, and the bucket that deploy makes, with a document that orders nothing."""
    aws.s3.create_bucket(Bucket=BUCKET)
    aws.s3.put_object(Bucket=BUCKET, Key="control.json", Body=b'{"version": 0}')
    path = tmp_path / "origin-router.toml"
    path.write_text(TOML)
    return path


def stored(aws: Aws) -> Any:
    """Return the document in the bucket."""
    return json.loads(aws.s3.get_object(Bucket=BUCKET, Key="control.json")["Body"].read())


def orders(document: Any, kind: str) -> list[tuple[str, str]]:
    """Return (pool, origin) of the orders of a kind."""
    return [(each["pool"], each["origin"]) for each in document.get(kind, [])]


def test_a_drain_is_written_shown_and_taken_back(ministack: Ministack, aws: Aws, config: Path) -> None:
    """In every pool that has the origin."""
    before = time.time()
    result = run_on(ministack, "drain", "eu", "--for", "2h", "--config", config)

    assert 0 == result.exit_code
    assert [("api", "eu"), ("web", "eu")] == orders(stored(aws), "drain")
    assert before + 7_199 <= stored(aws)["drain"][0]["until"] <= time.time() + 7_201
    assert "+ drain web.eu until " in result.stdout
    assert f"version 1 written to s3://{BUCKET}/control.json" in result.stdout

    result = run_on(ministack, "undrain", "eu", "--pool", "web", "--config", config)

    assert "- drain web.eu until " in result.stdout
    assert [("api", "eu")] == orders(stored(aws), "drain")


def test_orders_of_all_kinds_stand_beside_each_other(ministack: Ministack, aws: Aws, config: Path) -> None:
    """Each command changes its own."""
    for arguments in (
        ("drain", "spare"),
        ("pin", "us", "--for", "15m"),
        ("weights", "eu=90", "us=2.5", "--pool", "web"),
    ):
        assert 0 == run_on(ministack, *arguments, "--config", config).exit_code
    document = stored(aws)

    assert 3 == document["version"]
    assert ([("api", "spare")], [("web", "us")]) == (orders(document, "drain"), orders(document, "pin"))
    assert [("eu", 90), ("us", 2.5)] == [(each["origin"], each["weight"]) for each in document["weights"]]

    shown = run_on(ministack, "control", "show", "--config", config).stdout
    assert f"s3://{BUCKET}/control.json version 3" in shown
    assert ["drain", "pin", "weight", "weight"] == [
        row.split()[0] for row in shown.splitlines() if row.startswith(("drain", "pin", "weight"))
    ]

    for back in (("undrain", "spare"), ("unpin",), ("weights", "--clear")):
        assert 0 == run_on(ministack, *back, "--config", config).exit_code
    assert {"version": 6} == stored(aws)


def test_the_object_says_what_changed(ministack: Ministack, aws: Aws, config: Path) -> None:
    """For programs; the second time there is nothing to change."""
    document = printed(run_on(ministack, "undrain", "eu", "--config", config, "--json"))
    assert (False, []) == (document["is_written"], document["changes"])

    document = printed(run_on(ministack, "pin", "us", "--config", config, "--json"))
    assert (True, 1, [], "+") == (
        document["is_written"],
        document["document"]["version"],
        document["dropped"],
        document["changes"][0]["change"],
    )
    assert "nothing to change" in run_on(ministack, "undrain", "eu", "--config", config).stdout


def test_control_show_without_a_document(ministack: Ministack, aws: Aws, config: Path) -> None:
    """That is the usual state."""
    aws.s3.delete_object(Bucket=BUCKET, Key="control.json")
    assert "no orders: there is no document" in run_on(ministack, "control", "show", "--config", config).stdout


def test_control_show_raw_shows_also_what_is_none_of_ours(ministack: Ministack, aws: Aws, config: Path) -> None:
    """So that somebody can tell whose it is."""
    aws.s3.put_object(Bucket=BUCKET, Key="control.json", Body=b"<html>")
    assert "<html>" == run_on(ministack, "control", "show", "--raw", "--config", config).stdout
    result = run_on(ministack, "drain", "eu", "--config", config)

    assert 3 == result.exit_code
    assert "this is not a control document" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("drain", "asia"), "no origin 'asia' in any pool; there are: eu, spare, us"),
        (("drain", "eu", "--pool", "wep"), "no pool 'wep'; there are: web, api"),
        (("drain", "eu", "--for", "30"), "write a number and a unit"),
        (("drain", "eu", "--for", "8d"), "not between 1s and 7d"),
        (("weights",), "give weights such as eu=90, or --clear"),
        (("weights", "eu=1", "--clear"), "give weights such as eu=90, or --clear"),
        (("weights", "eu"), "'eu' is not an origin and its weight; write eu=50"),
        (("weights", "eu=nan"), "is not an origin and its weight"),
        (("weights", "eu=1001"), "allowed are 0 to 1000"),
    ],
)
def test_wrong_usage_says_what_is_right(
    ministack: Ministack, config: Path, arguments: tuple[str, ...], message: str
) -> None:
    """Exit code 2, and nothing is written."""
    result = run_on(ministack, *arguments, "--config", config)

    assert 2 == result.exit_code
    assert message in result.stderr


def test_waiting_where_nobody_is_there_to_take_it(ministack: Ministack, config: Path) -> None:
    """Without traffic there is nothing to wait for."""
    result = run_on(ministack, "drain", "eu", "--wait", "--config", config)

    assert 0 == result.exit_code
    assert "no Region has had traffic in the last minutes: the first request will take it" in result.stdout


def test_waiting_names_the_regions_that_have_taken_it(ministack: Ministack, aws: Aws, config: Path) -> None:
    """By what their journals say."""
    group = Names("shop", ACCOUNT).log_group
    now_ms = int(time.time() * 1000)
    write_log(aws, "eu-west-1", group, (now_ms, line(now_ms, "control", version=1)))
    result = run_on(ministack, "drain", "eu", "--wait", "--config", config)
    assert "eu-west-1       taken" in result.stdout

    write_log(aws, "eu-west-1", group, (now_ms + 1, line(now_ms, "control", version=2)))
    document = printed(run_on(ministack, "undrain", "eu", "--wait", "--config", config, "--json"))
    assert {"eu-west-1": "taken"} == document["regions"]


def test_the_last_origin_of_a_pool_is_not_drained(ministack: Ministack, aws: Aws, config: Path) -> None:
    """The document stays as it was."""
    run_on(ministack, "drain", "us", "--config", config)
    result = run_on(ministack, "drain", "eu", "--pool", "web", "--config", config)

    assert 2 == result.exit_code
    assert "would drain every origin of pool web" in result.stderr
    assert 1 == stored(aws)["version"]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", "the configuration has no [control] table"),
        ('[control]\nurl = "https://example.com/c.json"', "can only be read"),
    ],
)
def test_without_a_bucket_it_says_how_to_have_one(
    ministack: Ministack, tmp_path: Path, table: str, message: str
) -> None:
    """A bucket is what `drain` writes to, and the deployed function must know of it."""
    path = tmp_path / "origin-router.toml"
    path.write_text(TOML.replace(f'[control]\nbucket = "{BUCKET}"', table))
    result = run_on(ministack, "drain", "eu", "--config", path)

    assert 2 == result.exit_code
    assert message in result.stderr
    assert f'bucket = "{BUCKET}"' in result.stderr
