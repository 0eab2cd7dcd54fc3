"""The demo as a newcomer meets it: `origin-router dev`, a real browser, real origins, a real failover."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect

from tests.browser.parts import cell, choices, detail, expect_choice, faults, press, show_edge

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

COMMAND = Path(sys.executable).with_name("origin-router")
START_S = 30
MOVE_MS = 30_000
"""Generous for a loaded machine. On a quiet one a choice moves within 2 s and is back within 15 s."""


@pytest_asyncio.fixture(loop_scope="module")
async def admin_url(tmp_path: Path) -> AsyncIterator[str]:
    """The demo, started and at the end interrupted as by Ctrl-C."""
    dev = await asyncio.create_subprocess_exec(
        COMMAND, "dev", "--demo", "--json", stdout=asyncio.subprocess.PIPE, cwd=tmp_path
    )
    assert dev.stdout is not None
    started = json.loads(await asyncio.wait_for(dev.stdout.readline(), START_S))
    yield started["admin"]
    dev.send_signal(signal.SIGINT)
    await asyncio.wait_for(dev.communicate(), 15)


async def test_a_failover_can_be_watched_and_undone(page: Page, admin_url: str) -> None:
    """Traffic flows by itself; stopping the nearest origin moves it, reviving brings it back."""
    await page.goto(admin_url)
    await expect_choice(page, "eu-central-1", "frankfurt", timeout_ms=MOVE_MS)
    await expect_choice(page, "us-east-1", "virginia", timeout_ms=MOVE_MS)
    await show_edge(page, "eu-central-1")
    requests = detail(page).locator("[data-part=requests]")
    await expect(requests).to_contain_text("frankfurt", timeout=MOVE_MS)

    await press(page, "Stop frankfurt").click()

    await expect_choice(page, "eu-central-1", "virginia", timeout_ms=MOVE_MS)
    await expect(detail(page).locator("[data-part=why]")).to_contain_text("frankfurt is left out", timeout=MOVE_MS)
    await expect(requests.locator("tr").first).to_contain_text("200", timeout=MOVE_MS)
    await expect_choice(page, "us-east-1", "virginia")

    await press(page, "Revive frankfurt").click()

    await expect_choice(page, "eu-central-1", "frankfurt", timeout_ms=MOVE_MS)


async def test_a_fault_on_one_link_moves_one_edge_only(page: Page, admin_url: str) -> None:
    """Injected from the cell with the keyboard, seen in the matrix, removed: traffic goes and returns."""
    await page.goto(admin_url)
    await expect_choice(page, "eu-central-1", "frankfurt", timeout_ms=MOVE_MS)
    await expect_choice(page, "us-east-1", "virginia", timeout_ms=MOVE_MS)
    link = cell(page, "us-east-1", "virginia")
    await link.focus()
    await page.keyboard.press("Enter")
    await choices(page, "Fault").select_option("refused")
    await choices(page, "For").select_option("until removed")
    await page.keyboard.press("Tab")
    await press(page, "Inject fault").press("Enter")

    await expect(faults(page)).to_contain_text("refused")
    await expect_choice(page, "us-east-1", "frankfurt", timeout_ms=MOVE_MS)
    await expect(link).to_contain_text("refused")
    await expect(link).to_have_attribute("data-faulty", "true")
    await expect(detail(page).locator("[data-part=requests] tr").first).to_contain_text("frankfurt", timeout=MOVE_MS)
    await expect_choice(page, "eu-central-1", "frankfurt")

    await press(page, "Remove refused on us-east-1 → virginia").click()

    await expect(faults(page)).to_have_count(0)
    await expect_choice(page, "us-east-1", "virginia", timeout_ms=MOVE_MS)
    await expect(link).to_have_attribute("data-faulty", "false")


async def test_every_kind_of_fault_is_offered_and_can_be_injected(page: Page, admin_url: str) -> None:
    """Kinds and parameters are the server's."""
    await page.goto(admin_url)
    await expect_choice(page, "us-east-1", "virginia", timeout_ms=MOVE_MS)
    await cell(page, "us-east-1", "tokyo").click()
    kinds = choices(page, "Fault")
    await expect(kinds.locator("option")).to_have_count(12)
    for kind in await kinds.locator("option:not([disabled])").evaluate_all("all => all.map((each) => each.value)"):
        await kinds.select_option(kind)
        await choices(page, "For").select_option("1 min")
        await press(page, "Inject fault").click()
        await expect(faults(page).last).to_contain_text("s left")
        await expect(page.locator("[data-part=note]")).to_have_text("")
        await page.locator(".fault button").first.click()
        await expect(faults(page)).to_have_count(0)


async def test_what_the_server_refuses_is_said_beside_the_button(context: BrowserContext, admin_url: str) -> None:
    """Where the browser's own check was passed by. In a page of its own: Chromium logs every refused request."""
    page = await context.new_page()
    await page.goto(admin_url)
    await expect_choice(page, "us-east-1", "virginia", timeout_ms=MOVE_MS)
    await cell(page, "us-east-1", "tokyo").click()
    await page.evaluate("document.querySelector('.fault-form').noValidate = true")
    await choices(page, "Fault").select_option("latency")
    await page.get_by_role("spinbutton", name="Milliseconds").fill("-5")
    await press(page, "Inject fault").click()

    await expect(page.locator("[data-part=note]")).to_contain_text("ms: ")
    await expect(faults(page)).to_have_count(0)
