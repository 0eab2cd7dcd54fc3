"""What `check` refuses and what the local edge refuses are the same rules, written down in two parts of the house."""

from __future__ import annotations

from origin_router.config import cloudfront
from origin_router.emulator import header_rules, validation
from origin_router.emulator.locations import EDGE_LOCATIONS


def test_both_know_the_same_hidden_and_read_only_headers() -> None:
    """A response that `check` lets pass would otherwise be a 502 at the edge, or the other way round."""
    assert header_rules.DISALLOWED == cloudfront.HIDDEN_HEADERS
    assert header_rules.DISALLOWED_PREFIXES == cloudfront.HIDDEN_PREFIXES
    assert set(header_rules.READ_ONLY_IN_RESPONSE) == cloudfront.READ_ONLY_IN_RESPONSE


def test_both_know_the_same_sizes() -> None:
    """Of what a response may carry beside its body."""
    assert validation.HEADERS_LIMIT_BYTES == cloudfront.RESPONSE_HEADERS_BYTES


def test_both_know_the_same_regions() -> None:
    """Where functions execute."""
    assert set(EDGE_LOCATIONS) == set(cloudfront.EXECUTION_REGIONS)
    assert set(cloudfront.EXECUTION_REGIONS) <= set(cloudfront.BUCKET_REGIONS)
