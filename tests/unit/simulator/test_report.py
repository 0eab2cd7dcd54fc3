"""The report: what it says at a glance, and what its strips are coloured by."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from origin_router.simulator import simulate
from origin_router.simulator.report import report
from origin_router.simulator.run import Played
from origin_router.simulator.svg import ticks
from origin_router.simulator.tally import Tally
from tests.support.simulated import event, world

HOURS = 1.0


def played(policy: str, *minutes: tuple[float, float], **more: Any) -> Played:
    """What a policy did: for each minute failed requests of 1000, and ms of the others beyond the oracle's 100."""
    tally = Tally()
    for minute, (failed, added_ms) in enumerate(minutes):
        timed = 1000.0 - failed
        tally.series[minute] = [1000.0, failed, timed * (0.1 + added_ms / 1000), timed * 0.1, timed]
        tally.requests += 1000
        tally.gets += 1000
        tally.failed += failed
        tally.failed_gets += failed
        tally.time.add(0.1 + added_ms / 1000, timed)
        tally.oracle.add(0.1, timed)
        tally.added.add(added_ms / 1000, timed)
    return Played(world(hours=HOURS, **more), policy, 0, tally)


def shades(html: str) -> list[tuple[str, str]]:
    """The cells of all strips, in order: class and what they say."""
    return re.findall(r'<rect class="(\w+)"[^>]*><title>([^<]*)</title>', html)


def test_a_strip_tells_failures_before_slowness() -> None:
    """The worst of what happened in a minute, in the order of the scale."""
    html = report([played("ours", (0, 0.5), (0, 2.0), (0, 2000.0), (2, 2000.0), (20, 0.0), (500, 0.0), (0, 0.0))])

    assert [kind for kind, _ in shades(html)] == ["s0", "s1", "s4", "f1", "f2", "f3", "s0"]
    assert shades(html)[5] == ("f3", "0.08 h to 0.10 h: over 10 % of requests fail")


def test_minutes_that_are_alike_are_one_rectangle() -> None:
    """So that a report of many scenarios stays small."""
    assert len(shades(report([played("ours", *[(0, 0.0)] * 60)]))) == 1


def test_what_happens_is_written_above() -> None:
    """Events of the same time beside each other, with who sees them."""
    events = [event("cut", "eu", regions=["eu-west-1"]), event("brown_out", "us", at_min=15)]
    html = report([played("ours", (0, 0.0), events=events)])

    assert "cut: eu seen from eu-west-1</text>" in html
    assert "brown out: us</text>" in html
    heights = re.findall(r'<rect class="event" x="[^"]*" y="([^"]*)"', html)
    assert len(set(heights)) == 2


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (
            {"ours": (0, 5.0), "route53": (9, 1.0), "origin-group": (0, 50.0)},
            "<b>ours</b> fails the fewest GETs, 0 of a million, as do origin-group, and is the fastest of these: "
            "5 % slower than the best choice (the next, origin-group: 50 % slower).",
        ),
        (
            {"ours": (2, 5.0), "route53": (1, 1.0)},
            "<b>route53</b> fails the fewest GETs, 1,000 of a million: 1 % slower than the best choice.",
        ),
    ],
)
def test_it_says_who_wins_and_why(rows: dict[str, tuple[float, float]], says: str) -> None:
    """Whoever that is; the oracle, which knows everything, is not among those compared."""
    compared = [played(policy, row) for policy, row in rows.items()]

    assert says in report([*compared, played("oracle", (0, 0.0))])


def test_every_drawing_is_well_formed() -> None:
    """With a title for those who cannot see it."""
    html = report(simulate(world(event("errors", "eu")), ["ours", "round-robin"], workers=1), seeds="seed 0 < 1")
    drawings = [ElementTree.fromstring(each) for each in re.findall(r"<svg.*?</svg>", html, re.DOTALL)]

    assert len(drawings) == 2
    assert all(each[0].tag.endswith("title") for each in drawings)
    assert "seed 0 < 1" not in html


def test_a_report_of_nothing_is_a_page_all_the_same() -> None:
    """An interrupted run may have nothing."""
    assert report([]).endswith("</html>\n")


@pytest.mark.parametrize(
    ("top", "expected"),
    [(0, [0, 1]), (0.03, [0, 0.01, 0.02, 0.03]), (7, [0, 2, 4, 6, 8]), (72, [0, 20, 40, 60, 80])],
)
def test_scales_are_divided_by_round_numbers(top: float, expected: list[float]) -> None:
    """From nothing to at least the highest value."""
    assert ticks(top) == expected
