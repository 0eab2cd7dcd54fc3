"""Never a wrong number: whatever a freeze does, a latency that is believed is right."""

from __future__ import annotations

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from origin_router.edge.wakefulness import JIFFY_S, MIN_QUIET_S, NO_FREEZE_S, SURE_QUIET_S
from tests.support.worlds import Cycle, Reading, World, play

ALLOWED_S = 0.002
"""Beyond one jiffy: what figure F6 allows."""

SLOWEST_START_S = MIN_QUIET_S - JIFFY_S
"""What the rules assume of the time from the thaw to the handler's first line, however short the freeze."""

WORLDS = st.builds(
    World,
    freeze=st.sampled_from(["process", "machine"]),
    jiffy_s=st.sampled_from([0.001, 0.004, JIFFY_S]),
    phase_s=st.floats(0, JIFFY_S),
    does_lose=st.booleans(),
    stops=st.sampled_from(["no clock", "monotonic", "wall"]),
).map(lambda world: world if world.freeze == "machine" else World("process", world.jiffy_s, world.phase_s))
"""A stopped process does not stop clocks."""

SPANS = st.one_of(st.floats(0, 0.05), st.floats(0, 0.5), st.floats(0, 20))


@st.composite
def histories(draw: st.DrawFn) -> tuple[World, list[Cycle]]:
    """A world and some invocations; the longer the freeze before one, the longer its process may take to start."""
    world = draw(WORLDS)
    drawn: list[Cycle] = []
    away_s = 0.0
    for _ in range(draw(st.integers(2, 6))):
        slowest_s = max(SLOWEST_START_S, min(away_s, SURE_QUIET_S) - 2 * JIFFY_S)
        cycle = Cycle(
            startup_s=draw(st.one_of(st.floats(0, 0.002), st.floats(0, slowest_s))),
            handler_s=draw(st.floats(0, 0.01)),
            tail_s=draw(st.one_of(st.floats(0, 0.002), st.floats(0, 0.25))),
            frozen_s=draw(st.one_of(st.floats(0, 0.003), SPANS)),
            is_seen=draw(st.integers(0, 4)) > 0,
        )
        drawn.append(cycle)
        away_s = cycle.frozen_s
    return world, drawn


@settings(max_examples=1500, deadline=None)
@given(
    history=histories(),
    latency_s=SPANS.map(lambda span_s: span_s + 0.0002),
    send_share=st.floats(0, 1),
    is_sent_after_answer=st.booleans(),
    is_connect=st.booleans(),
)
def test_an_accepted_time_is_right_in_both_worlds(
    history: tuple[World, list[Cycle]],
    latency_s: float,
    send_share: float,
    is_sent_after_answer: bool,
    is_connect: bool,
) -> None:
    """Across a freeze within one jiffy and 2 ms, or it is withheld.

    Awake it may have been read late by as much as is not corrected, and held back in a freeze too short to count.
    """
    world, cycles = history
    reading = play(
        world,
        cycles,
        latency_s=latency_s,
        send_share=send_share,
        is_sent_after_answer=is_sent_after_answer,
        is_connect=is_connect,
    )
    assume(reading is not None)
    assert reading is not None
    event(reading.withheld or ("awake" if reading.was_awake else f"believed, {world.freeze}"))
    error_s = reading.took_s - reading.true_s
    if reading.withheld is None:
        assert -world.jiffy_s - ALLOWED_S <= error_s
        assert error_s <= world.jiffy_s + (JIFFY_S + NO_FREEZE_S if reading.was_awake else ALLOWED_S)


def away(frozen_s: float, *, startup_s: float = 0.001, tail_s: float = 0.001) -> list[Cycle]:
    """Two invocations with a freeze between."""
    first = Cycle(startup_s=0.001, handler_s=0.001, tail_s=tail_s, frozen_s=frozen_s)
    return [first, Cycle(startup_s=startup_s, handler_s=0.001, tail_s=0.001, frozen_s=0.0)]


def found(reading: Reading | None) -> Reading:
    """A reading that must be there."""
    assert reading is not None
    return reading


@pytest.mark.parametrize("jiffy_s", [0.001, 0.004, 0.01])
@pytest.mark.parametrize("latency_s", [0.0003, 0.001, 0.003, 0.03, 0.13, 0.9])
@pytest.mark.parametrize("phase_s", [0.0, 0.0012, 0.0023, 0.0035, 0.008])
def test_a_stopped_process_yields_latencies(jiffy_s: float, latency_s: float, phase_s: float) -> None:
    """The rules are not so strict that nothing is left: also of an origin that is nearer than a jiffy."""
    reading = found(play(World("process", jiffy_s, phase_s), away(2.0), latency_s=latency_s))

    assert reading.withheld is None
    assert reading.took_s == pytest.approx(latency_s, abs=jiffy_s + ALLOWED_S)


@pytest.mark.parametrize("frozen_s", [0.01, 0.06, 0.2, 1.0, 60.0])
def test_a_stopped_machine_yields_none(frozen_s: float) -> None:
    """However long it was stopped."""
    assert found(play(World("machine"), away(frozen_s), latency_s=0.005)).withheld == "arrived_at_thaw"


def test_a_slow_start_after_a_long_freeze_hides_nothing() -> None:
    """Half a second from the thaw to the handler, as on a starved machine."""
    reading = found(play(World("machine"), away(3.0, startup_s=0.5), latency_s=0.08))

    assert reading.withheld == "arrived_at_thaw"


def test_what_a_stopped_machine_got_before_it_stopped_is_believed() -> None:
    """An answer in the awake tail was stamped when it came."""
    reading = found(play(World("machine"), away(1.0, tail_s=0.05), latency_s=0.02))

    assert reading.withheld is None


def test_a_machine_whose_clocks_stood_still_is_recognised() -> None:
    """The wall clock ran on, the kernel's did not."""
    world = World("machine", stops="monotonic")
    reading = found(play(world, away(1.0, tail_s=0.2), latency_s=0.02))

    assert reading.withheld == "clocks_disagree"


def test_an_invocation_that_did_not_look_is_remembered() -> None:
    """What lay there at the second thaw may have been held back until the first."""
    first, second = away(0.5)
    unseen = Cycle(startup_s=0.001, handler_s=0.0, tail_s=0.001, frozen_s=2.0, is_seen=False)
    reading = found(play(World("machine"), [first, unseen, second], latency_s=0.1))

    assert reading.withheld == "several_freezes"
