"""Small worlds for tests of the simulator."""

from __future__ import annotations

from typing import Any

from origin_router.simulator.scenario import Scenario, scenario_of


def event(kind: str, *origins: str, at_min: float = 10, for_min: float = 20, **more: Any) -> dict[str, Any]:
    """Describe an event."""
    return {"kind": kind, "at_min": at_min, "for_min": for_min, "origins": list(origins), **more}


def world(*events: dict[str, Any], **more: Any) -> Scenario:
    """Return a world of two Regions, two origins beside them, and one hour."""
    document = {
        "name": "small",
        "hours": 1.0,
        "regions": ["us-east-1", "eu-west-1"],
        "origins": [{"id": "us", "place": "us-east-1"}, {"id": "eu", "place": "eu-west-1"}],
        "events": list(events),
        **more,
        "traffic": {"requests_per_s": 2.0, "daily_swing": 0.0} | more.get("traffic", {}),
    }
    return scenario_of(document, "small.toml")
