"""What `check` refuses and what the local edge refuses are the same rules, written down in two parts of the house."""

from __future__ import annotations

import json

from origin_router.aws import reserved_headers
from origin_router.cli import dev_distribution
from origin_router.config import cloudfront
from origin_router.edge import feedback
from origin_router.emulator import header_rules
from origin_router.emulator.locations import EDGE_LOCATIONS
from origin_router.emulator.outcome import GeneratedResponse, InvalidResult
from origin_router.emulator.validation import check_result


def test_both_know_the_same_hidden_and_read_only_headers() -> None:
    """A response that `check` lets pass would otherwise be a 502 at the edge, or the other way round."""
    assert header_rules.DISALLOWED == cloudfront.HIDDEN_HEADERS
    assert header_rules.DISALLOWED_PREFIXES == cloudfront.HIDDEN_PREFIXES
    assert set(header_rules.READ_ONLY_IN_RESPONSE) == cloudfront.READ_ONLY_IN_RESPONSE


def test_both_know_the_same_size_of_headers() -> None:
    """To the byte: name, value, colon, space and the line's end."""
    room = cloudfront.RESPONSE_HEADERS_BYTES - len("x-a: \r\n")

    assert isinstance(check_result(response("x" * room), {}), GeneratedResponse)
    assert isinstance(check_result(response("x" * (room + 1)), {}), InvalidResult)


def response(value: str) -> bytes:
    """A generated response with one header."""
    return json.dumps({"status": "503", "headers": {"x-a": [{"value": value}]}}).encode()


def test_both_know_the_same_regions() -> None:
    """Where functions execute."""
    assert set(EDGE_LOCATIONS) == set(cloudfront.EXECUTION_REGIONS)
    assert set(cloudfront.EXECUTION_REGIONS) <= set(cloudfront.BUCKET_REGIONS)


def test_everybody_means_the_same_headers() -> None:
    """What deployment and the local edge refuse or configure is what the function reads and writes."""
    assert reserved_headers.RESERVED == (feedback.STAMP_HEADER, feedback.ATTEMPT_HEADER)
    assert dev_distribution.STAMP_HEADER == feedback.STAMP_HEADER
    assert dev_distribution.ATTEMPT_HEADER == feedback.ATTEMPT_HEADER
