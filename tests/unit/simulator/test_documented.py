"""The page about the simulator says all that there is, as it is: keys with their defaults, kinds, policies, figures."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest

from origin_router.simulator.events import COMMON_KEYS, KEYS, EventConfig
from origin_router.simulator.measures import figures
from origin_router.simulator.policies import NAMES
from origin_router.simulator.scenario import EdgeConfig, Scenario, SimulatedOrigin, TrafficConfig, scenario_of
from origin_router.simulator.tally import Tally

PAGE = (Path(__file__).parents[3] / "docs/explanation/simulator.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| (`[^|]+) \|([^|]*)\|", PAGE, re.MULTILINE))
TABLES = {"origins.": SimulatedOrigin, "traffic.": TrafficConfig, "edge.": EdgeConfig, "": Scenario}
SAID_OTHERWISE = {"regions", "origins", "traffic", "edge", "events", "about"}
KEYS_WITH_DEFAULTS = [
    (f"{prefix}{each.name}", each.default)
    for prefix, table in TABLES.items()
    for each in fields(table)
    if not (prefix == "" and each.name in SAID_OTHERWISE)
]


@pytest.mark.parametrize(("key", "default"), KEYS_WITH_DEFAULTS)
def test_every_key_of_a_scenario_is_told_with_its_default(key: str, default: Any) -> None:
    """None where it has to be given."""
    (said,) = [value.strip() for names, value in ROWS.items() if f"`{key}`" in names]
    if default is MISSING:
        assert said == ""
    else:
        assert said.strip("`") == (f"{default:g}" if type(default) is float else json.dumps(default))


@pytest.mark.parametrize("kind", KEYS)
def test_every_kind_of_event_is_told_with_its_keys_and_their_defaults(kind: str) -> None:
    """In brackets, as they hold if they are not given."""
    kinds = [line for line in PAGE.split("| Kind |")[1].splitlines() if line.startswith("| `")]
    (row,) = [line for line in kinds if f"`{kind}`" in line[: line.find("|", 2)]]
    told = row.rsplit("|", 2)[1]

    for key in KEYS[kind]:
        default = getattr(EventConfig, key)
        assert f"`{key}` ({default:g})" in told if isinstance(default, float) else f"`{key}` (`{default}`)" in told
    assert told.count("(") == len(KEYS[kind])


def test_keys_that_all_events_take_are_told() -> None:
    """With the others of a scenario."""
    assert all(f"`events.{key}`" in PAGE for key in COMMON_KEYS)


@pytest.mark.parametrize("name", [*NAMES, *figures(Tally(), 1.0), "scenario", "policy", "seed", "environments"])
def test_policies_and_figures_are_told(name: str) -> None:
    """Under the names that tables and JSON have for them; quantiles as the first and the last of them."""
    assert f"`{name}`" in PAGE or name in ("added_p95_ms", "added_p99_ms")


def test_the_example_can_be_played() -> None:
    """As it stands."""
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)

    assert scenario_of(tomllib.loads(example), "example").events[1].regions == ("eu-west-1",)
