"""Scenarios: worlds that people can write, as TOML files. Ten are built in."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as validated

from origin_router.simulator import mistakes
from origin_router.simulator.events import COMMON_KEYS, KEYS, EventConfig
from origin_router.simulator.geography import EDGE_REGIONS, PLACES

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
STRICT = ConfigDict(extra="forbid")


class ScenarioError(Exception):
    """A scenario that cannot be played; its message has a line for each mistake."""


@validated(frozen=True, kw_only=True, config=STRICT)
class SimulatedOrigin:
    """One origin of the world."""

    id: str
    place: str
    """AWS Region in or near which it is."""
    server_ms: Positive = 30.0
    """Median time of its server."""
    sigma: NotNegative = 0.4
    """Of the lognormal distribution of its times; 0.4: one in 24 takes more than twice the median."""
    tail_share: Share = 0.002
    """Share of requests that take ten times as long."""


@validated(frozen=True, kw_only=True, config=STRICT)
class TrafficConfig:
    """How many requests miss the cache."""

    requests_per_s: Positive = 26.0
    """All Regions together, averaged over a day."""
    daily_swing: Share = 0.6
    """0.6: from 0.4 times the average (at 03:00 local time) to 1.6 times (15:00)."""
    requests_per_environment_s: Annotated[float, Field(gt=0, le=10)] = 0.5
    """How thinly they are spread over environments. Lambda@Edge allows at most 10/s."""
    get_share: Share = 0.9
    """Share of requests that CloudFront may fail over (GET, HEAD, OPTIONS)."""


@validated(frozen=True, kw_only=True, config=STRICT)
class EdgeConfig:
    """How Lambda@Edge behaves."""

    freeze: Literal["process", "vm"] = "process"
    """What is stopped between two requests."""
    extensions: bool = True
    """Whether an internal extension may register."""
    init_ms: NotNegative = 200.0
    """What a cold start of Lambda takes before any of our code waits for anything."""
    lifetime_h: Positive = 2.0
    """An environment is recycled after this time, give or take a half."""
    idle_min: Positive = 10.0
    """Without requests it ends after this time."""


@validated(frozen=True, kw_only=True, config=STRICT)
class Scenario:
    """A world with its traffic."""

    name: str
    about: str = ""
    hours: Annotated[float, Field(gt=0, le=24 * 31)] = 6.0
    regions: tuple[str, ...] = tuple(EDGE_REGIONS)
    jitter: Share = 0.03
    origins: Annotated[tuple[SimulatedOrigin, ...], Field(min_length=1)]
    traffic: TrafficConfig = Field(default_factory=TrafficConfig)
    edge: EdgeConfig = Field(default_factory=EdgeConfig)
    events: tuple[EventConfig, ...] = ()


@dataclass(frozen=True)
class _Found:
    text: str
    source: str


def built_in_names() -> list[str]:
    """Names of the built-in scenarios."""
    folder = resources.files(__package__) / "scenarios"
    return sorted(each.name.removesuffix(".toml") for each in folder.iterdir() if each.name.endswith(".toml"))


def load_scenario(name_or_file: str) -> Scenario:
    """Return a built-in scenario by name, or read one from a file; raise ScenarioError."""
    found = _find(name_or_file)
    try:
        document = tomllib.loads(found.text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{found.source}: is not TOML: {error}") from None
    return scenario_of(document, found.source)


def scenario_of(document: dict[str, Any], source: str) -> Scenario:
    """Validate a document."""
    try:
        scenario: Scenario = _adapter().validate_python(document)
    except ValidationError as error:
        found = mistakes.lines(error.errors(include_url=False), _keys_at)
        raise ScenarioError("\n".join(f"{source}: {each}" for each in found)) from None
    if problems := [*_problems(scenario), *_idle_keys(document)]:
        raise ScenarioError("\n".join(f"{source}: {each}" for each in problems))
    return scenario


def _find(name_or_file: str) -> _Found:
    if name_or_file in built_in_names():
        file = resources.files(__package__) / "scenarios" / f"{name_or_file}.toml"
        return _Found(file.read_text(encoding="utf-8"), name_or_file)
    path = Path(name_or_file)
    if path.suffix != ".toml":
        raise ScenarioError(
            f"{name_or_file!r} is no built-in scenario ({', '.join(built_in_names())}); a file ends in .toml"
        )
    try:
        return _Found(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _problems(scenario: Scenario) -> list[str]:
    ids = [each.id for each in scenario.origins]
    found = [f"origins[{index}].place: {each.place!r} is not an AWS Region that we know: {', '.join(PLACES)}"
             for index, each in enumerate(scenario.origins) if each.place not in PLACES]  # fmt: skip
    found += [f"origins: two are called {each!r}" for each in sorted(set(ids)) if ids.count(each) > 1]
    found += [f"regions: {each!r} does not run Lambda@Edge" for each in scenario.regions if each not in EDGE_REGIONS]
    if not scenario.regions:
        found.append("regions: at least one")
    for index, event in enumerate(scenario.events):
        place = f"events[{index}]"
        if not event.origins:
            found.append(f"{place}.origins: needs at least one")
        if event.at_min >= scenario.hours * 60:
            found.append(f"{place}.at_min: begins after the end, which is {scenario.hours:g} hours after the start")
        found += [f"{place}.origins: there is no origin {each!r}" for each in event.origins if each not in ids]
        found += [f"{place}.regions: {each!r} is not among regions"
                  for each in event.regions if each not in scenario.regions]  # fmt: skip
        if event.kind == "cut" and not event.regions:
            found.append(f"{place}.regions: a cut needs the Regions that are cut off")
    return found


@cache
def _adapter() -> TypeAdapter[Scenario]:
    return TypeAdapter(Scenario)


def _keys_at(place: mistakes.Place) -> list[str]:
    """The keys of the table there."""
    table = {"origins": SimulatedOrigin, "events": EventConfig, "traffic": TrafficConfig, "edge": EdgeConfig}
    return [each.name for each in fields(table[str(place[0])] if place else Scenario)]


def _idle_keys(document: dict[str, Any]) -> Iterator[str]:
    """Keys of events that do nothing: whoever wrote them expects that they do."""
    for index, event in enumerate(document.get("events", ())):
        allowed = (*COMMON_KEYS, *KEYS[event["kind"]])
        idle = [key for key in event if key not in allowed]
        for key in idle:
            yield f"events[{index}].{key}: does nothing for {event['kind']}, which takes {', '.join(allowed)}"
