"""What is modelled of the edge is held against the edge's own code, which the simulator may not import."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from origin_router.edge import wakefulness
from origin_router.edge.exchange import Phase
from origin_router.edge.moments import Moments as EdgeMoments
from origin_router.edge.tcp_info import KernelTimes
from origin_router.edge.timing import Patience
from origin_router.routing.config import OriginConfig, ProbeConfig
from origin_router.routing.model import OriginRef
from origin_router.simulator.chance import stream
from origin_router.simulator.flight import Flight, Wakefulness
from origin_router.simulator.geography import RoundTrips
from origin_router.simulator.moments import Moments
from origin_router.simulator.probes import OVERDUE_THAWS, Probes
from origin_router.simulator.world import View
from tests.support.simulated import world

REFS = [OriginRef("web", "eu"), OriginRef("web", "us")]

NEWS = st.lists(
    st.tuples(st.sampled_from(["note", "request", "wait"]), st.sampled_from(REFS), st.booleans(), st.floats(0, 400)),
    max_size=60,
)


@given(NEWS, st.booleans())
def test_the_moment_is_chosen_as_the_edge_chooses_it(news: list[tuple[str, OriginRef, bool, float]], can: bool) -> None:
    """Whatever comes, in whatever order."""
    ours, edges = Moments(can_stay_awake=can, wait_share=0.3), EdgeMoments(can_stay_awake=can, wait_share=0.3)
    now = 1e9
    for kind, ref, is_withheld, pause_s in news:
        now += pause_s
        if kind == "note":
            ours.note(ref, "arrived_at_thaw" if is_withheld else None, now)
            edges.note(ref, "arrived_at_thaw" if is_withheld else None, now)
        elif kind == "wait":
            assert ours.may_wait() == edges.may_wait()
        else:
            ours.request(now)
            if edges.current != "frozen":
                edges.retry(now)
                if edges.current != "frozen":
                    edges.count_request()
        assert ours.current == edges.current


@given(
    took_s=st.floats(0.001, 3),
    away_s=st.floats(0.006, 20),
    is_resent=st.booleans(),
    freezes=st.integers(1, 3),
    freeze=st.sampled_from(["process", "vm"]),
)
def test_a_latency_is_believed_as_the_edge_believes_it(
    took_s: float, away_s: float, is_resent: bool, freezes: int, freeze: str
) -> None:
    """A request sent at 0, just before the environment is frozen; the edge reads the kernel's stamps at the thaw."""
    view = View(world(), "eu-west-1", RoundTrips())
    probes = Probes(view, ProbeConfig(), {each: OriginConfig(id="eu", host="eu") for each in REFS}, freeze, stream(1))
    awake, edge_awake = Wakefulness(0.0), wakefulness.Wakefulness(wakefulness.Clocks(0.0, 0.0))
    flight = Flight(REFS[0], 1, 1)
    flight.sent_at_s, flight.arrives_at_s, flight.epoch, flight.is_resent = 0.0, min(took_s, away_s), 0, is_resent
    for number in range(freezes):
        at_s = away_s + number * 0.01  # away for less than 5 ms is no freeze
        awake.wake(at_s)
        edge_awake.wake(wakefulness.Clocks(at_s, at_s))
        if number < freezes - 1:
            awake.asleep_since_s = at_s
            edge_awake.sleep(wakefulness.Clocks(at_s, at_s))
    seen_s = away_s if freeze == "vm" else flight.arrives_at_s
    kernel = KernelTimes(0.0, 0.0, 0.0, int(is_resent))
    theirs = wakefulness.doubt(wakefulness.Sent(0.0, 0, 0), seen_s, kernel, edge_awake)

    assert (probes._doubt(flight, awake) is None) == (theirs is None)


@given(
    phase=st.sampled_from([(3, Phase.CONNECTING), (2, Phase.HANDSHAKING), (1, Phase.AWAITING)]),
    began_in=st.integers(0, 1),
    looks=st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=12),
)
def test_there_is_as_much_patience_as_at_the_edge(
    phase: tuple[int, Phase], began_in: int, looks: list[tuple[int, bool]]
) -> None:
    """With what is overdue: looked at again and again, awake or after another freeze.

    After so many 64ths of a second: no sum of them is the patience itself, where rounding would decide.
    """
    stages, edges_phase = phase
    flight, patience, awake = Flight(REFS[0], 0, stages), Patience(), Wakefulness(0.0)
    flight.epoch, flight.limit_at_s, awake.epoch, at_s = began_in, 0.0, 1, 0.0
    for pause, is_after_freeze in looks:
        at_s += pause / 64
        awake.epoch += is_after_freeze

        theirs = patience.is_over(edges_phase, began_in, awake.epoch, at_s)
        assert flight.is_over(at_s, awake, OVERDUE_THAWS[stages]) == theirs


@given(st.floats(0.0, 0.02))
def test_a_moment_away_is_no_freeze_at_the_edge_either(away_s: float) -> None:
    """What was held back was not held back for longer."""
    ours, edges = Wakefulness(0.0), wakefulness.Wakefulness(wakefulness.Clocks(0.0, 0.0))
    ours.wake(away_s)
    edges.wake(wakefulness.Clocks(away_s, away_s))

    assert (ours.epoch, ours.slept_s) == (edges.epoch, edges.slept_s)
