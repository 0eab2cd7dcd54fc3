"""The request that all requests of a simulation are."""

from __future__ import annotations

from dataclasses import dataclass


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
