"""What was learned about distances, in a file beside the configuration: pool -> Region -> origin -> ms.

`origin-router learn` reads and writes it here, every build includes it (`prior_file`): a cold start
in a Region listed there does not wait for its race. It belongs into version control, so its lines are
stable.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from origin_router.config.prior_file import Prior

FORMAT = 1
"""Raised when an older router could not read what a newer one wrote."""

MAX_MS = 30_000.0
"""No probe takes longer: it is the longest timeout that the configuration allows."""


class PriorFileError(ValueError):
    """The file is not one of ours; the message says what is wrong."""


def read_prior(path: Path) -> Prior:
    """Read a file; nothing is known where there is none. Raises PriorFileError, and OSError for an unreadable file."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}
    return parse_prior(data)


def parse_prior(data: bytes) -> Prior:
    """Understand a file's content. Raises PriorFileError."""
    try:
        document = json.loads(data)
    except ValueError as error:
        raise PriorFileError(f"is not JSON: {error}") from None
    if not isinstance(document, dict) or not isinstance(document.get("pools"), dict):
        raise PriorFileError('is not a file of `origin-router learn`: it has no "pools"')
    if document.get("format") != FORMAT:
        raise PriorFileError(f"has format {document.get('format')!r}; this origin-router reads {FORMAT}")
    return {
        pool: {
            region: {origin: _ms(value, f"{pool}.{region}.{origin}") for origin, value in _table(row, region).items()}
            for region, row in _table(regions, pool).items()
        }
        for pool, regions in document["pools"].items()
    }


def _table(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PriorFileError(f"{name} must be an object")
    return value


def _ms(value: Any, where: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= MAX_MS or math.isnan(value):
        raise PriorFileError(f"{where} must be a number of milliseconds, at most {MAX_MS:g}")
    return float(value)


def dump_prior(prior: Prior, learned_at: str) -> bytes:
    """Write a file's content."""
    document = {"format": FORMAT, "learned_at": learned_at, "pools": prior}
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()
