"""What is written down about a deployment: what was there before, what was asked for, which versions ran.

It lies in the router's bucket, one object per distribution, so that any machine with the
right credentials can restore what was there. It holds ids and versions, no headers and
no other content of the distribution.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any

FORMAT = 1
"""Raised when an older router could not read what a newer one wrote."""

HISTORY_LENGTH = 50
"""Activations that are kept; Lambda keeps versions for as long as nobody deletes them."""

PREFIX = "deployments/"
"""One object per distribution."""

CONFIG_PREFIX = "configs/"
"""The configuration in each zip, so that a rollback can say what it changes."""


class RecordError(ValueError):
    """This is not a record of ours."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the user asked for about one distribution."""

    behaviors: tuple[str, ...]
    """Path patterns, or `default`."""
    is_failover: bool
    has_feedback: bool


@dataclass(frozen=True, kw_only=True)
class Activation:
    """A version took over."""

    version: str
    at: str
    """RFC 3339, UTC."""
    by: str
    """The command."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """All that is known about one distribution."""

    distribution: str
    settings: Settings
    targets_before: dict[str, str]
    """Behavior -> the origin or origin group that it sent requests to before us."""
    history: tuple[Activation, ...] = ()
    canaries: int = 0
    """Staging distributions made so far: each needs a caller reference of its own."""
    format: int = field(default=FORMAT)

    def activated(self, activation: Activation) -> Record:
        """Add a version to the history, unless it is the latest entry already."""
        if self.history and self.history[-1].version == activation.version:
            return self
        return replace(self, history=(*self.history, activation)[-HISTORY_LENGTH:])

    def version_before(self, current: str | None) -> str | None:
        """Return the version that ran before the current one."""
        versions = [each.version for each in self.history]
        if current not in versions:
            return versions[-1] if versions else None
        at = len(versions) - 1 - versions[::-1].index(current)
        return next((each for each in reversed(versions[:at]) if each != current), None)


def record_key(distribution: str) -> str:
    """Return the object's key."""
    return f"{PREFIX}{distribution}.json"


def config_key(code_sha256: str) -> str:
    """Return the object's key; the digest as Lambda writes it."""
    return f"{CONFIG_PREFIX}{base64.b64decode(code_sha256).hex()}.json"


def encode_record(record: Record) -> bytes:
    """Write a record."""
    return json.dumps(asdict(record), indent=2, sort_keys=True).encode()


def decode_record(data: bytes) -> Record:
    """Read a record. Raises RecordError."""
    try:
        document: dict[str, Any] = json.loads(data)
        if document["format"] > FORMAT:
            raise RecordError("it was written by a newer origin-router: update this one")
        settings = document["settings"]
        return Record(
            **{
                **document,
                "settings": Settings(**{**settings, "behaviors": tuple(settings["behaviors"])}),
                "history": tuple(Activation(**each) for each in document["history"]),
            }
        )
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise RecordError(f"it is not a record of origin-router ({error!r})") from error
