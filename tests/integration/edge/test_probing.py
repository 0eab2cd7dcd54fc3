"""One measurement of every origin, as commands ask for it."""

from __future__ import annotations

from origin_router.edge.probing import probe_once
from origin_router.routing.model import Outcome
from tests.integration.edge.conftest import Certificates
from tests.support.edge import config, origin, pool, probe
from tests.support.origins import Origin, Script, unused_port


def test_every_origin_has_its_report(certificates: Certificates) -> None:
    """In the configuration's order, those that share a measurement included; times only of phases that were reached."""
    with (
        Origin(Script(delay_s=0.02), tls=certificates.good) as near,
        Origin(Script(is_silent=True), tls=certificates.good) as far,
    ):
        ports = {"near.test": near.port, "far.test": far.port, "gone.test": unused_port()}
        names = ("gone", "far", "near")
        reports = probe_once(
            config(
                *map(origin, names),
                probe=probe(response_timeout_ms=100),
                others={"api": pool(origin("near"), probe=probe(response_timeout_ms=100))},
            ),
            resolve=lambda host, port: [("127.0.0.1", ports[host])],
            ca_file=certificates.authority.ca_file,
        )

    assert [(each.pool, each.origin, each.outcome) for each in reports] == [
        ("web", "gone", Outcome.REFUSED),
        ("web", "far", Outcome.RESPONSE_TIMEOUT),
        ("web", "near", Outcome.OK),
        ("api", "near", Outcome.OK),
    ]
    gone, _, good, _ = reports
    assert (gone.connect_ms, gone.tls_ms, gone.response_ms, gone.status) == (None, None, None, None)
    assert good.status == 200
    assert good.tls_ms is not None
    assert good.response_ms is not None
    assert good.response_ms >= 20
    assert len(near.seen.requests) == 1


def test_names_are_the_systems_unless_given() -> None:
    """Nothing given, or nothing for this name."""
    with Origin() as server:
        local = config(origin("a", host="localhost", protocol="http", port=server.port))
        reports = probe_once(local) + probe_once(local, resolve=lambda host, port: [])

    assert [each.outcome for each in reports] == [Outcome.OK, Outcome.OK]


def test_an_ipv6_address_may_be_given() -> None:
    """Where IPv6 does not work that is what is found out."""
    (report,) = probe_once(config(origin("a", protocol="http")), resolve=lambda host, port: [("::1", unused_port())])

    assert report.outcome in (Outcome.REFUSED, Outcome.UNREACHABLE)
