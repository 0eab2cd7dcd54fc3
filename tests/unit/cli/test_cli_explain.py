"""`origin-router explain`, without probes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.commands import EVENT, printed, run
from tests.support.configs import document, parsed

from origin_router.cli.explain import feed
from origin_router.edge.probing import ProbeReport
from origin_router.routing.model import Outcome, State
from origin_router.routing.router import Router

RULE = """
[pools.pictures]
[[pools.pictures.origins]]
id = "only"
host = "pictures.example.com"
[[rules]]
pool = "pictures"
path = "*.jpg"
methods = ["GET", "HEAD"]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration with a rule that takes the event's picture."""
    path = tmp_path / "origin-router.toml"
    path.write_text(document(end=RULE))
    return path


def test_the_object_has_the_decision_and_every_candidate(config: Path) -> None:
    """The rule takes the picture to its pool."""
    explained = printed(run("explain", EVENT, "--config", config, "--json"))

    assert tuple(explained[key] for key in ("pool", "rule", "origin", "reason")) == (
        "pictures",
        0,
        "only",
        "only_origin",
    )
    assert explained["is_measured"] is False
    assert explained["candidates"] == [
        {
            "origin": "only",
            "state": "unknown",
            "estimate_ms": None,
            "age_s": None,
            "priority": 1,
            "weight": 100,
            "is_eligible": True,
            "why": "chosen: only_origin",
        }
    ]


def test_the_text_says_why_and_that_nothing_was_measured(tmp_path: Path) -> None:
    """For people: without a rule, by the fallback."""
    path = tmp_path / "x.toml"
    path.write_text(document(pool='fallback = "us"'))
    result = run("explain", EVENT, "--config", path)

    assert result.exit_code == 0
    assert "GET /catalogue/picture.jpg" in result.stdout
    assert "pool    web (no rule matches: the default pool)" in result.stdout
    assert "origin  us\nreason  fallback\n" in result.stdout
    assert "Nothing was measured; --probe measures the origins from here first." in result.stdout


def test_the_event_may_come_on_standard_input(config: Path) -> None:
    """As in a pipe from a log."""
    assert run("explain", "-", "--config", config, answers=EVENT.read_bytes()).exit_code == 0


BAD_EVENTS = [
    ("", "is not JSON"),
    ("[" * 100_000, "is nested too deeply"),
    ("3", "Records is missing"),
    ("{}", "Records is missing; expected is an origin-request event of CloudFront"),
    ('{"Records": []}', "Records[0] is missing"),
    ('{"Records": {}}', "Records[0] is missing"),
    ('{"Records": [{}]}', "Records[0].cf is missing"),
    ('{"Records": [{"cf": {}}]}', "Records[0].cf.request is missing"),
    ('{"Records": [{"cf": {"request": 3}}]}', "Records[0].cf.request must be an object, not 3"),
    ('{"Records": [{"cf": {"request": {}}}]}', "Records[0].cf.request.method is missing"),
    ('{"Records": [{"cf": {"request": {"method": 3}}}]}', "Records[0].cf.request.method must be a string, not 3"),
    ('{"Records": [{"cf": {"request": {"method": "GET"}}}]}', "Records[0].cf.request.uri is missing"),
    (
        '{"Records": [{"cf": {"request": {"method": "GET", "uri": "/", "headers": []}}}]}',
        "Records[0].cf.request.headers must be an object, not an array",
    ),
]


@pytest.mark.parametrize(("text", "fragment"), BAD_EVENTS, ids=lambda value: str(value)[:40])
def test_a_bad_event_is_one_line_that_says_what_is_missing(
    tmp_path: Path, config: Path, text: str, fragment: str
) -> None:
    """Exit code 2, no traceback."""
    path = tmp_path / "event.json"
    path.write_text(text)
    result = run("explain", path, "--config", config)

    assert result.exit_code == 2
    assert f"Error: {path}: {fragment}" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path, config: Path) -> None:
    """Missing, a directory, not text."""
    (tmp_path / "binary").write_bytes(b"\xff\xfe")

    assert "cannot be read: No such file" in run("explain", tmp_path / "none", "--config", config).stderr
    assert "cannot be read: Is a directory" in run("explain", tmp_path, "--config", config).stderr
    assert "is not UTF-8 text" in run("explain", tmp_path / "binary", "--config", config).stderr


def test_an_error_of_the_event_is_in_the_object(config: Path) -> None:
    """Named after standard input."""
    result = run("explain", "-", "--config", config, "--json", answers=json.dumps({}))

    assert result.exit_code == 2
    assert printed(result)["errors"][0]["message"].startswith("standard input: Records is missing")


def test_dev_without_probe_is_wrong_usage(config: Path) -> None:
    """It would do nothing."""
    assert run("explain", EVENT, "--dev", "--config", config).exit_code == 2


def test_what_was_measured_is_learned_by_the_router() -> None:
    """Outcome and response time; a failure has no time."""
    router = Router(parsed(document()).router, jitter=lambda: 0.0)
    feed(
        router,
        [
            ProbeReport("web", "eu", Outcome.OK, "", 200, 1.0, 2.0, 3.0, 40.0),
            ProbeReport("web", "us", Outcome.REFUSED, "", None, 1.0, None, None, None),
        ],
        at=100.0,
    )
    records = router.pools["web"].origins

    assert records["eu"].estimate.value_s == 0.04
    assert State.SERVING is records["eu"].health.state
    assert Outcome.REFUSED is records["us"].last_outcome
    assert records["us"].estimate.value_s is None
