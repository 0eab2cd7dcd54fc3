"""Types of `dev`'s options that are more than a word: an edge, and an address for a name."""

from __future__ import annotations

import re

import click

from origin_router.config.dev import split_target
from origin_router.emulator.dev_server import EdgeAddress
from origin_router.emulator.locations import edge_location

HTTPS_PORT = 443

_EDGE = re.compile(r"(?P<region>[a-z0-9-]+)(?::(?P<port>\d{1,5}))?")
_NAME = re.compile(r"(?P<host>[A-Za-z0-9._-]+)(?::(?P<port>\d{1,5}))?")

Mapped = tuple[str, tuple[str, int]]
"""`host:port`, and where it is found instead of in DNS."""


class EdgeParameter(click.ParamType[EdgeAddress]):
    """`REGION` or `REGION:PORT`."""

    name = "REGION[:PORT]"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> EdgeAddress:
        if isinstance(value, EdgeAddress):
            return value
        match = _EDGE.fullmatch(str(value))
        if match is None:
            self.fail(f"{value!r} is not a Region, optionally followed by a colon and a port", param, ctx)
        port = int(match["port"]) if match["port"] else None
        if port is not None and not 1 <= port <= 65_535:
            self.fail(f"port {port} is not one of 1 to 65535", param, ctx)
        try:
            edge_location(match["region"])
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return EdgeAddress(match["region"], port)


class ResolveParameter(click.ParamType[Mapped]):
    """`HOST[:PORT]=ADDRESS[:PORT]`."""

    name = "HOST[:PORT]=ADDRESS[:PORT]"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Mapped:
        if isinstance(value, tuple):
            return value
        left, _, right = str(value).partition("=")
        match = _NAME.fullmatch(left)
        if match is None or not right:
            self.fail(f"{value!r} is not of the form {self.name}", param, ctx)
        port = int(match["port"] or HTTPS_PORT)
        try:
            address, own_port = split_target(right)
        except ValueError as error:
            self.fail(f"{right!r} {error}", param, ctx)
        return f"{match['host']}:{port}", (address, own_port or port)
