"""The `[dev]` table: what only the local edge reads. It never reaches the zip."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class DevConfig:
    """Lets the local edge reach origins whose names or certificates are not public."""

    resolve: dict[str, str] = field(default_factory=dict)
    """Address for a host name instead of DNS: `127.0.0.2`, or `127.0.0.1:8443` to change the port too."""
    regions: dict[str, str] = field(default_factory=dict)
    """AWS Region where a host is: its distance from each edge becomes the round trip between them."""
    ca_file: Path | None = None
    """PEM file of certificate authorities to trust instead of the system's; relative to the configuration file."""

    def target(self, host: str, port: int) -> tuple[str, int] | None:
        """Return the address and port to connect to instead of asking DNS, or None to ask it."""
        value = self.resolve.get(host)
        if value is None:
            return None
        address, own_port = split_target(value)
        return address, own_port or port


def split_target(value: str) -> tuple[str, int | None]:
    """Split `127.0.0.1`, `127.0.0.1:8443`, `::1` or `[::1]:8443`; raise ValueError saying what is wrong."""
    if value.count(":") > 1 and not value.startswith("["):
        host, port = value, ""
    elif value.startswith("["):
        host, _, port = value[1:].partition("]")
        if port and not port.startswith(":"):
            raise ValueError("is not an address")
        port = port[1:] if port else ""
    else:
        host, colon, port = value.partition(":")
        if colon and not port:
            raise ValueError("has a colon but no port")
    try:
        address = str(ipaddress.ip_address(host))
    except ValueError:
        raise ValueError("is not an IP address") from None
    return address, _port(port) if port else None


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= HIGHEST_PORT):
        raise ValueError(f"has a port that is not one of 1 to {HIGHEST_PORT}")
    return int(text)
