"""Links of real packets, measured by the kernel: round trips, loss, blackholes, refusals, and changes while running.

Lower bounds are exact, since packets cannot arrive early. Upper bounds are wide, since a busy machine may be late.
"""

from __future__ import annotations

import asyncio
import random

import pytest

from origin_router.emulator.links import CALM, LinkCondition
from tests.support.packets import EDGE, carrier_before, connect, echo_server, kernel_times, say

RTT_S = 0.08
DISTANT = LinkCondition(round_trip_ms=80)
EARLY_S = 0.001
"""How much earlier than due something may seem to arrive: clocks are read at different places."""

GIVE_UP_S = 0.4
"""How long a test waits for what must not come: five round trips."""


async def test_the_kernel_measures_the_configured_round_trip() -> None:
    """Of five connections the fastest: `tcpi_rtt` and the time of connecting are one round trip, not two."""
    async with echo_server() as origin, carrier_before(origin, far=DISTANT, near=CALM) as carrier:
        times = []
        for _ in range(5):
            client, connect_s = await connect(carrier, "far")
            with client:
                times.append((connect_s, kernel_times(client).rtt_s))
        client, near_s = await connect(carrier, "near")
        client.close()
    connect_s, rtt_s = min(times)

    assert RTT_S - EARLY_S <= connect_s < 2 * RTT_S
    assert RTT_S - EARLY_S <= rtt_s < 2 * RTT_S
    assert near_s < min(each for each, _ in times)


async def test_an_exchange_takes_one_more_round_trip() -> None:
    """And everything arrives, in both directions, also what does not fit into one window."""
    message = random.Random(1).randbytes(500_000)
    async with echo_server() as origin, carrier_before(origin, far=DISTANT) as carrier:
        client, _ = await connect(carrier, "far")
        with client:
            began = asyncio.get_running_loop().time()
            heard = await say(client, b"x")
            took_s = asyncio.get_running_loop().time() - began
            heard_more = await say(client, message)

    assert heard == b"x"
    assert took_s >= RTT_S - EARLY_S
    assert heard_more == message


@pytest.mark.parametrize(
    "condition",
    [LinkCondition(is_blackholed=True), LinkCondition(loss_pct=100)],
    ids=["blackhole", "all is lost"],
)
async def test_where_nothing_arrives_connecting_runs_into_its_timeout(condition: LinkCondition) -> None:
    """No refusal, no reset: silence, which is what CloudFront's connection timeout is about."""
    async with echo_server() as origin, carrier_before(origin, lost=condition, other=CALM) as carrier:
        with pytest.raises(TimeoutError):
            await connect(carrier, "lost", GIVE_UP_S)
        client, _ = await connect(carrier, "other")
        client.close()


async def test_a_blackhole_swallows_a_connection_that_stands_until_it_ends() -> None:
    """Nothing is reset: the kernel sends again, and what was said meanwhile is heard in the end."""
    async with echo_server() as origin, carrier_before(origin, far=CALM) as carrier:
        client, _ = await connect(carrier, "far")
        with client:
            assert await say(client, b"before") == b"before"
            carrier.set_condition(EDGE, "far:443", LinkCondition(is_blackholed=True))
            asking = asyncio.ensure_future(say(client, b"during"))
            done, _ = await asyncio.wait([asking], timeout=GIVE_UP_S)
            assert not done
            carrier.set_condition(EDGE, "far:443", CALM)

            assert await asking == b"during"
            assert kernel_times(client).retransmits > 0


async def test_loss_costs_retransmissions_and_no_data() -> None:
    """One packet of ten is lost each way; all bytes arrive, since the kernels send them again."""
    message = random.Random(2).randbytes(600_000)
    lossy = LinkCondition(round_trip_ms=4, loss_pct=10)
    async with echo_server() as origin, carrier_before(origin, lossy=CALM) as carrier:
        client, _ = await connect(carrier, "lossy")
        carrier.set_condition(EDGE, "lossy:443", lossy)
        with client:
            heard = await say(client, message)
            retransmits = kernel_times(client).retransmits

    assert heard == message
    assert retransmits > 5


async def test_a_refusal_is_the_kernels_and_takes_one_round_trip() -> None:
    """Connecting is refused, not accepted and reset; what stands is reset; afterwards all is as before."""
    async with echo_server() as origin, carrier_before(origin, far=DISTANT) as carrier:
        standing, _ = await connect(carrier, "far")
        carrier.set_condition(EDGE, "far:443", LinkCondition(round_trip_ms=80, is_refused=True))
        began = asyncio.get_running_loop().time()
        with pytest.raises(ConnectionRefusedError):
            await connect(carrier, "far")
        took_s = asyncio.get_running_loop().time() - began
        with standing, pytest.raises(ConnectionResetError):
            await say(standing, b"x")
        carrier.set_condition(EDGE, "far:443", DISTANT)
        client, _ = await connect(carrier, "far")
        with client:
            assert await say(client, b"again") == b"again"

    assert took_s >= RTT_S - EARLY_S


async def test_a_link_is_refused_from_the_beginning_if_it_says_so() -> None:
    """The condition that a link starts with counts like a later one."""
    refused = LinkCondition(is_refused=True)
    async with echo_server() as origin, carrier_before(origin, shut=refused) as carrier:
        with pytest.raises(ConnectionRefusedError):
            await connect(carrier, "shut")


async def test_an_origin_that_refuses_is_refused_over_the_link_too() -> None:
    """The first connection finds out and is reset; from then on the far end refuses, until the origin accepts."""
    async with echo_server() as origin:
        pass  # closed again: nobody listens there
    async with carrier_before(origin, far=CALM) as carrier:
        first, _ = await connect(carrier, "far")
        with first, pytest.raises(ConnectionResetError):
            await say(first, b"x")
        with pytest.raises(ConnectionRefusedError):
            await connect(carrier, "far")


async def test_a_round_trip_changes_while_connections_stand() -> None:
    """Longer, then shorter: new and standing connections feel it at once."""
    loop = asyncio.get_running_loop()
    async with echo_server() as origin, carrier_before(origin, far=CALM) as carrier:
        standing, _ = await connect(carrier, "far")
        with standing:
            carrier.set_condition(EDGE, "far:443", LinkCondition(round_trip_ms=150))
            client, longer_s = await connect(carrier, "far")
            client.close()
            began = loop.time()
            await say(standing, b"x")
            exchange_s = loop.time() - began
            carrier.set_condition(EDGE, "far:443", LinkCondition(round_trip_ms=20))
            times = []
            for _ in range(5):
                client, shorter_s = await connect(carrier, "far")
                client.close()
                times.append(shorter_s)

    assert longer_s >= 0.15 - EARLY_S
    assert exchange_s >= 0.15 - EARLY_S
    assert min(times) < 0.15


async def test_many_connections_at_once_on_many_links() -> None:
    """Each arrives at its own link's end, and none waits for another."""
    conditions = {f"o{number}": LinkCondition(round_trip_ms=10 * number) for number in range(8)}
    async with echo_server() as origin, carrier_before(origin, **conditions) as carrier:

        async def ask(name: str, number: int) -> bool:
            message = f"{name} {number}".encode() * 500
            client, _ = await connect(carrier, name)
            with client:
                return await say(client, message) == message

        answers = await asyncio.gather(*(ask(name, number) for name in conditions for number in range(20)))

    assert answers == [True] * 160
