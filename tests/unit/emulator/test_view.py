"""What each kind of event changes on the page, by tables of plain dicts."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from origin_router.emulator.changes import SERIES_S, apply
from origin_router.emulator.view import ENVIRONMENTS, NAMES, View, empty_document
from origin_router.emulator.view_faults import FAULTS
from origin_router.emulator.view_requests import HOSTS, OTHER_HOSTS, REQUESTS, result_of
from origin_router.routing.model import OF_ONE_REQUEST

EDGE = "eu-central-1"
POOL = ("edges", EDGE, "pools", "web")

PROBE = {
    "event": "probe", "pool": "web", "origin": "eu", "outcome": "ok", "detail": None, "status": 200, "moment": "race",
    "dns_ms": 0.1, "connect_ms": 0.2, "tls_ms": 9.0, "response_ms": 8.5, "withheld": None,
}  # fmt: skip
DECISION = {
    "event": "decision", "pool": "web", "origin": "eu", "reason": "fastest", "rule": None, "method": "GET", "uri": "/a",
    "request_id": "r1", "estimates": {"eu": 8.5, "us": None}, "health": {"eu": "serving", "us": "unknown"},
}  # fmt: skip
ENTRY = {
    "x-edge-request-id": "r1", "cs-method": "GET", "cs-uri-stem": "/a", "sc-status": 200, "time-taken": 0.0123,
    "x-edge-result-type": "Miss", "r-host": "eu.example.com",
}  # fmt: skip


def journal(line: dict[str, Any], at: float = 10.0, environment: str = "env-1") -> dict[str, Any]:
    return {"type": "journal", "at": at, "edge": EDGE, "environment": environment, "line": line}


def request(at: float = 10.0, **changed: Any) -> dict[str, Any]:
    return {
        "type": "request",
        "at": at,
        "edge": EDGE,
        "entry": ENTRY | {k.replace("_", "-"): v for k, v in changed.items()},
    }


def environment(name: str, state: str, cold_start_ms: float | None = None) -> dict[str, Any]:
    about = {"environment": name, "state": state, "invocations": 3, "cold_start_ms": cold_start_ms}
    return {"type": "environment", "at": 10.0, "edge": EDGE} | about


def fault(name: str = "f1", at: float = 10.0, *, is_active: bool = True, **changed: Any) -> dict[str, Any]:
    about = {"id": name, "kind": "latency", "edge": EDGE, "origin": "eu", "ms": 200, "until": 40.0} | changed
    return {"type": "fault", "at": at, "fault": about, "is_active": is_active}


def link(origin: str = "eu", round_trip_ms: float = 92.0) -> dict[str, Any]:
    about = {"origin": origin, "host": f"{origin}.example.com:443", "round_trip_ms": round_trip_ms, "mode": "relay"}
    return {"type": "link", "at": 10.0, "edge": EDGE} | about


def seen(*events: dict[str, Any]) -> dict[str, Any]:
    view = View()
    for event in events:
        view.fold(event)
    return view.document


def at_origin(document: dict[str, Any], origin: str = "eu") -> dict[str, Any]:
    found: dict[str, Any] = document["edges"][EDGE]["pools"]["web"]["origins"][origin]
    return found


@pytest.mark.parametrize(
    ("changed", "series", "measured_ms"),
    [
        pytest.param({}, [[10.0, 8.5, "ok"]], 8.5, id="measured"),
        pytest.param({"outcome": "refused", "response_ms": None}, [[10.0, None, "refused"]], None, id="failed"),
        pytest.param({"outcome": "bad_status", "status": 500}, [[10.0, None, "bad_status"]], None, id="fast 500"),
        pytest.param({"response_ms": None, "withheld": "stamped at the thaw"}, None, None, id="withheld"),
        pytest.param({"response_ms": None}, [[10.0, 0.2, "ok"]], 0.2, id="only connected, as a TCP probe does"),
        pytest.param({"response_ms": None, "connect_ms": None}, None, None, id="answered, not measured"),
    ],
)  # fmt: skip
def test_a_probe_draws_a_point_only_where_something_was_learned(
    changed: dict[str, Any], series: list[Any] | None, measured_ms: float | None
) -> None:
    origin = at_origin(seen(journal(PROBE | changed)))

    assert series == origin.get("series")
    assert measured_ms == origin.get("measured", {}).get("ms")
    assert (PROBE | changed)["outcome"] == origin["probe"]["outcome"]


def test_measured_times_are_kept_for_five_minutes() -> None:
    document = seen(*(journal(PROBE, at=float(at)) for at in range(0, 1000, 10)))

    times = [at for at, _, _ in at_origin(document)["series"]]

    assert times[-1] == 990.0
    assert times[0] == 990.0 - SERIES_S


def test_a_choice_moves_with_the_decisions_and_remembers_where_from() -> None:
    """Journal level or environment may hide the choice line: decisions tell the same."""
    document = seen(
        journal(DECISION, at=1.0),
        journal(DECISION | {"reason": "kept_in_band"}, at=2.0),
        journal(DECISION | {"event": "choice", "origin": "us", "previous": "eu"}, at=3.0),
        journal(DECISION | {"origin": "us"}, at=4.0),
    )
    pool = document["edges"][EDGE]["pools"]["web"]

    assert pool["choice"] == {"origin": "us", "previous": "eu", "reason": "fastest", "since": 3.0}
    assert pool["choices"] == [[1.0, "eu", None], [3.0, "us", "eu"]]
    assert document["edges"][EDGE]["environments"]["env-1"]["choice"] == "us"
    assert at_origin(document)["estimate_ms"] == 8.5
    assert at_origin(document)["state"] == "serving"


@pytest.mark.parametrize("reason", OF_ONE_REQUEST)
def test_what_is_decided_for_one_request_is_not_the_choice(reason: str) -> None:
    """It is a row of the requests, and what it tells of health is news."""
    told = {"origin": "us", "reason": reason, "request_id": "r2", "health": {"eu": "ejected", "us": "serving"}}
    document = seen(journal(DECISION, at=1.0), journal(DECISION | told, at=2.0))
    edge = document["edges"][EDGE]

    assert edge["pools"]["web"]["choice"]["origin"] == "eu"
    assert edge["pools"]["web"]["choices"] == [[1.0, "eu", None]]
    assert edge["environments"]["env-1"]["choice"] == "eu"
    assert (edge["requests"]["r2"]["origin"], edge["requests"]["r2"]["reason"]) == ("us", reason)
    assert at_origin(document)["state"] == "ejected"


def test_the_reason_follows_the_latest_decision() -> None:
    document = seen(journal(DECISION, at=1.0), journal(DECISION | {"reason": "kept_in_band"}, at=2.0))

    choice = document["edges"][EDGE]["pools"]["web"]["choice"]

    assert (choice["reason"], choice["since"]) == ("kept_in_band", 1.0)


@pytest.mark.parametrize("events", [[journal(DECISION), request()], [request(), journal(DECISION)]])
def test_decision_and_access_log_make_one_row_in_either_order(events: list[dict[str, Any]]) -> None:
    edge = seen(*events)["edges"][EDGE]

    assert list(edge["requests"]) == ["r1"]
    row = edge["requests"]["r1"]
    assert tuple(row[key] for key in ("origin", "reason", "uri", "status", "result", "total_ms")) == (
        "eu",
        "fastest",
        "/a",
        200,
        "miss",
        12.3,
    )
    assert edge["hosts"] == {"eu.example.com": "eu"}


def test_an_error_does_not_teach_which_origin_a_host_is() -> None:
    """With failover, the host is the last one tried and the decision may be of the first try."""
    edge = seen(journal(DECISION), request(sc_status=502, x_edge_result_type="Error"))["edges"][EDGE]

    assert "hosts" not in edge


@pytest.mark.parametrize(
    ("result_type", "status", "result"),
    [
        ("Hit", 200, "hit"),
        ("RefreshHit", 200, "hit"),
        ("Miss", 200, "miss"),
        ("Miss", 404, "error"),
        ("Error", 502, "error"),
        ("LambdaExecutionError", 503, "error"),
        ("LambdaValidationError", 502, "error"),
        ("LambdaLimitExceeded", 503, "error"),
    ],
)
def test_results_are_put_together_by_what_the_viewer_got(result_type: str, status: int, result: str) -> None:
    assert result == result_of(ENTRY | {"x-edge-result-type": result_type, "sc-status": status})


def test_requests_are_counted_by_host_and_result() -> None:
    """Hits have no host: no origin was asked."""
    edge = seen(
        request(x_edge_request_id="1"),
        request(x_edge_request_id="2"),
        request(x_edge_request_id="3", r_host="-", x_edge_result_type="Hit"),
        request(x_edge_request_id="4", sc_status=502),
    )["edges"][EDGE]

    assert edge["counters"] == {"eu.example.com": {"miss": 2, "error": 1}, "-": {"hit": 1}}


def test_memory_is_bounded_however_long_it_runs() -> None:
    view = View()
    for index in range(1_000):
        view.fold(request(at=float(index), x_edge_request_id=f"r{index}", r_host=f"host-{index}"))
        view.fold(environment(f"env-{index}", "idle", 30.0))
        view.fold(environment(f"env-{index}", "dead"))
        view.fold(journal(PROBE | {"pool": f"p{index}"}))
        view.fold(journal(PROBE | {"origin": f"o{index}"}))
    edge = view.document["edges"][EDGE]

    assert len(edge["requests"]) == REQUESTS
    assert f"r{1_000 - REQUESTS}" == next(iter(edge["requests"])), "the oldest are forgotten"
    assert len(edge["counters"]) == HOSTS + 1
    assert edge["counters"][OTHER_HOSTS]["miss"] == 1_000 - HOSTS
    assert len(edge["environments"]) == ENVIRONMENTS
    assert edge["cold_starts"] == 1_000
    assert len(edge["pools"]) <= 100
    assert len(edge["pools"]["p0"]["origins"]) <= 100


def test_a_fault_is_listed_while_it_acts_and_remembered_when_it_has_ended() -> None:
    about = {"id": "f1", "kind": "latency", "edge": EDGE, "origin": "eu", "ms": 200, "until": 40.0}

    assert seen(fault(at=10.0))["faults"] == {"f1": about}
    document = seen(fault(at=10.0), fault(at=12.0), fault(at=40.0, is_active=False), fault(at=41.0, is_active=False))
    assert document["faults"] == {}
    assert document["fault_log"] == [[10.0, True, about], [40.0, False, about]], "told twice is not begun twice"


def test_a_fault_takes_only_what_faults_take() -> None:
    """The page shows the numbers it knows; anything else in the event is left out."""
    shown = seen(fault(until=None, pct=50, secret="x"))["faults"]["f1"]

    assert shown == {"id": "f1", "kind": "latency", "edge": EDGE, "origin": "eu", "ms": 200, "pct": 50, "until": None}


def test_a_link_follows_its_configuration() -> None:
    links = seen(link(), link(round_trip_ms=300.0), link("us"))["edges"][EDGE]["links"]

    assert links["eu"] == {"host": "eu.example.com:443", "round_trip_ms": 300.0, "mode": "relay"}
    assert list(links) == ["eu", "us"]


def test_faults_and_links_are_bounded() -> None:
    document = seen(*(fault(f"f{index}") for index in range(FAULTS + 5)), *(link(f"o{i}") for i in range(NAMES + 5)))

    assert len(document["faults"]) == len(document["fault_log"]) == FAULTS
    assert len(document["edges"][EDGE]["links"]) == NAMES


def test_an_edge_counts_results_statuses_invocations_and_second_attempts() -> None:
    edge = seen(
        request(at=10.2, x_edge_request_id="1", lambda_ms=[1.0, 2.0], sr_reason="Failover:502"),
        request(at=10.9, x_edge_request_id="2", x_edge_result_type="Hit", r_host="-", lambda_ms=[]),
        request(at=12.1, x_edge_request_id="3", x_edge_result_type="Error", sc_status=502, lambda_ms=[1.0]),
        request(at=12.2, x_edge_request_id="4", x_edge_result_type="Error", sc_status=0),
    )["edges"][EDGE]

    assert edge["counts"] == {
        "requests": 4,
        "results": {"Miss": 1, "Hit": 1, "Error": 2},
        "statuses": {"2xx": 2, "5xx": 1, "gone": 1},
        "failovers": 1,
        "invocations": 3,
        "second": [12, 2],
    }
    assert edge["rate"] == [[10, 2]], "the second that goes on is not yet a point"


def test_a_clock_that_goes_back_does_not_undo_a_second() -> None:
    edge = seen(request(at=12.0), request(at=11.0), request(at=13.0))["edges"][EDGE]

    assert edge["rate"] == [[12, 2]]


def test_the_newest_answer_of_an_origin_is_what_a_request_met_there() -> None:
    """All that is known where a function measures nothing itself."""
    edge = seen(
        request(at=10.0, origin_fbl=0.0984),
        request(at=11.0, origin_fbl=0.0501, sc_status=404, x_edge_request_id="r2"),
        request(at=12.0, r_host="-", origin_fbl=0.1, x_edge_request_id="r3"),
        request(at=13.0, x_edge_request_id="r4"),
    )["edges"][EDGE]

    assert edge["answers"] == {"eu.example.com": {"at": 11.0, "ms": 50.1, "status": 404}}


def test_living_environments_are_never_forgotten() -> None:
    many = ENVIRONMENTS + 5
    edge = seen(*(environment(f"env-{index}", "idle") for index in range(many)))["edges"][EDGE]

    assert many == len(edge["environments"])


def test_an_environment_keeps_what_is_told_once() -> None:
    moment = {"event": "moment", "moment": "frozen", "why": "it works", "extension": True}
    document = seen(environment("env-1", "idle", 312.0), journal(moment), environment("env-1", "frozen"))

    about = document["edges"][EDGE]["environments"]["env-1"]

    assert (about["state"], about["invocations"], about["cold_start_ms"]) == ("frozen", 3, 312.0)
    assert about["measuring"] == {"moment": "frozen", "why": "it works"}


def test_health_error_edge_and_demo_events_find_their_place() -> None:
    document = seen(
        {"type": "edge", "at": 1.0, "edge": EDGE, "url": "http://127.0.0.1:1", "freeze": "vm", "extensions": False},
        journal(
            {"event": "health", "pool": "web", "origin": "eu", "before": "serving", "after": "ejected", "cause": "dns"}
        ),
        journal({"event": "error", "where": "handler", "error": "KeyError: x"}),
        {"type": "origin", "at": 1.0, "origin": "eu", "state": "slow", "place": "Berlin"},
        {"type": "traffic", "at": 1.0, "is_running": True, "requests_per_s": 3},
    )

    assert tuple(document["edges"][EDGE][key] for key in ("url", "freeze", "extensions")) == (
        "http://127.0.0.1:1",
        "vm",
        False,
    )
    assert at_origin(document)["health"] == {"state": "ejected", "cause": "dns", "at": 10.0}
    assert document["edges"][EDGE]["problem"] == {"at": 10.0, "where": "handler", "error": "KeyError: x"}
    assert document["demo"] == {
        "origins": {"eu": {"state": "slow", "place": "Berlin"}},
        "traffic": {"is_running": True, "requests_per_s": 3},
    }  # fmt: skip


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"type": "journal"},
        {"type": "from the future", "at": 1.0, "edge": EDGE},
        {"type": "log", "at": 1.0, "edge": EDGE, "environment": "env-1", "text": "hello"},
        journal({}),
        journal({"event": 5}),
        journal({"event": "invented"}),
        journal({"event": "probe"}),
        journal(PROBE | {"pool": ["web"]}),
        journal(PROBE | {"response_ms": float("nan")}),
        journal(PROBE | {"response_ms": "8"}),
        journal(PROBE | {"response_ms": True}),
        journal(DECISION | {"estimates": [1, 2]}),
        journal(DECISION | {"estimates": {"eu": {}}}),
        request(sc_status=None),
        fault(ms="200"),
        fault(origin=None),
        fault(ms=float("inf")),
        fault(is_active=False),
        {"type": "fault", "at": 1.0, "fault": ["f1"], "is_active": True},
        link() | {"round_trip_ms": None},
        link() | {"host": 5},
        {"type": "request", "at": 1.0, "edge": EDGE, "entry": "text"},
    ],
)
def test_an_event_that_makes_no_sense_changes_nothing(event: dict[str, Any]) -> None:
    """Any function may run in the local edge, and may print what it likes."""
    view = View()

    assert view.fold(event) == []
    assert view.document == empty_document()


def test_a_long_uri_is_cut() -> None:
    row = seen(request(cs_uri_stem="/" + "a" * 8_000))["edges"][EDGE]["requests"]["r1"]

    assert len(row["uri"]) == 300


def test_a_page_that_follows_the_changes_sees_what_the_view_sees() -> None:
    """Snapshot in the middle, then changes through JSON: the copy is the same as the document."""
    events = [
        environment("env-1", "idle", 3.0), journal(PROBE), journal(DECISION), request(),
        journal(PROBE | {"outcome": "refused", "response_ms": None}, at=11.0),
        journal(DECISION | {"origin": "us", "request_id": "r2"}, at=11.5),
        request(at=12.0, x_edge_request_id="r2"), environment("env-1", "dead"), link(), fault(),
        fault(at=12.5, is_active=False), link(round_trip_ms=10.0),
    ]  # fmt: skip
    for joined in range(len(events)):
        view = View()
        for event in events[:joined]:
            view.fold(event)
        page = json.loads(json.dumps(view.document))
        for event in events[joined:]:
            for change in copy.deepcopy(view.fold(event)):
                apply(page, change)

        assert view.document == page
