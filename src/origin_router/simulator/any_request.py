"""Requests: all alike, but for the viewer where a policy tells viewers apart."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class AnyRequest:
    """A request of which nothing matters."""

    method: str = "GET"
    uri: str = "/"
    client: str = "192.0.2.1"

    def header(self, name: str) -> str | None:
        """None there."""
        del name
        return None

    cookie = query = header


ANY = AnyRequest()

VIEWERS = 10_000
"""As many viewers are told apart, where a policy does."""


def of_some_viewer(rng: Random) -> AnyRequest:
    """Return a request of one of them, each as likely as the other."""
    return AnyRequest(client=f"viewer-{int(rng.random() * VIEWERS)}")
