"""What the pages show works: examples are loaded, links lead somewhere, and the journal's words are all explained."""

from __future__ import annotations

import inspect
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from origin_router.cli.state_file import read_state
from origin_router.config import LoadedConfig, parse
from origin_router.config.prior_file import read_prior
from origin_router.edge.feedback import ATTEMPT_HEADER, STAMP_HEADER
from origin_router.edge.journal import Journal
from origin_router.routing.control_document import parse_control
from origin_router.routing.model import Outcome, Reason, State

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted((DOCS / "how-to").glob("*.md"))
EVERY_PAGE = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "terraform").glob("*.md")])
JOURNAL = DOCS / "reference" / "journal.md"

_BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\w+)\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?P<file>[^)#:]*)(?:#(?P<anchor>[^)]+))?\)")


def blocks(page: Path, language: str) -> list[str]:
    """Return the page's blocks in a language."""
    found = _BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [each["text"] for each in found if each["language"] == language]


def configurations() -> Iterator[Any]:
    """Every block that names pools."""
    for page in PAGES:
        for number, text in enumerate(blocks(page, "toml")):
            if "[pools." in text or "[[pools." in text:
                yield pytest.param(text, id=f"{page.stem}-{number}")


def load(text: str, directory: Path) -> LoadedConfig:
    """Load an example, with the files that it names beside it."""
    for pool in tomllib.loads(text)["pools"].values():
        body_file = pool.get("response", {}).get("body_file")
        if body_file:
            (directory / body_file).write_text("<h1>We are back soon</h1>")
    return parse(text.encode(), directory / "origin-router.toml", needs_dev_files=False)


@pytest.mark.parametrize("text", list(configurations()))
def test_every_configuration_on_a_page_is_valid(text: str, tmp_path: Path) -> None:
    """As it stands there, and without a warning."""
    assert load(text, tmp_path).warnings == ()


def documents() -> Iterator[Any]:
    """Every JSON block with the first configuration of its page."""
    for page in PAGES:
        for number, text in enumerate(blocks(page, "json")):
            yield pytest.param(json.loads(text), blocks(page, "toml")[0], id=f"{page.stem}-{number}")


@pytest.mark.parametrize(("document", "config"), list(documents()))
def test_every_document_on_a_page_is_valid(document: Any, config: str, tmp_path: Path) -> None:
    """A control document, a state or a prior file, for the configuration of that page."""
    router = load(config, tmp_path).router
    if "version" in document:
        assert parse_control(document, router).unknown == ()
    elif "Effect" in document:
        assert document["Action"] == "s3:GetObject"
        assert document["Resource"] == f"arn:aws:s3:::{router.control.bucket}/{router.control.key}"
    elif "origins" in next(iter(document["pools"].values())):
        assert read_state(json.dumps(document), router)
    else:
        assert read_prior(json.dumps(document).encode(), tmp_path / "prior.json", router).warnings == ()


@pytest.mark.parametrize("page", EVERY_PAGE, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_pages_and_headings_that_exist(page: Path) -> None:
    """Within the repository."""
    for link in _LINK.finditer(page.read_text(encoding="utf-8")):
        target = (page.parent / link["file"]).resolve() if link["file"] else page
        assert target.is_file(), link[0]
        assert link["anchor"] is None or link["anchor"] in anchors(target), link[0]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_word_of_the_journal_is_explained() -> None:
    """Events, outcomes, states, reasons, and our headers."""
    text = JOURNAL.read_text(encoding="utf-8")
    events = {name for name, _ in inspect.getmembers(Journal, inspect.isfunction) if not name.startswith("_")}
    words = {*events, *Outcome, *State, *Reason, STAMP_HEADER, ATTEMPT_HEADER}

    assert {str(word) for word in words if f"`{word}`" not in text} == set()
