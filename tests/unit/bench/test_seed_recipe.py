"""The baseline does what its description says, its weaknesses included."""

from __future__ import annotations

import http.client
import threading
from typing import Any

import pytest

from bench.seed_recipe import SeedRecipe, Server

EU, US = Server("eu.example", 443), Server("us.example", 443)


class ScriptedConnection(http.client.HTTPConnection):
    """Fails, answers, or answers once it is told to."""

    def __init__(self, server: Server, failure: OSError | None, gate: threading.Event | None) -> None:
        super().__init__(*server)
        self._failure = failure
        self._gate = gate

    def request(self, method: str, url: str, *_arguments: Any, **_options: Any) -> None:
        assert (method, url) == ("HEAD", "/")
        if self._gate is not None:
            self._gate.wait(5)
        if self._failure is not None:
            raise self._failure

    def getresponse(self) -> http.client.HTTPResponse:
        unread: Any = None  # the recipe does not look at it
        return unread  # type: ignore[no-any-return]


class World:
    """What the origins do, and how often they were asked."""

    def __init__(self) -> None:
        self.failures: dict[Server, OSError] = {}
        self.gates: dict[Server, threading.Event] = {}
        self.asked: list[Server] = []
        self.now = 100.0

    def connect(self, server: Server) -> http.client.HTTPConnection:
        self.asked.append(server)
        return ScriptedConnection(server, self.failures.get(server), self.gates.get(server))

    def recipe(self, *, refresh_s: float = 10.0, watchdog_s: float = 5.0) -> SeedRecipe:
        return SeedRecipe(
            [EU, US], refresh_s=refresh_s, connect=self.connect, watchdog_s=watchdog_s, clock=lambda: self.now
        )


@pytest.fixture
def world() -> Any:
    world = World()
    yield world
    for gate in world.gates.values():
        gate.set()


def test_the_first_answer_wins(world: World) -> None:
    world.gates[EU] = threading.Event()
    assert world.recipe().choose() == US


def test_a_failure_publishes_nothing(world: World) -> None:
    world.failures[EU] = ConnectionRefusedError()
    assert world.recipe().choose() == US


def test_the_choice_is_cached_until_it_is_too_old(world: World) -> None:
    world.failures[EU] = ConnectionRefusedError()
    recipe = world.recipe(refresh_s=10)
    recipe.choose()
    world.now += 9.9
    recipe.choose()
    assert sorted(world.asked) == [EU, US]
    world.now += 0.1
    recipe.choose()
    assert sorted(world.asked) == [EU, EU, US, US]


def test_the_watchdog_publishes_the_first_server_and_the_next_request_tries_again(world: World) -> None:
    world.failures = {EU: TimeoutError(), US: TimeoutError()}
    recipe = world.recipe(watchdog_s=0.01)
    assert recipe.choose() == EU
    world.failures = {EU: TimeoutError()}
    assert recipe.choose() == US
