"""Frozen for real: a process that is stopped between invocations, with its network running on or held back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from origin_router.emulator.relay import Relay
from origin_router.routing.config import RouterConfig
from tests.integration.edge.conftest import Certificates
from tests.support.edge import config, origin, probe
from tests.support.extensions_api import ExtensionsApi
from tests.support.freezer import FrozenChild, Invocation, frozen_child
from tests.support.jiffy import jiffy_s
from tests.support.origins import Origin, Script

FROZEN_S = 0.8
HELD_S = 0.3
"""Long enough for the farther origin to answer."""

REFRESH_S = 0.08
"""Measurements are due at every invocation, also of an origin that is three times as far as the nearest."""

ALLOWED_S = 0.002
"""Figure F6: beyond a jiffy."""

DELAYS_S = {"near": 0.03, "far": 0.13}


def routed(ports: dict[str, int]) -> RouterConfig:
    """Both origins by the only name that every system resolves to loopback."""
    origins = [origin(name, host="localhost", port=port) for name, port in ports.items()]
    return config(*origins, probe=probe(wait_share_pct=0), refresh_s=REFRESH_S, refresh_max_s=0)


@asynccontextmanager
async def origins(certificates: Certificates) -> AsyncIterator[dict[str, Origin]]:
    """`near` and `far` over TLS."""
    servers = {name: Origin(Script(delay_s=delay_s), tls=certificates.good) for name, delay_s in DELAYS_S.items()}
    try:
        yield servers
    finally:
        for server in servers.values():
            server.stop()


@asynccontextmanager
async def behind_relays(servers: dict[str, Origin]) -> AsyncIterator[dict[str, Relay]]:
    """A relay in front of each origin, which can hold back what arrives."""
    relays = {name: await Relay.start("127.0.0.1", server.port) for name, server in servers.items()}
    try:
        yield relays
    finally:
        for relay in relays.values():
            await relay.close()


@asynccontextmanager
async def in_a_machine(
    certificates: Certificates, servers: dict[str, Origin], directory: Path, api: ExtensionsApi | None = None
) -> AsyncIterator[FrozenChild]:
    """A function whose whole machine is stopped: what its origins send meanwhile waits in the relays."""
    async with (
        behind_relays(servers) as relays,
        frozen_child(
            routed({name: relay.port for name, relay in relays.items()}),
            directory,
            ca_file=certificates.authority.ca_file,
            relays=relays.values(),
            api=api,
        ) as child,
    ):
        yield child


async def invoke_until(
    child: FrozenChild, is_done: Callable[[], bool], *, frozen_s: float = HELD_S
) -> list[Invocation]:
    """Invoke until something holds; on a busy machine that takes a few more."""
    invocations: list[Invocation] = []
    while not is_done():
        assert len(invocations) < 20, child.lines[-4:]
        invocations.append(await child.invoke(frozen_s=frozen_s))
    return invocations


def latencies(invocations: Iterable[Invocation], moment: str) -> list[tuple[str, float, Invocation]]:
    """The response times (seconds) that were believed, with their origins."""
    return [
        (probe_line["origin"], probe_line["response_ms"] / 1000, each)
        for each in invocations
        for probe_line in each.probes
        if probe_line["moment"] == moment and probe_line["response_ms"] is not None
    ]


async def test_a_stopped_process_measures_while_it_is_stopped(certificates: Certificates, tmp_path: Path) -> None:
    """Over TLS, stopped for 0.8 s: right within one jiffy and 2 ms, and it stays with this way of measuring."""
    async with (
        origins(certificates) as servers,
        frozen_child(
            routed({name: server.port for name, server in servers.items()}),
            tmp_path,
            ca_file=certificates.authority.ca_file,
        ) as child,
    ):
        checked: set[str] = set()
        while checked < set(servers):
            answered = {name: server.seen.exchanges[-1] for name, server in servers.items() if server.seen.exchanges}
            for name, response_s, each in latencies([await child.invoke(frozen_s=FROZEN_S)], "frozen"):
                exchanged = answered[name]
                is_of_race = exchanged.asked_at < each.sent_at[0]  # left over from the cold start
                sent_at = None if is_of_race else each.sent_at
                assert exchanged.has_taken(response_s, slack_s=jiffy_s() + ALLOWED_S, sent_at=sent_at)
                checked.add(name)

    assert [line["moment"] for line in child.events("moment")] == ["frozen"]
    assert {line["outcome"] for line in child.events("probe")} == {"ok"}


async def test_in_a_stopped_machine_no_latency_is_believed(certificates: Certificates, tmp_path: Path) -> None:
    """What arrives is held until the thaw. Outcomes count all the same, and the environment changes its way."""
    async with origins(certificates) as servers, in_a_machine(certificates, servers, tmp_path) as child:
        played = await invoke_until(child, lambda: len(child.events("moment")) == 2)
        for name, response_s, each in latencies(played, "frozen"):
            assert each.sent_at[0] + response_s < each.frozen_at, f"{name}: arrived in the freeze, and was believed"
        assert "arrived_at_thaw" in {line["withheld"] for line in child.events("probe")}
        assert child.events("moment")[1]["moment"] == "before_answer"

        servers["near"].script.status = 500
        await invoke_until(child, lambda: child.events("choice")[-1]["origin"] == "far")
        assert "bad_status" in {line["outcome"] for line in child.events("probe") if line["origin"] == "near"}


async def test_after_the_answer_a_stopped_machine_measures_too(certificates: Certificates, tmp_path: Path) -> None:
    """With an extension: latencies are withheld while frozen, then measured awake."""
    api = ExtensionsApi()
    async with origins(certificates) as servers, in_a_machine(certificates, servers, tmp_path, api) as child:
        await invoke_until(child, lambda: len(child.events("moment")) == 2)
        assert [(line["moment"], line["extension"]) for line in child.events("moment")] == [
            ("frozen", "registered"),
            ("after_answer", "registered"),
        ]
        before = len(child.lines)
        played = await invoke_until(
            child,
            lambda: {line["origin"] for line in child.lines[before:] if line["event"] == "probe"} == set(servers),
        )
    api.stop()

    found = latencies(played, "after_answer")
    assert {name for name, _, _ in found} == set(servers)
    assert all(DELAYS_S[name] <= response_s for name, response_s, _ in found)
