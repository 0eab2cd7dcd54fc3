"""The suite about itself: every case names its statement, and no statement is claimed twice."""

from __future__ import annotations

from tests.conformance.collect import cases


def test_every_case_names_a_statement() -> None:
    """A case without one would prove something that the page does not claim."""
    nameless = [f"{module}.{name}" for module, name, statement in cases() if statement is None]

    assert not nameless, f"give these a @states(...): {nameless}"


def test_every_statement_is_there_once() -> None:
    """Two cases for one statement are one case too many, or the statement is two."""
    texts = [statement.text for _, _, statement in cases() if statement is not None]

    assert sorted(set(texts)) == sorted(texts)
    assert all(text.endswith(".") for text in texts)
