"""Which running versions read the control document that orders are written to.

The configuration at hand says where orders go; each version that takes requests says where
it looks for them, and it may be older. What it was built from is kept in the router's
bucket; of a version that somebody brought there by other means nothing is known.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from origin_router.aws.attachment import REQUEST
from origin_router.aws.control_place import control_place
from origin_router.aws.naming import Names
from origin_router.aws.observe_distribution import list_distributions
from origin_router.aws.observe_function import observe_versions
from origin_router.aws.record import config_key
from origin_router.aws.session import Aws
from origin_router.aws.status import associations_of
from origin_router.aws.store import Store
from origin_router.routing.config import ControlConfig, RouterConfig


class Running(NamedTuple):
    """A version that takes requests of a distribution."""

    distribution: str
    version: str


class Unread(NamedTuple):
    """A running version that does not read these orders."""

    distribution: str
    version: str
    reads: str
    """Where it reads its orders instead; empty: nowhere."""


class Readers(NamedTuple):
    """What is known of those who should read orders."""

    running: tuple[Running, ...]
    unread: tuple[Unread, ...]

    @property
    def has_none(self) -> bool:
        """Whether it is certain that nobody reads them: with nothing running here, another account's may."""
        return bool(self.running) and len(self.unread) == len(self.running)


def observe_readers(aws: Aws, names: Names, config: RouterConfig) -> Readers:
    """Look what takes requests, and where that reads its orders."""
    found = {
        Running(each.distribution, each.version)
        for each in associations_of(list_distributions(aws), names)
        if each.trigger == REQUEST
    }
    running = tuple(sorted(found))
    if not running:
        return Readers((), ())
    places = _places(aws, names, {each.version for each in running})
    wanted = control_place(config.control)
    unread = (Unread(*each, places[each.version]) for each in running if each.version in places)
    return Readers(running, tuple(each for each in unread if each.reads != wanted))


def place_in(compiled: bytes) -> str | None:
    """Return where a compiled configuration has its control document: empty, nowhere; None, nobody can tell."""
    try:
        table: dict[str, Any] = json.loads(compiled).get("control", {})
        control = ControlConfig(**{name: table[name] for name in ("url", "bucket", "key") if name in table})
        return control_place(control) if control.bucket else control.url
    except (ValueError, AttributeError, TypeError):
        return None


def _places(aws: Aws, names: Names, versions: set[str]) -> dict[str, str]:
    """Return where versions read their orders, as far as their configurations were kept."""
    store = Store(aws, names)
    digests = {each.version: each.code_sha256 for each in observe_versions(aws, names)}

    def places() -> Iterator[tuple[str, str]]:
        for version in sorted(versions & digests.keys()):
            compiled = store.load_config(config_key(digests[version]))
            place = None if compiled is None else place_in(compiled)
            if place is not None:
                yield version, place

    return dict(places())
