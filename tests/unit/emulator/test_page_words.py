"""The live page has words for everything that the router can say."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from origin_router.emulator.view_journal import OF_ONE_REQUEST
from origin_router.routing import model
from origin_router.routing.model import Outcome, Reason

WORDS = files("origin_router.emulator").joinpath("page", "words.js").read_text(encoding="utf-8")


def keys_of(table: str) -> set[str]:
    found = re.search(rf"^const {table} = {{\n(.*?)^}};", WORDS, re.MULTILINE | re.DOTALL)
    assert found is not None, f"words.js has no table {table}"
    return set(re.findall(r"^  (\w+): ", found[1], re.MULTILINE))


def test_every_reason_has_a_word_and_no_other() -> None:
    assert keys_of("REASONS") == {str(reason) for reason in Reason}


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_sentence(reason: Reason) -> None:
    assert f'case "{reason}":' in WORDS


def test_every_outcome_has_a_word_and_no_other() -> None:
    assert keys_of("OUTCOMES") == {str(outcome) for outcome in Outcome}


def test_the_page_and_the_router_agree_on_decisions_of_one_request() -> None:
    assert {str(reason) for reason in model.OF_ONE_REQUEST} == OF_ONE_REQUEST
