"""Prior knowledge: a table of expected times is used until something was measured, and no longer."""

from __future__ import annotations

import pytest

from origin_router.routing.config import PoolConfig
from origin_router.routing.model import Decision, Outcome, Reason, Source
from origin_router.routing.router import Router
from tests.scenario.routing.player import ANY, START_AT, Heard, Real, origin, ref_of, router_config, tell

PRIOR = {"eu-west-1": {"eu": 20.0, "us": 90.0}, "us-east-1": {"eu": 90.0, "us": 15.0}, "sa-east-1": {"us": 120.0}}


def pool_of(policy: str = "fastest", fallback: str = "ap") -> PoolConfig:
    """Three origins, one of which the table does not know."""
    return PoolConfig(
        policy=policy,  # type: ignore[arg-type]
        origins=(origin("eu"), origin("us"), origin("ap")),
        fallback=fallback,
        prior=PRIOR,
    )


def decided(region: str, heard: list[Heard], *, basis: Source = Source.PROBE) -> Decision:
    """Decide after this was heard."""
    router = Router(router_config(pool_of()), lambda: 0.0, region)
    router.basis = basis
    for at, name, said in heard:
        tell(router, name, said, START_AT + at)
    return router.decide(ANY, START_AT + 10)


COLD = [
    # (Region, who answers the first request, why)
    ("eu-west-1", "eu", Reason.PRIOR),
    ("us-east-1", "us", Reason.PRIOR),
    ("sa-east-1", "us", Reason.PRIOR),
    ("ap-south-1", "ap", Reason.FALLBACK),
    ("", "ap", Reason.FALLBACK),
]


@pytest.mark.parametrize(("region", "who", "why"), COLD)
def test_before_anything_was_measured(region: str, who: str, why: Reason) -> None:
    """By the Region's row; a Region without one falls back as ever."""
    assert Decision(ref_of(who), why) == decided(region, [])


MEASURED: list[tuple[str, list[Heard], str, Reason]] = [
    # (what the case is, heard in eu-west-1, who answers, why)
    ("confirmed", [(0, "eu", 21.0)], "eu", Reason.FIRST_ANSWER),
    ("all measured", [(0, "eu", 21.0), (0, "us", 95.0), (0, "ap", 200.0)], "eu", Reason.FASTEST),
    ("the table was wrong about the best", [(0, "eu", 400.0)], "us", Reason.PRIOR),
    ("the table was wrong about both", [(0, "eu", 400.0), (0, "us", 300.0)], "us", Reason.FIRST_ANSWER),
    ("an origin that it does not know is faster", [(0, "ap", 5.0)], "ap", Reason.FIRST_ANSWER),
    ("an origin that it does not know is slower", [(0, "ap", 50.0)], "eu", Reason.PRIOR),
    ("it answers, in a time not known", [(0, "eu", Outcome.OK)], "eu", Reason.PRIOR),
    ("the best fails", [(0, "eu", Outcome.REFUSED)], "us", Reason.PRIOR),
    ("both fail", [(0, "eu", Outcome.REFUSED), (0, "us", Outcome.REFUSED)], "ap", Reason.FALLBACK),
]


@pytest.mark.parametrize(("heard", "who", "why"), [case[1:] for case in MEASURED], ids=[case[0] for case in MEASURED])
def test_as_measurements_come(heard: list[Heard], who: str, why: Reason) -> None:
    """Per origin the measured time replaces the expected one; the reason says which of them decided."""
    assert Decision(ref_of(who), why) == decided("eu-west-1", heard)


def test_an_expected_time_is_no_peak() -> None:
    """The first measurement is the whole estimate: nothing of the table is averaged into it."""
    router = Router(router_config(pool_of()), lambda: 0.0, "eu-west-1")
    tell(router, "us", 20.0, START_AT)
    record = router.pools["web"].origins["us"]

    assert (record.latency_s(Source.PROBE), record.prior_s) == (0.02, 0.09)


def test_the_reason_is_true_on_either_basis() -> None:
    """Measured by real traffic only: compared by probes, that is still the table's word."""
    heard: list[Heard] = [(0, "eu", Real(30.0)), (0, "us", Real(95.0))]

    assert Decision(ref_of("eu"), Reason.PRIOR) == decided("eu-west-1", heard)
    assert Decision(ref_of("eu"), Reason.FIRST_ANSWER) == decided("eu-west-1", heard, basis=Source.TRAFFIC)


@pytest.mark.parametrize("policy", ["priority", "weighted", "sticky"])
def test_it_has_no_say_where_latency_has_none(policy: str) -> None:
    """Expected times change nothing for the other policies."""
    with_prior = Router(router_config(pool_of(policy, fallback="us")), lambda: 0.0, "eu-west-1")
    without = Router(router_config(pool_of(policy, fallback="us")), lambda: 0.0, "")

    assert with_prior.decide(ANY, START_AT) == without.decide(ANY, START_AT)


def test_a_choice_by_prior_knowledge_is_held_on_to_inside_the_band() -> None:
    """Measured 25 and 18 ms where 20 and 90 were expected: within 10 ms, so nobody moves."""
    router = Router(router_config(pool_of()), lambda: 0.0, "eu-west-1")
    first = router.decide(ANY, START_AT)
    tell(router, "eu", 25.0, START_AT + 1)
    tell(router, "us", 18.0, START_AT + 1)

    assert Decision(ref_of("eu"), Reason.PRIOR) == first
    assert Decision(ref_of("eu"), Reason.KEPT_IN_BAND) == router.decide(ANY, START_AT + 1)
