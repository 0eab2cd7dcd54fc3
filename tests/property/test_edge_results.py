"""Whatever CloudFront sends, the function answers, and with nothing that CloudFront would refuse."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any, NamedTuple, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from origin_router.edge.control import CONTROL_REF
from origin_router.edge.environment import Environment
from origin_router.edge.feedback import ATTEMPT_HEADER, STAMP_HEADER, read_stamp
from origin_router.edge.function import answer
from origin_router.edge.journal import Journal
from origin_router.edge.prober import Prober
from origin_router.emulator.outcome import InvalidResult
from origin_router.emulator.validation import check_result
from origin_router.emulator.validation_headers import checked_headers
from origin_router.routing.config import FeedbackConfig, OriginConfig, PoolConfig, RouterConfig
from origin_router.routing.model import OriginRef, Outcome
from tests.support.commands import EVENT
from tests.support.generated_configs import pools, router_configs
from tests.support.generated_events import event, header, mutated, mutations, requests, responses
from tests.support.scripted_prober import Behaviour, ManualClock, ScriptedProber


def without_identity(pool: PoolConfig) -> PoolConfig:
    """An origin access identity works only where the placeholder is a bucket, too."""
    return replace(pool, origins=tuple(replace(each, auth_method="none") for each in pool.origins))


class Step(NamedTuple):
    """One invocation."""

    after_s: float
    """Since the one before; the clock may go back."""
    kind: str
    """A new request, the second attempt of an earlier one (as it was, or as we rewrote it), or a response to one."""
    request: dict[str, Any]
    response: dict[str, Any]
    earlier: int
    mutation: Any


def steps(*, only_buckets: bool = False) -> st.SearchStrategy[list[Step]]:
    """What happens to an environment."""
    kinds = ["request", "request", "again", "again_rewritten", "response", "viewer-request"]
    return st.lists(
        st.builds(
            Step,
            st.one_of(st.floats(0, 5), st.floats(-3_600, 36_000)),
            st.sampled_from(kinds),
            requests(only_buckets=only_buckets),
            responses,
            st.integers(0, 9),
            st.one_of(st.none(), mutations),
        ),
        min_size=1,
        max_size=6,
    )


behaviours = st.builds(
    Behaviour,
    latency_s=st.floats(0.001, 2),
    outcome=st.one_of(st.just(Outcome.OK), st.sampled_from([each for each in Outcome if each != "failed_over"])),
    withheld=st.one_of(st.none(), st.just("arrived_at_thaw")),
    never=st.booleans(),
)

documents = st.one_of(
    st.binary(max_size=8),
    st.just(b'{"version": 1, "drain": [{"origin": "0", "until": 1e10}]}'),
    st.builds(lambda n: b'{"version": %d}' % n, st.integers(-1, 3)),
)


def environment_of(
    config: RouterConfig, said: list[Behaviour], document: bytes
) -> tuple[Environment, Journal, ManualClock, list[str]]:
    """An environment whose origins behave as said, its clock, and its journal."""
    clock, lines = ManualClock(), list[str]()
    refs = [OriginRef(name, origin.id) for name, pool in config.pools.items() for origin in pool.origins]
    script = {ref: said[index % len(said)] for index, ref in enumerate(refs)}
    script[CONTROL_REF] = Behaviour(body=document)
    prober = ScriptedProber(clock, script)
    environ = {"AWS_REGION": "eu-central-1", "AWS_LAMBDA_LOG_LEVEL": "DEBUG"}
    journal = Journal(environ, write=lines.append, wall=clock.wall)
    environment = Environment(
        config,
        journal,
        environ=environ,
        clocks=clock,
        jitter=lambda: 0.5,
        make_prober=lambda *_: cast(Prober, prober),
        exit_process=lambda _: None,
    )
    return environment, journal, clock, lines


class Player:
    """Plays steps, and holds every result against CloudFront's rules."""

    def __init__(self, config: RouterConfig, said: list[Behaviour], document: bytes) -> None:
        self.config = config
        self.environment, self.journal, self.clock, self.lines = environment_of(config, said, document)
        self.environment.start()
        self.passed: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
        """(id, request as it came, request as it went)."""

    def play(self, step: Step) -> None:
        """One invocation."""
        self.clock.now += step.after_s
        if step.kind == "viewer-request":
            self._ask(event("viewer-request", "viewer", step.request), step)
        elif step.kind == "request" or not self.passed:
            self._ask(event("origin-request", f"id-{len(self.passed)}", step.request), step)
        else:
            request_id, came, went = self.passed[step.earlier % len(self.passed)]
            if step.kind == "response":
                self._respond(event("origin-response", request_id, went, step.response), step)
            else:
                again = copy.deepcopy(came if step.kind == "again" else went)
                again["origin"] = second_placeholder(came["origin"])
                self._ask(event("origin-request", request_id, again), step)
        if step.mutation is None:
            assert not [line for line in self.lines if '"event":"error"' in line], "it failed open"
        self.lines.clear()

    def _ask(self, given: Any, step: Step) -> None:
        if step.mutation is not None:
            given = mutated(given, step.mutation)
        came = copy.deepcopy(given)
        result = answer(self.environment, self.journal, given, None)
        payload = json.dumps(result).encode()
        request = _request_of(came)
        if request is not None:
            verdict = check_result(payload, request)
            assert not isinstance(verdict, InvalidResult), f"{verdict.message} {verdict.detail}"
            if step.mutation is None and "uri" in result:
                self.passed.append((came["Records"][0]["cf"]["config"]["requestId"], request, json.loads(payload)))

    def _respond(self, given: Any, step: Step) -> None:
        if step.mutation is not None:
            given = mutated(given, step.mutation)
        came = copy.deepcopy(given)
        result = answer(self.environment, self.journal, given, None)
        json.dumps(result)
        response = _response_of(came)
        if response is None:
            return
        if self.config.feedback.debug_header:
            checked_headers(result["headers"])
            added = {"x-origin-router", "server-timing"}
            kept = {name: entry for name, entry in result["headers"].items() if name not in added}
            response["headers"] = {name: entry for name, entry in response["headers"].items() if name not in added}
            result = result | {"headers": kept}
        assert result == response


def second_placeholder(first: dict[str, Any]) -> dict[str, Any]:
    """The origin group's secondary, of the same kind as the primary, tagged as the second attempt."""
    ((kind, fields),) = first.items()
    return {kind: fields | {"customHeaders": {ATTEMPT_HEADER: header(ATTEMPT_HEADER, "2")}}}


def _request_of(given: Any) -> dict[str, Any] | None:
    """Return the request of an event if CloudFront would take it back as it came: then it must take ours, too."""
    try:
        cf = given["Records"][0]["cf"]
        request: dict[str, Any] = cf["request"]
        verdict = check_result(json.dumps(request).encode(), request)
        if not str(cf["config"]["requestId"]).isprintable():
            return None  # a defect of its own, see below
    except (KeyError, IndexError, TypeError, AttributeError, ValueError):
        return None
    return None if isinstance(verdict, InvalidResult) else request


def _response_of(given: Any) -> dict[str, Any] | None:
    try:
        response: dict[str, Any] = given["Records"][0]["cf"]["response"]
        checked_headers(response["headers"])
    except Exception:  # noqa: BLE001 - not what CloudFront sends: any answer will do
        return None
    return response


plain = router_configs(pools.map(without_identity))
said = st.lists(behaviours, min_size=1, max_size=4)


@settings(deadline=None)  # a busy machine is no defect
@given(plain, said, documents, steps())
def test_no_event_makes_the_function_raise_or_answer_what_cloudfront_refuses(
    config: RouterConfig, said: list[Behaviour], document: bytes, steps: list[Step]
) -> None:
    """Any configuration, any order of events and mutations of them, any behaviour of the origins."""
    player = Player(config, said, document)
    for step in steps:
        player.play(step)


@settings(deadline=None)  # a busy machine is no defect
@given(router_configs(), said, documents, steps(only_buckets=True))
def test_an_origin_access_identity_goes_well_with_a_bucket_as_placeholder(
    config: RouterConfig, said: list[Behaviour], document: bytes, steps: list[Step]
) -> None:
    """CloudFront uses the identity of the distribution's own bucket."""
    player = Player(config, said, document)
    for step in steps:
        player.play(step)


def one_pool(*origins: OriginConfig, **fields: Any) -> Player:
    """A player of one pool that stamps its requests."""
    config = RouterConfig(
        name="shop",
        pool="web",
        pools={"web": PoolConfig(origins=origins, **fields)},
        feedback=FeedbackConfig(enabled=True),
    )
    return Player(config, [Behaviour()], b"")


def asked(request: dict[str, Any]) -> Step:
    """A new request, as it is."""
    return Step(0.0, "request", request, {}, 0, None)


def request_of(**headers: str) -> dict[str, Any]:
    """A request to a custom placeholder."""
    given = event_file()["Records"][0]["cf"]["request"]
    given["headers"] |= {name: header(name, value) for name, value in headers.items()}
    return cast(dict[str, Any], given)


def event_file() -> dict[str, Any]:
    """The fixture."""
    document: dict[str, Any] = json.loads(EVENT.read_bytes())
    return document


def test_a_plain_request_is_stamped_and_directed() -> None:
    """The player notices what it is there to notice: a refused result fails."""
    player = one_pool(OriginConfig(id="eu", host="eu.test"))
    player.play(asked(request_of()))

    assert player.passed[0][2]["origin"]["custom"]["domainName"] == "eu.test"
    assert player.passed[0][2]["headers"]["x-origin-router"][0]["value"].startswith("web/eu;a=0;t=")


def test_a_stamp_with_a_number_beyond_all_floats_is_not_believed() -> None:
    """As every other broken one."""
    value = f"web/eu;a=1;t={'9' * 400};r=id"

    assert read_stamp({STAMP_HEADER: header(STAMP_HEADER, value)}, "id") is None


def test_a_request_that_is_almost_too_large_is_not_made_too_large() -> None:
    """Rather without a stamp than refused by CloudFront: the largest request that it sends has no room for one."""
    requests = (request_of(cookie="x" * length) for length in range(32_768, 0, -1))
    largest = next(each for each in requests if _request_of(event("origin-request", "", each)) is not None)

    one_pool(OriginConfig(id="eu", host="eu.test")).play(asked(largest))


def test_a_bucket_with_an_identity_is_not_written_over_a_custom_placeholder() -> None:
    """CloudFront has no identity to use there and would answer 502: rather unchanged than refused."""
    host = "shop.s3.eu-central-1.amazonaws.com"
    bucket = OriginConfig(id="eu", type="s3", host=host, region="eu-central-1", auth_method="origin-access-identity")

    play = one_pool(bucket)
    with pytest.raises(AssertionError, match="it failed open"):
        play.play(asked(request_of()))


def test_an_id_that_no_header_can_carry_is_not_put_into_one() -> None:
    """CloudFront's own ids are plain; the stamp relies on it."""
    player = one_pool(OriginConfig(id="eu", host="eu.test"))
    given = event("origin-request", "a\nb", request_of())
    came = copy.deepcopy(given["Records"][0]["cf"]["request"])
    result = answer(player.environment, player.journal, given, None)

    assert not isinstance(check_result(json.dumps(result).encode(), came), InvalidResult)
