"""A run is exported from the page, and opened again: by `origin-router view`, and by dropping it on a page."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.parts import cell, detail, expect_choice, faults, press, running
from tests.support.scripted_edge import ScriptedEdge

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

COMMAND = Path(sys.executable).with_name("origin-router")


@pytest_asyncio.fixture(loop_scope="module")
async def edge() -> AsyncIterator[ScriptedEdge]:
    async with running(ScriptedEdge()) as edge:
        yield edge


async def exported(page: Page, edge: ScriptedEdge, directory: Path) -> Path:
    """Export a run in which frankfurt was refused, as a user does."""
    await page.goto(edge.url)
    await expect_choice(page, "eu-central-1", "frankfurt")
    edge.faults.add(kind="refused", edge="eu-central-1", origin="frankfurt")
    await expect_choice(page, "eu-central-1", "virginia")
    await expect(faults(page)).to_have_count(1)
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Export run").click()
    saved = await download.value
    assert re.fullmatch(r"origin-router-run-\d{8}T\d{6}Z\.json", saved.suggested_filename)
    path = directory / saved.suggested_filename
    await saved.save_as(path)
    return path


@contextlib.asynccontextmanager
async def viewing(path: Path) -> AsyncIterator[str]:
    """`origin-router view`, ended as by Ctrl-C."""
    view = await asyncio.create_subprocess_exec(COMMAND, "view", path, "--json", stdout=asyncio.subprocess.PIPE)
    assert view.stdout is not None
    try:
        yield json.loads(await asyncio.wait_for(view.stdout.readline(), 30))["page"]
    finally:
        view.send_signal(signal.SIGINT)
        await asyncio.wait_for(view.communicate(), 15)
    assert view.returncode == 0


async def drop(page: Page, content: str) -> None:
    """Drop a file on the page."""
    await page.evaluate(
        """(content) => {
          const data = new DataTransfer();
          data.items.add(new File([content], "run.json", { type: "application/json" }));
          document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
        content,
    )


async def test_view_shows_an_exported_run_and_lets_nothing_be_changed(
    page: Page, edge: ScriptedEdge, tmp_path: Path
) -> None:
    path = await exported(page, edge, tmp_path)
    async with viewing(path) as url:
        await page.goto(url)

        await expect(page.locator("#connection")).to_have_text("recording")
        await expect(page.get_by_role("region", name="Recording")).to_contain_text(
            re.compile(r"Recording of .*\d\d:\d\d:\d\d, 6\d s long")
        )
        await expect_choice(page, "eu-central-1", "virginia")
        await expect(cell(page, "eu-central-1", "frankfurt")).to_contain_text("refused")
        await expect(faults(page)).to_contain_text("refused")
        await expect(detail(page).locator("[data-part=requests] tr")).to_have_count(100)
        await cell(page, "eu-central-1", "frankfurt").click()
        for name in ("Inject fault", "Remove all", "Stop frankfurt", "Pause viewers", "Back to live"):
            await expect(press(page, name)).to_be_hidden()
        await expect(page.get_by_role("button", name=re.compile("^Remove"))).to_be_hidden()


async def test_the_slider_goes_back_to_before_the_fault(page: Page, edge: ScriptedEdge, tmp_path: Path) -> None:
    path = await exported(page, edge, tmp_path)
    async with viewing(path) as url:
        await page.goto(url)
        await expect_choice(page, "eu-central-1", "virginia")
        slider = page.get_by_role("slider", name="Moment of the recording")
        await slider.focus()
        await page.keyboard.press("Home")
        for _ in range(10):
            await page.keyboard.press("ArrowRight")

        await expect_choice(page, "eu-central-1", "frankfurt")
        await expect(faults(page)).to_have_count(0)
        await expect(slider).to_have_attribute("aria-valuetext", re.compile(r"\d\d:\d\d:\d\d"))

        await press(page, "Play").click()
        await expect(press(page, "Pause")).to_be_visible()
        await expect_choice(page, "eu-central-1", "virginia", timeout_ms=30_000)
        await page.keyboard.press("End")


async def test_a_run_that_is_dropped_on_a_live_page_is_shown_until_it_goes_back(
    page: Page, edge: ScriptedEdge, tmp_path: Path
) -> None:
    path = await exported(page, edge, tmp_path)
    for name in tuple(edge.faults.active):
        edge.faults.end(name)
    await expect_choice(page, "eu-central-1", "frankfurt")

    await drop(page, path.read_text())

    await expect(page.locator("#connection")).to_have_text("recording")
    await expect_choice(page, "eu-central-1", "virginia")
    await press(page, "Back to live").click()
    await expect(page.locator("#connection")).to_have_text("live")
    await expect_choice(page, "eu-central-1", "frankfurt")
    await expect(page.get_by_role("region", name="Recording")).to_be_hidden()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("not JSON", "is not JSON"),
        ('{"log": {}}', "is not an exported run"),
        ("null", "is not an exported run"),
        (
            '{"format": "origin-router-run", "format_version": 2, "made_by": "cloudfront-origin-router 9"}',
            "written by a newer version (cloudfront-origin-router 9)",
        ),
        ('{"format": "origin-router-run", "format_version": 1, "document": {}}', "is damaged"),
    ],
)
async def test_a_file_that_is_no_run_is_refused_and_the_page_stays_live(
    page: Page, edge: ScriptedEdge, content: str, complaint: str
) -> None:
    await page.goto(edge.url)
    await expect_choice(page, "eu-central-1", "frankfurt")

    await drop(page, content)

    await expect(page.get_by_role("alert")).to_contain_text(complaint)
    await expect(page.locator("#connection")).to_have_text("live")


HOSTILE = "<img src=x onerror=alert(1)>"
INHERITED = ("constructor", "__proto__", "toString")


def hostile_run() -> dict[str, Any]:
    """A run whose names are markup, or names of what every object has."""
    names = (HOSTILE, *INHERITED)
    origin = {
        "measured": {"at": 5.0, "ms": 5.0},
        "series": [[4.0, 5.0, "ok"], [5.0, None, HOSTILE]],
        "state": HOSTILE,
        "probe": {
            "at": 5.0,
            "outcome": HOSTILE,
            "detail": HOSTILE,
            "status": None,
            "moment": HOSTILE,
            "withheld": None,
        },
    }
    row = {"at": 5.0, "method": HOSTILE, "uri": HOSTILE, "origin": HOSTILE, "reason": HOSTILE, "host": HOSTILE}
    edge = {
        "url": f"http://127.0.0.1/{HOSTILE}",
        "freeze": HOSTILE,
        "extensions": True,
        "problem": {"at": 5.0, "where": HOSTILE, "error": HOSTILE},
        "links": {name: {"host": HOSTILE, "round_trip_ms": 5.0, "mode": HOSTILE} for name in names},
        "pools": {
            name: {
                "choice": {"origin": HOSTILE, "previous": HOSTILE, "reason": HOSTILE, "since": 5.0},
                "choices": [[4.0, HOSTILE, None], [5.0, "toString", HOSTILE]],
                "origins": dict.fromkeys(names, origin),
            }
            for name in (HOSTILE, "constructor")
        },
        "environments": {
            name: {"state": HOSTILE, "invocations": 1, "cold_start_ms": 5.0, "choice": HOSTILE} for name in names
        },
        "requests": dict.fromkeys(names, row),
        "counts": {"requests": 1, "results": {HOSTILE: 1}, "statuses": {HOSTILE: 1}, "second": [5, 1]},
        "counters": {name: {"miss": 1} for name in names},
        "hosts": dict.fromkeys(names, HOSTILE),
    }
    fault = {"id": HOSTILE, "kind": HOSTILE, "edge": "*", "origin": HOSTILE, "ms": 5, "until": None}
    document = {
        "edges": {HOSTILE: edge, "constructor": edge},
        "faults": {HOSTILE: fault},
        "fault_log": [[5.0, True, fault]],
        "demo": None,
    }
    changes = [["put", ["edges", "x", name, "polluted"], HOSTILE] for name in INHERITED]
    return {
        "format": "origin-router-run",
        "format_version": 1,
        "made_by": HOSTILE,
        "recorded_at": 6.0,
        "limits": {"series_s": 300, "series_points": 1000},
        "document": document,
        "history": {"start": {"edges": {}, "faults": {}, "fault_log": [], "demo": None}, "frames": [[5.0, changes]]},
    }


async def test_hostile_names_are_text(page: Page, edge: ScriptedEdge) -> None:
    """Nothing of a file becomes markup or reaches into the page's own objects."""
    await page.goto(edge.url)
    await expect(page.locator("#connection")).to_have_text("live")

    await drop(page, json.dumps(hostile_run()))

    await expect(page.locator("#connection")).to_have_text("recording")
    await expect(page.get_by_role("grid").get_by_role("rowheader").first).to_contain_text(HOSTILE)
    await expect(detail(page).locator("[data-part=choice]").first).to_have_text(HOSTILE)
    await expect(faults(page)).to_contain_text(HOSTILE)
    await page.get_by_role("gridcell").first.click()
    await expect(page.locator("#link-title")).to_contain_text(HOSTILE)
    await expect(page.locator(".chart .annotation-text", has_text="<img src=x").first).to_be_attached()
    await expect(page.locator("#notice")).to_be_hidden()
    slider = page.get_by_role("slider", name="Moment of the recording")
    await slider.focus()
    await page.keyboard.press("Home")
    assert await page.locator("img").count() == 0
    assert await page.evaluate("[Object.polluted, ({}).polluted, Object.prototype.toString.polluted]") == [None] * 3


async def test_a_file_that_is_a_run_outside_and_nonsense_inside_says_so(page: Page, edge: ScriptedEdge) -> None:
    await page.goto(edge.url)
    await expect(page.locator("#connection")).to_have_text("live")
    run = hostile_run()
    run["document"]["edges"] = {"eu-west-1": {"pools": {"web": {"origins": {"a": {"series": 5}}}}}}

    await drop(page, json.dumps(run))

    await expect(page.get_by_role("alert")).to_contain_text("This file cannot be shown")
