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
from playwright.async_api import Locator, Page, expect

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


def card(page: Page, region: str) -> Locator:
    return page.locator(".edge", has=page.get_by_role("heading", name=region, exact=True))


async def test_a_failover_can_be_watched_and_undone(page: Page, admin_url: str) -> None:
    """Traffic flows by itself; stopping the nearest origin moves it, reviving brings it back."""
    await page.goto(admin_url)
    frankfurt_edge, virginia_edge = card(page, "eu-central-1"), card(page, "us-east-1")
    choice = frankfurt_edge.locator("[data-part=choice]")
    await expect(choice).to_have_text("frankfurt", timeout=MOVE_MS)
    await expect(virginia_edge.locator("[data-part=choice]")).to_have_text("virginia", timeout=MOVE_MS)
    requests = frankfurt_edge.locator("[data-part=requests]")
    await expect(requests).to_contain_text("frankfurt", timeout=MOVE_MS)

    await page.get_by_role("button", name="Stop frankfurt").click()

    await expect(choice).to_have_text("virginia", timeout=MOVE_MS)
    await expect(frankfurt_edge.locator("[data-part=why]")).to_contain_text("frankfurt is left out", timeout=MOVE_MS)
    await expect(requests.locator("tr").first).to_contain_text("200", timeout=MOVE_MS)
    await expect(virginia_edge.locator("[data-part=choice]")).to_have_text("virginia")

    await page.get_by_role("button", name="Revive frankfurt").click()

    await expect(choice).to_have_text("frankfurt", timeout=MOVE_MS)
