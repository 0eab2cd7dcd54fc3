"""Ranges and conditions on a kept object."""

from __future__ import annotations

import pytest

from origin_router.emulator.cache import Entry
from origin_router.emulator.freshness import Lifetime
from origin_router.emulator.partial import Part, part_for

BODY = b"0123456789"
HEADERS = (
    ("Content-Type", "text/plain"),
    ("Content-Length", "10"),
    ("ETag", '"one"'),
    ("Last-Modified", "Tue, 14 Nov 2023 22:13:20 GMT"),
)


def part(**asked: str) -> Part:
    return part_of(asked)


def part_of(asked: dict[str, str], method: str = "GET", status: int = 200) -> Part:
    entry = Entry(status=status, reason="OK", headers=HEADERS, body=BODY, stored_at=0, lifetime=Lifetime(60))
    return part_for(entry, method, {name.replace("_", "-"): value for name, value in asked.items()})


RANGES = [
    # (Range, the part of the body, its place)
    ("bytes=0-1", b"01", "0-1"),
    ("bytes=8-", b"89", "8-9"),
    ("bytes=-3", b"789", "7-9"),
    ("bytes=-30", BODY, "0-9"),
    ("bytes=5-500", b"56789", "5-9"),
    ("BYTES = 9-9", b"9", "9-9"),
]
WHOLE = ["lines=0-1", "bytes=", "bytes=a-b", "bytes=5-4", "bytes=4-5,0-1", "bytes=0-5,3-7", "bytes=-", "bytes=0-1;2-3"]


@pytest.mark.parametrize(("range_", "body", "place"), RANGES)
def test_one_range(range_: str, body: bytes, place: str) -> None:
    """206 with its place, and a length that is its own."""
    found = part(range=range_)

    assert (found.status, found.body) == (206, body)
    assert ("Content-Range", f"bytes {place}/10") in found.headers
    assert "Content-Length" not in dict(found.headers)


@pytest.mark.parametrize("range_", WHOLE)
def test_ranges_that_cloudfront_does_not_accept(range_: str) -> None:
    """Malformed, not ascending, overlapping: 200 with everything."""
    assert part(range=range_) == Part(200, "OK", HEADERS, BODY)


def test_several_ranges() -> None:
    """As multipart, each with its place."""
    found = part(range="bytes=0-1, 4-5,8-")
    content_type = dict(found.headers)["Content-Type"]
    boundary = content_type.partition("boundary=")[2].encode()
    _, *parts, end = found.body.split(b"--" + boundary)

    assert (found.status, content_type.partition(";")[0]) == (206, "multipart/byteranges")
    assert [each.partition(b"\r\n\r\n")[2] for each in parts] == [b"01\r\n", b"45\r\n", b"89\r\n"]
    assert b"Content-Range: bytes 4-5/10" in parts[1]
    assert end == b"--\r\n"


def test_a_range_beyond_the_end() -> None:
    """416 with the size."""
    found = part(range="bytes=10-")

    assert (found.status, found.body) == (416, b"")
    assert ("Content-Range", "bytes */10") in found.headers


@pytest.mark.parametrize(
    ("if_range", "status"),
    [('"one"', 206), ("Tue, 14 Nov 2023 22:13:20 GMT", 206), ('"two"', 200), ("Tue, 14 Nov 2023 22:13:21 GMT", 200)],
)
def test_if_range(if_range: str, status: int) -> None:
    """A part only of the object that the viewer has the other parts of."""
    assert part(range="bytes=0-1", if_range=if_range).status == status


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"if_none_match": '"one"'}, 304),
        ({"if_none_match": '"zero", W/"one"'}, 304),
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": '"two"'}, 200),
        ({"if_modified_since": "Tue, 14 Nov 2023 22:13:20 GMT"}, 304),
        ({"if_modified_since": "Tue, 14 Nov 2023 22:13:19 GMT"}, 200),
        ({"if_modified_since": "yesterday"}, 200),
        ({"if_none_match": '"two"', "if_modified_since": "Tue, 14 Nov 2023 22:13:20 GMT"}, 200),
        ({"if_none_match": '"one"', "range": "bytes=0-1"}, 304),
    ],
)
def test_conditions(asked: dict[str, str], status: int) -> None:
    """304 without a body and without headers about one; If-None-Match before If-Modified-Since before ranges."""
    found = part(**asked)

    assert found.status == status
    if status == 304:
        assert (found.body, dict(found.headers).keys() & {"Content-Length", "Content-Type"}) == (b"", set())


def test_only_whole_successful_answers_have_parts() -> None:
    """Redirects and parts are what they are."""
    asked = {"range": "bytes=0-1"}

    assert part_of(asked, status=302).status == 302
    assert part_of(asked, status=206).body == BODY
    assert part_of(asked, method="HEAD").status == 200
