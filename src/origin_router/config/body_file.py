"""Reads the bodies of generated responses: a page belongs into a file of its own, and with the zip to the edge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from origin_router.config.check_response import BODY_BYTES
from origin_router.config.node import Node
from origin_router.config.problems import Finding, show
from origin_router.routing.config import RouterConfig


class BodyError(Exception):
    """A file that cannot be a body; the message says why."""


def read_bodies(root: Node, directory: Path) -> tuple[dict[str, str], list[Finding]]:
    """Return the bodies by pool, and what is wrong with the files that pools name."""
    bodies: dict[str, str] = {}
    findings: list[Finding] = []
    for name, pool in root.child("pools").entries():
        body_file = pool.child("response").child("body_file")
        if not body_file.read(str):
            continue
        try:
            bodies[name] = read_body(directory / body_file.read(str, ""))
        except BodyError as error:
            findings.append(Finding(body_file.location, str(error)))
    return bodies, findings


def with_bodies(router: RouterConfig, bodies: Mapping[str, str]) -> RouterConfig:
    """Return the configuration with these bodies in its pools."""
    pools = {
        name: replace(pool, response=replace(pool.response, body=bodies[name])) if name in bodies else pool
        for name, pool in router.pools.items()
    }
    return replace(router, pools=pools)


def read_body(path: Path) -> str:
    """Read one file. Raises BodyError."""
    try:
        with path.open("rb") as file:
            data = file.read(BODY_BYTES + 1)
    except OSError as error:
        raise BodyError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:  # a NUL in the name
        raise BodyError(f"{show(str(path))} is not a file name: {error}") from error
    if len(data) > BODY_BYTES:
        raise BodyError(f"{path} has more than the {BODY_BYTES} bytes that are built into the zip")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BodyError(f"{path} is not UTF-8 text") from error
