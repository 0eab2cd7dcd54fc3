"""Rounds become rows, rows become a verdict that cannot be read as better than it is."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

from bench.peers.chart import draw
from bench.peers.edges import OURS
from bench.peers.faults import Fault
from bench.peers.judge import Verdict
from bench.peers.plan import shuffled
from bench.peers.proxies import NGINX
from bench.peers.summary import goals, seconds, span, summarise
from bench.peers.timeline import Step, Timeline

VERDICT = Verdict(
    peer="router",
    fault=Fault.SILENT,
    round=1,
    requests=500,
    failed=0,
    healthy_p50_ms=12,
    healthy_p99_ms=15,
    added_p50_ms=30,
    added_p99_ms=1000,
    leave_s=1.0,
    return_s=8.0,
    had_left=True,
    probes_per_s=0.2,
    sent_late_p99_ms=1,
    sent_late_max_ms=5,
    hurt=25,
    problems={},
)


def test_counts_add_up_and_an_even_number_of_rounds_is_judged_by_the_worse() -> None:
    never = replace(VERDICT, round=2, failed=3, leave_s=None, return_s=None)
    (row,) = summarise([VERDICT, never])
    assert (row.rounds, row.requests, row.failed, row.hurt) == (2, 1000, 3, 50)
    assert math.isinf(row.leave_s)
    assert span(row.leave_each_s) == "1.00 to never"
    assert row.return_s is not None
    assert math.isinf(row.return_s)
    assert seconds(row.leave_s) == "never"
    assert row.as_dict()["leave_s"] is None
    assert row.as_dict()["leave_each_s"] == [1.0, None]


def test_who_never_left_has_no_time_to_return() -> None:
    (row,) = summarise([replace(VERDICT, had_left=False, return_s=None)])
    assert row.return_s is None
    assert seconds(row.return_s) == "-"


def test_goals_name_what_is_missed() -> None:
    ours = replace(VERDICT, failed=2)
    other = replace(VERDICT, peer="nginx", leave_s=0.9)
    failed, first = goals(summarise([ours, other]), "router", tolerance_s=0.04)
    assert failed == "No failed GET: MISSED, 2 of 500 in silent"
    assert "MISSED in silent 1.00 s (before it: nginx 0.90 s)" in first


def test_goals_are_met_when_level() -> None:
    other = replace(VERDICT, peer="nginx", leave_s=0.97)
    assert goals(summarise([VERDICT, other]), "router", tolerance_s=0.04) == [
        "No failed GET: met.",
        "First in time to leave: met, or level.",
    ]


def test_that_nobody_left_is_no_victory() -> None:
    rows = summarise([replace(VERDICT, leave_s=None), replace(VERDICT, peer="nginx", leave_s=None)])
    assert "nobody left" in goals(rows, "router", 0.04)[1]
    assert goals([], "router", 0.04) == ["The router took no part."]


def test_every_round_has_every_cell_in_an_order_of_its_own() -> None:
    cells = shuffled([OURS, NGINX], list(Fault), 3, seed=7)
    rounds = [[(each.peer.name, each.fault) for each in cells if each.round == number] for number in (1, 2, 3)]
    assert all(sorted(each) == sorted(rounds[0]) for each in rounds)
    assert len({tuple(each) for each in rounds}) == 3
    assert cells == shuffled([OURS, NGINX], list(Fault), 3, seed=7)


def test_the_chart_is_well_formed_whatever_is_missing() -> None:
    course = Timeline(13.0, (Step(-1.0, 12, 14, 0), Step(1.0, 0, 0, 6), Step(2.0, 45, 9000, 0)))
    svg = draw(
        {"router": "Origin <Router>, x", "nginx": "nginx"}, "router", [Fault.SILENT], {("router", Fault.SILENT): course}
    )
    words = "".join(ElementTree.fromstring(svg).itertext())
    assert "Origin <Router>" in words
    assert "not measured" in words
