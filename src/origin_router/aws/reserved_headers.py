"""Custom headers of a distribution's origins that have the names of the router's own. Pure.

The router writes a stamp on each request and reads its attempt from a placeholder. A custom
header of the same name, meant for an origin, would reach it with our value, or CloudFront
would send its value in place of the stamp.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from origin_router.aws.attachment import patterns, target_of
from origin_router.aws.document import items
from origin_router.aws.naming import PLACEHOLDER_PREFIX, Names
from origin_router.aws.placeholders import ATTEMPT_HEADER, custom_headers, origins_of

STAMP_HEADER = "x-origin-router"
"""Header by which the request trigger tells the response trigger what it decided."""

RESERVED = (STAMP_HEADER, ATTEMPT_HEADER)


class Clash(NamedTuple):
    """An origin that is sent a custom header of our name."""

    origin: str
    """Id in the distribution."""
    header: str
    """As the distribution writes it."""
    is_placeholder: bool

    @property
    def what(self) -> str:
        """Say what is wrong."""
        effect = (
            "the function passes it on, and it may take the place of the stamp that the router writes on requests"
            if self.is_placeholder
            else "behind the router the origin would get the router's own value, or none"
        )
        return f"is sent the custom header {self.header}, a name that the router uses itself: {effect}"

    @property
    def what_to_do(self) -> str:
        """Say how to go on."""
        return (
            f"Remove {self.header} from it, or give it another name"
            if self.is_placeholder
            else f"Give {self.header} another name, in the distribution and at the origin, or remove it"
        )


def clashes(
    config: Mapping[str, Any], names: Names, behaviors: Collection[str], hosts: Collection[str]
) -> Iterator[Clash]:
    """Yield those of our placeholders, of the origins of some behaviors, and of whatever serves some hosts."""
    served = {
        origin["Id"]
        for pattern in patterns(config)
        if pattern in behaviors
        for origin in origins_of(config, target_of(config, pattern))
    }
    for origin in items(config["Origins"]):
        id_ = origin["Id"]
        is_ours = names.is_ours(id_)
        if not is_ours and id_.startswith(PLACEHOLDER_PREFIX):  # another router's placeholder has its attempt by right
            continue
        if is_ours or id_ in served or origin["DomainName"] in hosts:
            reserved = (STAMP_HEADER,) if is_ours else RESERVED
            for header in custom_headers(origin):
                if header["HeaderName"].lower() in reserved:
                    yield Clash(id_, header["HeaderName"], is_ours)
