"""A name moves to another address while the environment lives: the router follows, whatever became of the old one."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from origin_router.routing.config import HealthConfig
from tests.integration.edge.conftest import Certificates
from tests.integration.edge.test_environment_on_sockets import Lab, started
from tests.support.edge import Names, config, origin, probe
from tests.support.origins import Origin, Script

SHORT = HealthConfig(ejection_s=1, ejection_max_s=1)
"""The documented time, the end of an ejection and `rise` probes a second apart, is 3.6 s here."""

PATIENCE_S = 20.0
"""For a busy machine; a router that kept its address would never come."""


class Moving:
    """`near` at an address of its own, `far` where it always is, and a place that `near` may move to."""

    def __init__(self, stack: ExitStack, certificates: Certificates) -> None:
        def serve(address: str, port: int = 0) -> Origin:
            return stack.enter_context(Origin(Script(), tls=certificates.good, address=address, port=port))

        self.old = serve("127.0.0.2")
        self.new = serve("127.0.0.3", self.old.port)
        self.far = stack.enter_context(Origin(Script(delay_s=0.1), tls=certificates.good))
        self.names = Names(far=self.far.port)
        self.names.set("near", ("127.0.0.2", self.old.port))
        self._stack = stack

    def refuse(self) -> None:
        """The old address refuses connections."""
        self.old.stop()

    def swallow(self) -> None:
        """The old address answers nothing any more: its queue is full, the kernel drops who wants in."""
        self.old.stop()
        listener = self._stack.enter_context(socket.socket())
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.2", self.old.port))
        listener.listen(0)
        for _ in range(4):
            filler = self._stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())

    def move(self) -> None:
        """The name leads to the new address."""
        self.names.set("near", ("127.0.0.3", self.new.port))


@contextmanager
def moving(certificates: Certificates, *, connection_max_age_s: int = 60) -> Iterator[tuple[Lab, Moving]]:
    """An environment that has chosen `near`."""
    with ExitStack() as stack:
        place = Moving(stack, certificates)
        limits = probe(connect_timeout_ms=300, connection_max_age_s=connection_max_age_s)
        routed = config(origin("near"), origin("far"), probe=limits, health=SHORT, refresh_s=1.0)
        lab = stack.enter_context(started(routed, place.names, certificates))
        lab.requests_until(lambda chosen: chosen == "near", limit_s=PATIENCE_S)
        yield lab, place


@pytest.mark.parametrize("die", [Moving.refuse, Moving.swallow])
def test_a_name_that_leaves_a_dead_address_is_followed(
    certificates: Certificates, die: Callable[[Moving], None]
) -> None:
    """Ejected at the old address; as soon as the ejection is over the name is looked up anew."""
    with moving(certificates) as (lab, place):
        die(place)
        lab.requests_until(
            lambda _: any(line["after"] == "ejected" for line in lab.events("health")), pause_s=0.02, limit_s=PATIENCE_S
        )
        assert lab.request() == "far"

        place.move()
        lab.requests_until(lambda chosen: chosen == "near", pause_s=0.02, limit_s=PATIENCE_S)

    assert place.new.seen.requests
    assert [line["after"] for line in lab.events("health") if line["origin"] == "near"][-2:] == ["probation", "serving"]


def test_a_name_that_leaves_an_address_that_is_alive_is_followed(certificates: Certificates) -> None:
    """Nothing fails there, so the age of the kept connection has to tell; then all probes move."""
    with moving(certificates, connection_max_age_s=1) as (lab, place):
        place.move()
        lab.requests_until(lambda _: len(place.new.seen.requests) >= 2, pause_s=0.02, limit_s=PATIENCE_S)
        asked_at_the_old = len(place.old.seen.requests)
        lab.requests_until(lambda _: len(place.new.seen.requests) >= 4, pause_s=0.02, limit_s=PATIENCE_S)

    assert asked_at_the_old == len(place.old.seen.requests)


def test_a_name_that_stops_to_resolve_and_comes_back_elsewhere(certificates: Certificates) -> None:
    """Gone from the DNS while its address dies, then there again: a failed look-up is an outcome like any other."""
    with moving(certificates) as (lab, place):
        place.refuse()
        place.names.set("near")
        lab.requests_until(
            lambda _: "dns" in [line["outcome"] for line in lab.events("probe")], pause_s=0.02, limit_s=PATIENCE_S
        )
        lab.requests_until(lambda chosen: chosen == "far", limit_s=PATIENCE_S)

        place.move()
        lab.requests_until(lambda chosen: chosen == "near", pause_s=0.02, limit_s=PATIENCE_S)
