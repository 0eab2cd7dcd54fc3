"""The connection of a probe is kept, renewed and replaced, and none of that is mistaken for a failure."""

from __future__ import annotations

import itertools
import ssl
import time
from functools import partial

import pytest

from origin_router.edge.lane import Lane
from origin_router.edge.prober import Prober
from origin_router.edge.resolver import Resolver
from origin_router.edge.target import target_of
from origin_router.edge.wakefulness import Wakefulness
from origin_router.routing.model import Outcome
from tests.integration.edge.conftest import Certificates
from tests.support.edge import LIMIT_S, Names, ask, config, everything, origin, pool, probe, probing, ref, step_until
from tests.support.invocations import Invocations, SkippingClock
from tests.support.origins import Origin, Script, unused_port

WEB = ref("origin")


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"method": "HEAD"}, id="head"),
        pytest.param({"method": "GET", "path": "/alive?a=b"}, id="get"),
    ],
)
def test_one_connection_carries_many_probes(certificates: Certificates, fields: dict[str, str]) -> None:
    """Also where answers have bodies."""
    with (
        Origin(Script(body=b"x" * 50_000), tls=certificates.good) as server,
        probing(
            config(origin("origin", path="/v1"), probe=probe(**fields)),
            Names(origin=server.port),
            certificates.authority.context,
        ) as prober,
    ):
        exchanges = [ask(prober)[WEB] for _ in range(3)]

    assert [each.outcome for each in exchanges] == [Outcome.OK] * 3
    assert [each.connect_s is None for each in exchanges] == [False, True, True]
    assert server.seen.connections == 1
    assert server.seen.requests[0].split(b"\r\n")[:3] == [
        b"%s /v1%s HTTP/1.1" % (fields["method"].encode(), fields.get("path", "/").encode()),
        b"Host: origin.test",
        b"User-Agent: cloudfront-origin-router",
    ]


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(Script(is_closing=True), id="connection-close"),
        pytest.param(Script(pieces=(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab",)), id="more-than-announced"),
        pytest.param(Script(pieces=(b"HTTP/1.1 200 OK\r\n\r\nabc",)), id="a-body-without-end"),
    ],
)
def test_a_connection_that_is_no_longer_usable_is_replaced(script: Script) -> None:
    """An answer is an answer; the next probe finds another connection, opened meanwhile."""
    asked = config(origin("origin", protocol="http"), probe=probe(method="GET"))
    with Origin(script) as server, probing(asked, Names(origin=server.port)) as prober:
        outcomes = [ask(prober)[WEB].outcome for _ in range(2)]

    assert outcomes == [Outcome.OK, Outcome.OK]
    assert [request[:3] for request in server.seen.requests] == [b"GET", b"GET"]
    assert server.seen.connections in (2, 3)  # the last one is opened, but may not have been accepted yet


@pytest.mark.parametrize("protocol", ["http", "https"])
@pytest.mark.parametrize("does_reset", [False, True])
def test_closed_while_idle_is_asked_again_without_a_failure(
    certificates: Certificates, protocol: str, does_reset: bool
) -> None:
    """Many origins close what has been idle for a while; the probe finds out when it writes."""
    with (
        Origin(tls=certificates.good if protocol == "https" else None) as server,
        probing(
            config(origin("origin", protocol=protocol)), Names(origin=server.port), certificates.authority.context
        ) as prober,
    ):
        ask(prober)
        server.hang_up(does_reset=does_reset)
        time.sleep(0.02)
        exchange = ask(prober)[WEB]

    assert (exchange.outcome, exchange.withheld) == (Outcome.OK, None)
    assert server.seen.connections == 2


def test_a_connection_that_was_opened_in_advance_may_be_closed_while_idle_too() -> None:
    """It has carried no request yet, and was not refused one either."""
    asked = config(origin("origin", protocol="http"))
    with Origin(Script(is_closing=True)) as server, probing(asked, Names(origin=server.port)) as prober:
        ask(prober)
        step_until(prober, lambda _: server.seen.connections == 2 and not prober.is_busy)
        server.hang_up(does_reset=False)
        time.sleep(0.02)

        assert ask(prober)[WEB].outcome is Outcome.OK


def test_closed_on_the_request_is_asked_again_once() -> None:
    """A fresh connection that is closed on the request, too, is a failure."""
    asked = config(origin("origin", protocol="http"))
    with Origin() as server, probing(asked, Names(origin=server.port)) as prober:
        ask(prober)
        server.script.raw = b""
        exchange = ask(prober)[WEB]

    assert exchange.outcome is Outcome.PROTOCOL
    assert len(server.seen.requests) == 3


def test_an_answer_that_breaks_off_is_a_failure_on_a_kept_connection_too() -> None:
    """It had begun: the peer did not close while idle."""
    asked = config(origin("origin", protocol="http"))
    with Origin() as server, probing(asked, Names(origin=server.port)) as prober:
        ask(prober)
        server.script.raw = b"HTTP/1.1 200"
        exchange = ask(prober)[WEB]

    assert exchange.outcome is Outcome.PROTOCOL
    assert server.seen.connections == 1


def test_an_origin_that_falls_silent_fails_with_its_first_timeout() -> None:
    """A kept connection over which no answer comes is not one that the peer closed: nobody is asked twice."""
    asked = config(origin("origin", protocol="http"), probe=probe(response_timeout_ms=100))
    with Origin() as server, probing(asked, Names(origin=server.port)) as prober:
        ask(prober)
        server.script.is_silent = True
        exchange = ask(prober)[WEB]

    assert exchange.outcome is Outcome.RESPONSE_TIMEOUT
    assert server.seen.connections == 1


def _stands(prober: Prober, server: Origin, connections: int, _: object) -> bool:
    return server.seen.connections == connections and not prober.is_busy


def test_an_idle_connection_that_ends_is_replaced_at_once() -> None:
    """The replacement stands before the next probe, which then needs no handshake; and so after each probe."""
    asked = config(origin("origin", protocol="http"))
    with Origin() as server, probing(asked, Names(origin=server.port)) as prober:
        for connections in (2, 3):
            ask(prober)
            server.hang_up()
            is_replaced = partial(_stands, prober, server, connections)
            step_until(prober, is_replaced)
        exchange = ask(prober)[WEB]

    assert exchange.outcome is Outcome.OK
    assert server.seen.connections == 3


def test_unasked_bytes_cost_the_connection() -> None:
    """What speaks out of turn cannot be trusted with the next request."""
    asked = config(origin("origin", protocol="http"))
    script = Script(closes_idle_after_s=0.05, farewell=b"HTTP/1.1 408 Bye\r\n\r\n")
    with Origin(script) as server, probing(asked, Names(origin=server.port)) as prober:
        ask(prober)
        step_until(prober, lambda _: server.seen.connections == 2)

        assert ask(prober)[WEB].outcome is Outcome.OK


def test_an_origin_that_is_gone_is_noticed_without_a_probe() -> None:
    """The replacement of a connection that ended is refused: we know before the next measurement is due."""
    asked = config(origin("origin", protocol="http"))
    with Origin() as server, probing(asked, Names(origin=server.port)) as prober:
        ask(prober)
        server.stop()
        reports = step_until(prober, bool)

    assert [report.exchange.outcome for report in reports] == [Outcome.REFUSED]


def test_replacing_idle_connections_has_an_end() -> None:
    """An origin that closes whatever is idle is not connected to over and over: one replacement per probe."""
    asked = config(origin("origin", protocol="http"))
    with Origin(Script(closes_idle_after_s=0.02)) as server, probing(asked, Names(origin=server.port)) as prober:
        ask(prober)
        stop_at = time.monotonic() + 0.2
        step_until(prober, lambda _: time.monotonic() > stop_at)

    assert server.seen.connections == 2


def test_a_connection_over_age_is_renewed_and_follows_the_name() -> None:
    """The record changed: from then on the new address is measured."""
    clock = SkippingClock()
    asked = config(origin("origin", protocol="http"), probe=probe(connection_max_age_s=60))
    with Origin() as old, Origin(Script(status=204)) as new:
        names = Names(origin=old.port)
        with probing(asked, names, clock=clock) as prober:
            statuses = [ask(prober, clock=clock)[WEB].status]
            names.set("origin", ("127.0.0.1", new.port))
            for seconds in (59.0, 2.0):
                clock.skip(seconds)
                statuses.append(ask(prober, clock=clock)[WEB].status)

    assert statuses == [200, 200, 204]
    assert old.seen.connections == 1


@pytest.mark.parametrize("method", ["HEAD", "TCP"])
def test_a_dead_one_of_two_addresses_is_left(method: str) -> None:
    """It counts as one failure; after that the address that works is kept."""
    asked = config(origin("origin", protocol="http"), probe=probe(method=method))
    with Origin(Script(is_closing=True)) as server:
        names = Names()
        names.set("origin", ("127.0.0.1", unused_port()), ("127.0.0.1", server.port))
        with probing(asked, names) as prober:
            outcomes = [ask(prober)[WEB].outcome for _ in range(4)]

    assert outcomes == [Outcome.REFUSED, Outcome.OK, Outcome.OK, Outcome.OK]


def test_tcp_probes_only_connect(certificates: Certificates) -> None:
    """No TLS, no request, no kept connection; the time to connect is the latency."""
    asked = config(origin("origin"), probe=probe(method="TCP"))
    with Origin(tls=certificates.good) as server, probing(asked, Names(origin=server.port)) as prober:
        exchanges = [ask(prober)[WEB] for _ in range(2)]

    assert [(each.outcome, each.status, each.tls_s) for each in exchanges] == [(Outcome.OK, None, None)] * 2
    assert all(each.response_s is not None and each.response_s < 0.05 for each in exchanges)
    assert server.seen.requests == []


def test_two_pools_that_share_a_target_share_its_probe() -> None:
    """One connection, one request, and both learn from it; another probe path is another target."""
    shared = origin("origin", protocol="http")
    other = pool(shared, origin("origin", id="deep", protocol="http", path="/deep"), band_ms=3)
    asked = config(shared, others={"api": other})
    with Origin() as server, probing(asked, Names(origin=server.port)) as prober:
        ended = ask(prober, [WEB])

        assert set(ended) == {WEB, ref("origin", "api")}
        assert len(server.seen.requests) == 1

        started = prober.launch(everything(prober), budget_s=1)

    assert sorted(started) == sorted([WEB, ref("origin", "api"), ref("deep", "api")])


def test_a_probe_under_way_is_not_started_again() -> None:
    """At most one per target, however often it is due."""
    asked = config(origin("origin", protocol="http"))
    with Origin(Script(delay_s=0.1)) as server, probing(asked, Names(origin=server.port)) as prober:
        assert prober.launch([WEB]) == [WEB]
        assert prober.launch([WEB]) == []
        assert ask(prober, [WEB])[WEB].outcome is Outcome.OK

    assert len(server.seen.requests) == 1


def test_a_launch_has_a_budget() -> None:
    """What does not fit into it is left to the next invocation."""
    asked = config(*(origin(name, protocol="http") for name in ("a", "b", "c")))
    with probing(asked, Names()) as prober:
        assert prober.launch(everything(prober), budget_s=0.0) == [ref("a")]
        assert prober.launch(everything(prober), budget_s=1.0) == [ref("b"), ref("c")]


def test_a_step_reads_all_answers_that_are_there() -> None:
    """However small its budget: an answer that is left lying sees another freeze, and its time is lost."""
    ticks = itertools.count()  # each look at the clock takes 1 ms: all budgets are spent at once
    names = ("a", "b", "c", "d")
    patient = probe(connect_timeout_ms=30_000, response_timeout_ms=30_000)
    asked = config(*(origin(name, protocol="http", path=f"/{name}") for name in names), probe=patient)
    with (
        Origin(Script(delay_s=0.3)) as server,
        probing(asked, Names(**dict.fromkeys(names, server.port)), clock=lambda: next(ticks) / 1000) as prober,
    ):
        prober.launch(everything(prober), budget_s=LIMIT_S)
        step_until(prober, lambda _: len(server.seen.requests) == len(names))
        time.sleep(0.4)

        assert len(prober.step()) == len(names)


@pytest.mark.parametrize("protocol", ["http", "https"])
def test_a_connection_opened_step_by_step_over_freezes_is_no_timeout(certificates: Certificates, protocol: str) -> None:
    """Each phase ends in another invocation, long after its limit: that is the freeze's doing, not the origin's."""
    clock = SkippingClock()
    invocations = Invocations(clock)
    with (
        Origin(tls=certificates.good if protocol == "https" else None) as server,
        probing(
            config(origin("origin", protocol=protocol)),
            Names(origin=server.port),
            certificates.authority.context,
            awake=invocations.awake,
            clock=clock,
        ) as prober,
    ):
        for _ in range(3):
            invocations.invoke(prober, [WEB])
            (report,) = invocations.invoke_until_reported(prober, away_s=0.02, skip_s=10.0)
            assert (report.exchange.outcome, report.exchange.status) == (Outcome.OK, 200)
            clock.skip(120.0)  # over age


def test_a_look_up_that_runs_only_while_we_are_awake_is_no_timeout() -> None:
    """Its thread is frozen too: it may need several invocations for what takes a millisecond, and takes no patience
    from the phases after it."""
    clock = SkippingClock()
    invocations = Invocations(clock)
    with Origin(Script(delay_s=0.06)) as server:
        names = Names(origin=server.port)
        names.hang("origin")
        asked = config(origin("origin", protocol="http"))
        with probing(asked, names, awake=invocations.awake, clock=clock) as prober:
            invocations.invoke(prober, [WEB])
            for _ in range(2):
                clock.skip(10.0)
                assert invocations.invoke(prober) == []
            names.release()
            (report,) = invocations.invoke_until_reported(prober, away_s=0.05, skip_s=10.0)

    assert report.exchange.outcome is Outcome.OK


@pytest.mark.parametrize(
    ("script", "does_hang", "outcome"),
    [
        pytest.param(Script(is_silent=True), False, Outcome.RESPONSE_TIMEOUT, id="silent"),
        pytest.param(Script(), True, Outcome.DNS, id="look-up-hangs"),
        pytest.param(Script(is_stalling_tls=True), False, Outcome.CONNECT_TIMEOUT, id="stalled-handshake"),
    ],
)
def test_what_hangs_is_found_out_over_freezes(
    certificates: Certificates, script: Script, does_hang: bool, outcome: Outcome
) -> None:
    """Being patient has an end: a few invocations later it is a failure."""
    clock = SkippingClock()
    invocations = Invocations(clock)
    with Origin(script, tls=certificates.good) as server:
        names = Names(origin=server.port)
        if does_hang:
            names.hang("origin")
        with probing(
            config(origin("origin")), names, certificates.authority.context, awake=invocations.awake, clock=clock
        ) as prober:
            invocations.invoke(prober, [WEB])
            (report,) = invocations.invoke_until_reported(prober, away_s=0.02, skip_s=10.0, at_most=8)

    assert report.exchange.outcome is outcome


def test_what_hangs_is_found_out_soon_while_awake() -> None:
    """Overdue at the thaw, then given a moment in which a stopped machine delivers what it held back."""
    clock = SkippingClock()
    invocations = Invocations(clock)
    asked = config(origin("origin", protocol="http"))
    with Origin() as server, probing(asked, Names(origin=server.port), awake=invocations.awake, clock=clock) as prober:
        ask(prober, clock=clock)
        server.script.is_silent = True
        invocations.invoke(prober, [WEB])
        clock.skip(10.0)
        invocations.awake.wake(clock.both())
        began_at = time.monotonic()
        exchange = ask(prober, [], clock=clock)[WEB]

    assert exchange.outcome is Outcome.RESPONSE_TIMEOUT
    assert time.monotonic() - began_at > 0.04


def test_how_long_an_origin_has_not_answered() -> None:
    """While we were awake all the time: across a freeze nobody knows."""
    invocations = Invocations(SkippingClock())
    asked = config(origin("origin", protocol="http"))
    with (
        Origin(Script(is_silent=True)) as server,
        probing(asked, Names(origin=server.port), awake=invocations.awake) as prober,
    ):
        prober.launch([WEB])
        assert prober.unanswered() == []
        step_until(prober, lambda _: bool(server.seen.requests))
        time.sleep(0.03)
        ((asked_ref, waited_s),) = prober.unanswered()
        invocations.invoke(prober)

        assert asked_ref == WEB
        assert waited_s >= 0.03
        assert prober.unanswered() == []


def test_a_lane_without_a_connection_has_nothing_to_tell() -> None:
    """Before its first probe, and after it was closed."""
    target = target_of(origin("origin"), probe())
    resolver = Resolver(Names().lookup)
    clock = SkippingClock()
    lane = Lane(target, [WEB], resolver, lambda stream, _: stream, Wakefulness(clock.both()), clock)

    assert (lane.advance(), lane.fd) == (None, -1)
    lane.launch()
    lane.close()
    resolver.close()
    assert (lane.advance(), lane.fd, lane.is_probing) == (None, -1, False)


class Reluctant(ssl.SSLSocket):
    """Cannot write at first, as when the kernel's buffer is full."""

    is_reluctant = True

    def do_handshake(self, block: bool = False) -> None:
        if self.is_reluctant:
            self.is_reluctant = False
            raise ssl.SSLWantWriteError
        super().do_handshake()


def test_a_handshake_that_cannot_write_waits_for_that(certificates: Certificates) -> None:
    """Not for something to read, which would never come."""
    context = certificates.authority.context()
    context.sslsocket_class = Reluctant
    with (
        Origin(tls=certificates.good) as server,
        probing(config(origin("origin")), Names(origin=server.port), lambda: context) as prober,
    ):
        assert ask(prober)[WEB].outcome is Outcome.OK
