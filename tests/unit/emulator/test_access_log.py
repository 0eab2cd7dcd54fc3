"""The access log's lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from origin_router.emulator.access_log import AccessLog, Record
from origin_router.emulator.forwarding import ViewerRequest

VIEWER = ViewerRequest("GET", "/a%20b", "q=1", (("Host", "shop.example.com"),), "192.0.2.7")

KEYS = {
    "x-edge-location", "x-edge-result-type", "x-edge-detailed-result-type", "x-edge-request-id", "sc-status",
    "cs-method", "cs-uri-stem", "time-taken", "time-to-first-byte", "origin-fbl", "r-host", "sr-reason", "lambda-ms",
}  # fmt: skip
"""What the access log promises."""


def record() -> Record:
    return Record(viewer=VIEWER, request_id="id==", location="FRA50-P1", began=10.0)


def test_an_answered_request() -> None:
    """Times in seconds since the request came, milliseconds for the function."""
    done = record()
    done.status, done.result, done.detailed_result = 200, "Miss", "Miss"
    done.first_byte, done.origin, done.origin_first_byte_s, done.sent_bytes = 10.25, "eu.example.com", 0.2, 5
    done.answer = {"Content-Type": "text/plain", "Content-Length": "5", "Content-Range": "bytes 10-14/20"}
    done.lambda_ms.append(1.5)

    entry = done.entry(10.5)

    assert entry.keys() >= KEYS
    assert entry | {"timestamp": 0} == {
        "timestamp": 0,
        "x-edge-location": "FRA50-P1",
        "c-ip": "192.0.2.7",
        "cs-method": "GET",
        "cs-uri-stem": "/a%20b",
        "cs-uri-query": "q=1",
        "x-host-header": "shop.example.com",
        "cs-protocol-version": "HTTP/1.1",
        "x-forwarded-for": None,
        "cs(User-Agent)": None,
        "cs(Referer)": None,
        "cs(Cookie)": None,
        "sc-status": 200,
        "sc-bytes": 5,
        "sc-content-type": "text/plain",
        "sc-content-len": 5,
        "sc-range-start": 10,
        "sc-range-end": 14,
        "x-edge-result-type": "Miss",
        "x-edge-response-result-type": "Miss",
        "x-edge-detailed-result-type": "Miss",
        "x-edge-request-id": "id==",
        "time-taken": 0.5,
        "time-to-first-byte": 0.25,
        "origin-fbl": 0.2,
        "r-host": "eu.example.com",
        "sr-reason": None,
        "lambda-ms": [1.5],
    }


def test_a_viewer_that_left_before_an_answer() -> None:
    """Status 0, and no origin."""
    entry = record().entry(10.5)

    assert (entry["sc-status"], entry["x-edge-result-type"], entry["r-host"]) == (0, "Error", None)
    assert entry["time-to-first-byte"] == entry["time-taken"] == 0.5


def test_lines_are_appended_at_once(tmp_path: Path) -> None:
    """Each is in the file when `write` returns, after what was there before; names are not ASCII only."""
    path = tmp_path / "access.jsonl"
    path.write_text("before\n")
    log = AccessLog(path)
    log.write({"a": "ü\n"})

    before, line = path.read_text().splitlines()
    assert (before, json.loads(line)) == ("before", {"a": "ü\n"})
    log.close()


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    """Known when the log is opened."""
    with pytest.raises(OSError, match="No such file"):
        AccessLog(tmp_path / "missing" / "access.jsonl")
