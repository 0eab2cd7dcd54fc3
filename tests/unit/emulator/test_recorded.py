"""Requests out of access logs: ours, and CloudFront's."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from origin_router.emulator.access_log import Record
from origin_router.emulator.forwarding import ViewerRequest
from origin_router.emulator.recorded import AccessLogError, Recorded, read_log

STANDARD = """\
#Version: 1.0
#Fields: date time x-edge-location c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query
2026-11-24\t08:00:02\tFRA50-P1\t192.0.2.7\tGET\td1.cloudfront.net\t/b\t200\t-\tMozilla/5.0%20(X11)\tq=1
2026-11-24\t08:00:01\tFRA50-P1\t192.0.2.7\tHEAD\td1.cloudfront.net\t/a%20b\t200\t-\t-\t-
2026-11-24\t08:00:03\tFRA50-P1\t192.0.2.7\tPOST\td1.cloudfront.net\t/c\t200\t-\t-\t-
"""
AT = 1_795_507_201.0
"""2026-11-24 08:00:01 UTC."""


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_cloudfronts_standard_log(tmp_path: Path) -> None:
    """By the names of its columns, in the order of time, also gzipped; what cannot be repeated is counted."""
    plain = written(tmp_path / "log", STANDARD)
    zipped = tmp_path / "log.gz"
    zipped.write_bytes(gzip.compress(STANDARD.encode()))
    expected = [
        Recorded(AT, "HEAD", "/a%20b"),
        Recorded(AT + 1, "GET", "/b?q=1", (("user-agent", "Mozilla/5.0 (X11)"),)),
    ]

    for path in (plain, zipped):
        assert read_log(path, 10) == (expected, {"not GET, HEAD or OPTIONS": 1})


def test_our_own_log(tmp_path: Path) -> None:
    """What `dev --access-log` writes can be replayed, Host and user agent included."""
    viewer = ViewerRequest("GET", "/a", "b=c", (("Host", "shop.test"), ("User-Agent", "curl")), "192.0.2.1")
    entry = Record(viewer=viewer, request_id="id", location="FRA50-P1", began=0).entry(1)
    (request,), left_out = read_log(written(tmp_path / "log", json.dumps(entry | {"timestamp": 1500})), 10)

    assert request == Recorded(1.5, "GET", "/a?b=c", (("user-agent", "curl"), ("host", "shop.test")))
    assert left_out == {}


def test_no_more_than_the_limit(tmp_path: Path) -> None:
    """The rest is counted."""
    lines = "\n".join(json.dumps({"timestamp": n, "cs-method": "GET", "cs-uri-stem": "/"}) for n in range(5))
    requests, left_out = read_log(written(tmp_path / "log", lines), 2)

    assert (len(requests), left_out) == (2, {"beyond the limit": 3})


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"cs-method": "GET", "cs-uri-stem": "/"}', "without method, path or time"),
        ('{"cs-method": "GET", "cs-uri-stem": "a", "timestamp": 1}', "without method, path or time"),
        ('{"cs-method": 1, "cs-uri-stem": "/", "timestamp": 1}', "without method, path or time"),
        ('{"cs-method": "DELETE", "cs-uri-stem": "/", "timestamp": 1}', "not GET, HEAD or OPTIONS"),
    ],
)
def test_lines_that_are_left_out(tmp_path: Path, line: str, why: str) -> None:
    """One bad line does not spoil the rest."""
    assert read_log(written(tmp_path / "log", line), 10) == ([], {why: 1})


@pytest.mark.parametrize("content", [b"no log", b"{\n", b"\xff\xfe\x00", b"\x1f\x8b\x08broken"])
def test_what_is_no_access_log(tmp_path: Path, content: bytes) -> None:
    """Refused with the file's name."""
    path = tmp_path / "x.log"
    path.write_bytes(content)

    with pytest.raises(AccessLogError, match=r"x\.log"):
        read_log(path, 10)
