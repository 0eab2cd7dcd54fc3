"""What others do, from their documented rules: each returns its plan for one Region.

Only the rule of choosing is compared: all of them see the same origins from the same Regions
and, where their own limits are not CloudFront's, give up connecting as soon as ours does.
Where a document leaves something open, the docstring says what is assumed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from random import Random

from origin_router.simulator.condition import Condition, draw, exchange_s
from origin_router.simulator.plan import Plan, Step, merged
from origin_router.simulator.probes import PROBE_SERVER_SHARE
from origin_router.simulator.tally import Tally
from origin_router.simulator.viewer import CLOUDFRONT_DEFAULTS, TIGHT, TIGHTEST, Limits
from origin_router.simulator.world import View


@dataclass(frozen=True)
class Setting:
    """What a policy may know: the Region it decides for, all Regions that could check, and chance."""

    view: View
    checkers: tuple[View, ...]
    tally: Tally
    rng: Random
    shared: Callable[[str], Random]
    """A stream that is the same for all Regions, for checks that are made once for all of them."""

    @property
    def origins(self) -> range:
        """Numbers of the origins."""
        return range(len(self.view.ids))

    @property
    def share_of_checks(self) -> float:
        """Checks made once for all Regions are counted in equal parts."""
        return 1 / len(self.checkers)


def oracle(setting: Setting) -> Plan:
    """Knows what every origin is like at every moment, and goes to the one with the lowest expected time."""
    return Plan(merged(Step(each.from_s, ((each.best, None),)) for each in setting.view.spans), TIGHT)


def round_robin(setting: Setting) -> Plan:
    """One origin after the other, whatever happens: DNS with several addresses, without health checks."""
    ways = tuple((each, None) for each in setting.origins)
    return Plan([Step(0.0, ways)], TIGHT, is_steered=False)


def origin_group(setting: Setting) -> Plan:
    """CloudFront's origin group as it comes: primary, then secondary, and no memory.

    Developer guide, HighAvailabilityOriginFailover: exactly two origins; GET, HEAD and OPTIONS only; the
    primary is tried again for every request; 10 s and three attempts to connect, 30 s to respond
    (DownloadDistValuesOrigin). 500, 502, 503 and 504 are configured to fail over.
    """
    return _group(setting, CLOUDFRONT_DEFAULTS)


def origin_group_tightest(setting: Setting) -> Plan:
    """The same with the smallest values there are: 1 s and one attempt to connect, 1 s to respond."""
    return _group(setting, TIGHTEST)


def _group(setting: Setting, limits: Limits) -> Plan:
    backup = 1 if len(setting.origins) > 1 else None
    return Plan([Step(0.0, ((0, backup),))], limits, is_steered=False)


ROUTE53_INTERVAL_S, ROUTE53_THRESHOLD, ROUTE53_TTL_S = 30.0, 3, 60.0
ROUTE53_CONNECT_S, ROUTE53_RESPONSE_S = 4.0, 2.0
ROUTE53_HEALTHY_SHARE = 0.18
ROUTE53_CHECKERS_PER_REGION = 2
ROUTE53_CHECK_USD_PER_MONTH = 2.75
"""0.75 for an endpoint outside of AWS, and 2 for the option HTTPS. From general knowledge of Route 53's pricing page,
not from a copy of it: look it up before relying on it."""
MONTH_S = 30 * 86_400


def route53(setting: Setting) -> Plan:
    """A Route 53 latency record as the origin, with health checks; tight connection settings.

    Developer guide, routing-policy-latency and dns-failover-determining-health-of-endpoints: the Region
    nearest by AWS's own long-term measurements (here: the undisturbed round trip) among the healthy;
    checkers in 8 Regions (assumed: two in each, uncoordinated) every 30 s; a checker changes its mind after
    3 results in a row; 4 s to connect, 2 s to respond; healthy while more than 18 % of checkers say
    so; when none is healthy all are. Resolvers keep the answer for the TTL of 60 s.
    """
    return _route53(setting, has_group=False)


def route53_group(setting: Setting) -> Plan:
    """The best that CloudFront users can have without a function: that record as the primary of an origin group.

    The secondary is the first origin, or the second while the record says the first; tight connection settings.
    """
    return _route53(setting, has_group=True)


def _route53(setting: Setting, *, has_group: bool) -> Plan:
    view, checkers = setting.view, setting.checkers[:8]
    counted = setting.origins
    per_origin = len(checkers) * ROUTE53_CHECKERS_PER_REGION * view.end_s / ROUTE53_INTERVAL_S
    setting.tally.probes += per_origin * len(counted) * setting.share_of_checks
    setting.tally.health_checks_usd += (
        len(counted) * ROUTE53_CHECK_USD_PER_MONTH * view.end_s / MONTH_S * setting.share_of_checks
    )
    healthy_at = [_route53_health(setting, checkers, origin) for origin in counted]
    at_s = setting.rng.random() * ROUTE53_TTL_S - ROUTE53_TTL_S
    steps = []
    while at_s < view.end_s:
        healthy = [each for each in counted if _value_at(healthy_at[each], at_s)] or list(counted)
        first = min(healthy, key=lambda each: view.base[each].rtt_s)
        other = 0 if first != 0 else 1
        backup = other if has_group and len(counted) > 1 else None
        steps.append(Step(max(0.0, at_s), ((first, backup),)))
        at_s += ROUTE53_TTL_S
    return Plan(merged(steps), TIGHT)


def _route53_health(setting: Setting, checkers: tuple[View, ...], origin: int) -> list[tuple[float, bool]]:
    """Return (from when, healthy) of one origin, the same for all Regions."""
    rng = setting.shared(f"route53/{origin}")
    votes = [True] * (len(checkers) * ROUTE53_CHECKERS_PER_REGION)
    streaks = [0] * len(votes)
    checks = sorted(
        (phase_s + number * ROUTE53_INTERVAL_S, index)
        for index in range(len(votes))
        for phase_s in [rng.random() * ROUTE53_INTERVAL_S]
        for number in range(int(setting.view.end_s / ROUTE53_INTERVAL_S))
    )
    states = [(0.0, True)]
    for at_s, index in checks:
        condition = checkers[index // ROUTE53_CHECKERS_PER_REGION].at(at_s).conditions[origin]
        is_ok = _probe(condition, rng, ROUTE53_CONNECT_S, ROUTE53_RESPONSE_S) is not None
        streaks[index] = 0 if is_ok is votes[index] else streaks[index] + 1
        if streaks[index] >= ROUTE53_THRESHOLD:
            votes[index], streaks[index] = is_ok, 0
            is_healthy = sum(votes) > ROUTE53_HEALTHY_SHARE * len(votes)
            if is_healthy is not states[-1][1]:
                states.append((at_s, is_healthy))
    return states


AFD_INTERVAL_S, AFD_SAMPLES, AFD_SUCCESSES, AFD_SENSITIVITY_S = 30.0, 4, 3, 0.050


def front_door(setting: Setting) -> Plan:
    """Azure Front Door's four steps: healthy, best priority, within the latency sensitivity, weights.

    Microsoft Learn, Front Door routing-methods and health-probes: every edge probes by itself, HEAD on a
    new connection, every 30 s; healthy with 3 of the last 4 answers 200; all within 50 ms (the provider's
    default) of the fastest share alike; with none healthy, round robin over all. How probes' times are
    averaged is not documented; assumed: the mean of the same four.
    """
    view, rng = setting.view, setting.rng
    recent: list[deque[float]] = [deque(maxlen=AFD_SAMPLES) for _ in setting.origins]
    steps = []
    at_s = -rng.random() * AFD_INTERVAL_S
    while at_s < view.end_s:
        conditions = view.at(at_s).conditions
        for each in setting.origins:
            took_s = _probe(conditions[each], rng, 5.0, 5.0)
            recent[each].append(inf if took_s is None else took_s)
        setting.tally.probes += len(recent)
        steps.append(Step(max(0.0, at_s), tuple((each, None) for each in _front_door_choice(recent))))
        at_s += AFD_INTERVAL_S
    return Plan(merged(steps), TIGHT)


def _front_door_choice(recent: list[deque[float]]) -> list[int]:
    answered = [[each for each in samples if each < inf] for samples in recent]
    healthy = [
        index
        for index, samples in enumerate(recent)
        if len(answered[index]) >= min(AFD_SUCCESSES, len(samples)) and answered[index]
    ]
    if not healthy:
        return list(range(len(recent)))
    mean_s = {each: sum(answered[each]) / len(answered[each]) for each in healthy}
    best_s = min(mean_s.values())
    return [each for each in healthy if mean_s[each] <= best_s + AFD_SENSITIVITY_S]


CLOUDFLARE_INTERVAL_S, CLOUDFLARE_TIMEOUT_S, CLOUDFLARE_RETRIES = 60.0, 5.0, 2
CLOUDFLARE_WEIGHT = 0.3


def cloudflare(setting: Setting) -> Plan:
    """Cloudflare's dynamic steering: the lowest moving average of the monitors' round trips, per Region.

    Cloudflare docs, load-balancing: steering-policies/dynamic-steering, monitors, and zero-downtime failover:
    every 60 s, timeout 5 s, two retries at once, then down; an origin is down when the majority of Regions
    says so; one retry in another pool where the connection fails (521 to 526), not on 5xx or read timeouts.
    The average's weight is not documented; assumed: 0.3.
    """
    view, rng = setting.view, setting.rng
    average: dict[int, float] = {}
    steps = []
    at_s = -setting.shared("cloudflare").random() * CLOUDFLARE_INTERVAL_S
    while at_s < view.end_s:
        for each in setting.origins:
            took_s = _probe(view.at(at_s).conditions[each], rng, CLOUDFLARE_TIMEOUT_S, CLOUDFLARE_TIMEOUT_S)
            if took_s is not None:
                average[each] = average.get(each, took_s) + CLOUDFLARE_WEIGHT * (took_s - average.get(each, took_s))
        setting.tally.probes += len(setting.origins) * 3  # three data centres in each Region
        up = [each for each in setting.origins if _majority_is_ok(setting, each, at_s)] or list(setting.origins)
        order = sorted(up, key=lambda each: average.get(each, inf))
        steps.append(Step(max(0.0, at_s), ((order[0], order[1] if len(order) > 1 else None),)))
        at_s += CLOUDFLARE_INTERVAL_S
    return Plan(merged(steps), TIGHT, is_retried_on_connect_only=True)


def _majority_is_ok(setting: Setting, origin: int, at_s: float) -> bool:
    conditions = [each.at(at_s).conditions[origin] for each in setting.checkers]
    if all(each.is_sound for each in conditions):
        return True
    rng = setting.shared(f"cloudflare/{origin}/{at_s}")
    votes = 0
    for condition in conditions:
        votes += any(
            _probe(condition, rng, CLOUDFLARE_TIMEOUT_S, CLOUDFLARE_TIMEOUT_S) is not None
            for _ in range(1 + CLOUDFLARE_RETRIES)
        )
    return votes * 2 > len(conditions)


def _probe(condition: Condition, rng: Random, connect_s: float, response_s: float) -> float | None:
    """Return what a probe on a new TLS connection takes, or None if it fails."""
    luck = draw(rng)
    took_s = exchange_s(condition, luck, PROBE_SERVER_SHARE)
    if condition.fault or luck.error < condition.error_share:
        return None
    if 2 * condition.rtt_s > connect_s or took_s > response_s:
        return None
    return 2 * condition.rtt_s + took_s


def _value_at(states: list[tuple[float, bool]], at_s: float) -> bool:
    return next(value for from_s, value in reversed(states) if from_s <= at_s or from_s == 0)
