"""Where things are on the page, as a user would name them, and the edge behind it."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

from playwright.async_api import Locator, Page, expect

from tests.support.scripted_edge import ScriptedEdge


@contextlib.asynccontextmanager
async def running(edge: ScriptedEdge, *, past_s: int = 60) -> AsyncIterator[ScriptedEdge]:
    """A scripted edge that serves, and has been running for so long."""
    await edge.serve()
    running = asyncio.create_task(edge.run(past_s=past_s))
    yield edge
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await edge.close()


def cell(page: Page, edge: str, origin: str) -> Locator:
    """The cell of the matrix for a link."""
    return page.get_by_role("gridcell", name=re.compile(f"^{re.escape(edge)} to {re.escape(origin)},"))


async def expect_choice(page: Page, edge: str, origin: str, *, timeout_ms: float = 5_000) -> None:
    """The matrix says that this origin, and no other, is the choice of this edge."""
    await expect(cell(page, edge, origin)).to_have_attribute("data-chosen", "true", timeout=timeout_ms)
    row = page.locator("#board tbody tr", has=page.get_by_role("rowheader", name=re.compile(f"^{edge}")))
    await expect(row.locator('td[data-chosen="true"]')).to_have_count(1, timeout=timeout_ms)


async def show_edge(page: Page, edge: str) -> None:
    """Choose the edge that is shown in detail."""
    await page.get_by_role("grid").get_by_role("rowheader", name=re.compile(f"^{edge}")).click()
    await expect(detail(page).get_by_role("heading", level=2)).to_have_text(edge)


def detail(page: Page) -> Locator:
    """What is shown of one edge."""
    return page.locator("#detail > .edge")


def press(page: Page, name: str) -> Locator:
    """A button by its whole name."""
    return page.get_by_role("button", name=name, exact=True)


def choices(page: Page, name: str) -> Locator:
    """A list to choose from, by its label."""
    return page.get_by_role("combobox", name=name, exact=True)


def faults(page: Page) -> Locator:
    """The rows of the active faults."""
    return page.locator(".fault-list > li")
