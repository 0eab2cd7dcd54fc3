"""Simulator and local edge on the same small world: same origins, same settings, requests at the same times.

The local edge is the whole product in real time: the built zip in AWS's runtime client, real
sockets, real freezes. The simulator plays one environment on virtual time. Where a request
went, when a stopped origin was left and found again, and how often each origin was probed
have to agree within the bounds below.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from origin_router.config import load
from origin_router.routing.config import RouterConfig
from origin_router.simulator.chance import stream
from origin_router.simulator.environment import RouterEnvironment
from origin_router.simulator.geography import RoundTrips
from origin_router.simulator.probes import PROBE_SERVER_SHARE
from origin_router.simulator.scenario import scenario_of
from origin_router.simulator.tally import Tally
from origin_router.simulator.viewer import Viewers
from origin_router.simulator.world import View
from tests.support.configs import on_loopback
from tests.support.origins import Origin, Script
from tests.support.product import REGION, ask, local_edge

PLACES = {"near": ("eu-west-2", 20.0), "middle": ("eu-central-1", 60.0), "far": ("us-east-1", 150.0)}
"""Origin -> (where it is in the simulator, the response time of its probes in ms, in both)."""

REFRESH_S, REFRESH_MAX_S = 1, 4
GAP_S = (0.15, 0.3)
"""From one request to the next: longer than what the farthest origin takes."""
STOPPED_S, STARTED_S, ENDS_S = 4.0, 6.5, 15.0

SHARE_BOUND = 0.05
"""Of all requests, beside what follows from leaving and returning at different times."""
LEAVE_BOUND_S = REFRESH_S * 1.2 + 3 * GAP_S[1]
"""A refresh interval with its jitter, and the three requests in which a connection is made and an answer read."""
RETURN_BOUND_S = 4.5
"""Ejections are stretched at random, each by up to a fifth; an origin is found by the next probe after one ends. Where
a request failed before the end of a connection was noticed, a matter of luck, it is trusted only when a request has
been tried and was not heard to fail within its response timeout (1 s), with the next two probes."""
PROBES_BOUND = 0.3
"""Of the larger count, and two: jitter of intervals, and the races of cold starts."""

POOL = f"""
refresh_s = {REFRESH_S}
refresh_max_s = {REFRESH_MAX_S}
health = {{ ejection_s = 1, ejection_max_s = 2 }}
"""


@dataclass
class Seen:
    """What one of the two did."""

    answers: list[tuple[float, str]] = field(default_factory=list)
    """(when asked, who answered; empty where nobody did)."""
    probes: Counter[str] = field(default_factory=Counter)

    def shares(self) -> dict[str, float]:
        """Share of requests by who answered."""
        counts = Counter(name for _, name in self.answers)
        return {name: counts[name] / len(self.answers) for name in (*PLACES, "")}

    def returned_s(self) -> float:
        """From the start of the stopped origin to the last request that went elsewhere."""
        return max(at for at, name in self.answers if at > STARTED_S and name != "near") - STARTED_S

    def left_s(self) -> float:
        """From the stop to the last request that was lost or that its first origin answered."""
        lost = [at for at, name in self.answers if STOPPED_S < at < STARTED_S and name in ("", "near")]
        return max(lost, default=STOPPED_S) - STOPPED_S


@pytest.mark.parametrize(("method", "seed"), [("GET", 1), ("POST", 2)])
@pytest.mark.timeout(120)
def test_both_do_the_same(tmp_path: Path, method: str, seed: int) -> None:
    """GET has a second attempt, whose coming tells of the failure; for POST only probes tell."""
    asked = list(times(random.Random(seed)))
    real = in_the_local_edge(tmp_path, method, asked)
    config = load(tmp_path / "origin-router.toml", needs_dev_files=False).router
    simulated = in_the_simulator(config, method, asked)
    assert (real.answers[-1][1], simulated.answers[-1][1]) == ("near", "near")
    off_s = abs(real.left_s() - simulated.left_s()) + abs(real.returned_s() - simulated.returned_s())

    for name, share in real.shares().items():
        assert share == pytest.approx(simulated.shares()[name], abs=SHARE_BOUND + off_s / ENDS_S), name
    assert real.left_s() == pytest.approx(simulated.left_s(), abs=LEAVE_BOUND_S)
    assert real.returned_s() == pytest.approx(simulated.returned_s(), abs=RETURN_BOUND_S)
    for name in PLACES:
        counts = real.probes[name], simulated.probes[name]
        assert abs(counts[0] - counts[1]) <= PROBES_BOUND * max(counts) + 2, (name, counts)
    if method == "GET":
        assert real.shares()[""] == simulated.shares()[""] == 0


def times(chance: random.Random) -> Iterator[float]:
    """When requests come."""
    at = 0.0
    while at < ENDS_S:
        yield at
        at += chance.uniform(*GAP_S)


def in_the_local_edge(directory: Path, method: str, asked: Sequence[float]) -> Seen:
    """Ask the product, in real time; stop an origin, and start it again."""
    seen = Seen()
    with ExitStack() as stack:
        scripts = {name: Script(delay_s=ms / 1000, body=name.encode()) for name, (_, ms) in PLACES.items()}
        origins = {name: stack.enter_context(Origin(script)) for name, script in scripts.items()}
        ports = {name: each.port for name, each in origins.items()}
        configuration = on_loopback(ports, pool=POOL, origin="response_timeout_s = 1")
        (directory / "origin-router.toml").write_text(configuration)
        url = stack.enter_context(local_edge(directory))
        began_at = time.monotonic()
        first = origins["near"]
        for at in asked:
            time.sleep(max(0.0, began_at + at - time.monotonic()))  # these are the times of the test, in both
            now_s = time.monotonic() - began_at
            if now_s >= STOPPED_S and origins["near"] is first:
                first.stop()
                origins["near"] = None  # type: ignore[assignment]
            if now_s >= STARTED_S and origins["near"] is None:
                origins["near"] = stack.enter_context(Origin(scripts["near"], port=first.port))
            answer = ask(url, method)
            seen.answers.append((now_s, answer.body if answer.status == 200 else ""))
        for name, each in [*origins.items(), ("near", first)]:
            seen.probes[name] += sum(request.startswith(b"HEAD ") for request in each.seen.requests)
    return seen


def in_the_simulator(config: RouterConfig, method: str, asked: Sequence[float]) -> Seen:
    """Play one environment, at the same times."""
    stopped = {
        "kind": "refused",
        "origins": ["near"],
        "at_min": STOPPED_S / 60,
        "for_min": (STARTED_S - STOPPED_S) / 60,
    }
    scenario = scenario_of(
        {
            "name": "agreement",
            "hours": ENDS_S / 3600 + 0.01,
            "regions": [REGION],
            "jitter": 0.0,
            "origins": [
                {"id": name, "place": place, "server_ms": ms / PROBE_SERVER_SHARE, "sigma": 0.0, "tail_share": 0.0}
                for name, (place, ms) in PLACES.items()  # on loopback only the server takes time
            ],
            "events": [stopped],
        },
        "agreement",
    )
    view = View(scenario, REGION, RoundTrips({(REGION, place): 0.2 for place, _ in PLACES.values()}))
    tally = Tally()
    viewers = Viewers(view, tally, stream(1), 1.0 if method == "GET" else 0.0)
    pool = replace(config.pools["web"])
    environment = RouterEnvironment(replace(config, pools={"web": pool}), scenario.edge, viewers, stream(2), 0.0)
    records = environment.router.pools["web"].origins
    seen, launched = Seen(), dict.fromkeys(records, float("-inf"))
    for index, at in enumerate(asked):
        failed = tally.failed
        if index == 0:
            environment.cold_start(at)
        else:
            environment.invoke(at)
        for name, record in records.items():
            is_answering = name != "near" or not STOPPED_S <= at < STARTED_S
            seen.probes[name] += record.launched_at != launched[name] and is_answering  # only those reach the origin
            launched[name] = record.launched_at
        first = view.ids[environment.chooser.current or 0]
        is_down = view.at(at).conditions[view.index[first]].fault
        second = "middle" if first == "near" else "near"
        seen.answers.append((at, "" if tally.failed > failed else second if is_down else first))
    return seen
