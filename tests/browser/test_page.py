"""The live page in a real browser, against a scripted edge: what a newcomer sees and does."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.parts import cell, detail, expect_choice, faults, press, running, show_edge
from tests.support.scripted_edge import ScriptedEdge

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def edge() -> AsyncIterator[ScriptedEdge]:
    """A scripted edge that has been running for a minute."""
    async with running(ScriptedEdge()) as edge:
        yield edge


async def test_stopping_the_fastest_origin_moves_the_choice_and_reviving_brings_it_back(
    page: Page, edge: ScriptedEdge
) -> None:
    """The whole point of the demo, as a newcomer goes through it."""
    await page.goto(edge.url)
    await expect(page.locator("#connection")).to_have_text("live")
    await expect_choice(page, "eu-central-1", "frankfurt")
    await expect_choice(page, "us-east-1", "virginia")
    await expect(page.locator("#hint")).to_contain_text("stop frankfurt")

    await press(page, "Stop frankfurt").click()

    await expect_choice(page, "eu-central-1", "virginia")
    await expect_choice(page, "us-east-1", "virginia")
    await expect(detail(page).locator("[data-part=why]")).to_contain_text("frankfurt is left out")
    await expect(press(page, "Stop frankfurt")).to_have_attribute("aria-pressed", "true")
    await expect(page.locator("#announcer")).to_have_text("eu-central-1 now sends requests to virginia")
    frankfurt = detail(page).locator(".origins tr", has_text="frankfurt")
    await expect(frankfurt).to_contain_text("ejected")
    await expect(frankfurt).to_contain_text("connection refused")

    await press(page, "Revive frankfurt").click()

    await expect_choice(page, "eu-central-1", "frankfurt")
    await expect(frankfurt).to_contain_text("serving")


@pytest.mark.parametrize(
    ("button", "state", "probe"),
    [
        ("Slow", "answers 400 ms late", "answered"),
        ("Break", "answers with status 500", "status 500"),
        ("Silence", "accepts, never answers", "no answer in time"),
    ],
)
async def test_every_other_fault_is_shown_where_it_acts(
    page: Page, edge: ScriptedEdge, button: str, state: str, probe: str
) -> None:
    await page.goto(edge.url)

    await show_edge(page, "us-east-1")
    await press(page, f"{button} virginia").click()

    origin = page.locator(".demo-origin", has_text="virginia")
    await expect(origin).to_contain_text(state)
    await expect_choice(page, "us-east-1", "frankfurt")
    await expect(detail(page).locator(".origins tr", has_text="virginia")).to_contain_text(probe)


async def test_charts_are_drawn_from_what_was_measured(page: Page, edge: ScriptedEdge) -> None:
    """One line per origin with its name beside it; a failed probe becomes a mark, not a time."""
    await page.goto(edge.url)
    await show_edge(page, "us-east-1")
    chart = detail(page).locator(".chart")
    await expect(chart.locator(".lines .js-line")).to_have_count(3)
    for name in ("choice", "frankfurt", "virginia", "tokyo"):
        await expect(chart.locator(".annotation-text", has_text=name)).to_have_count(1)
    assert await drawn_points(chart, "failures") == 0
    assert await drawn_points(chart, "lines") >= 3 * 55

    await press(page, "Silence tokyo").click()

    await expect(detail(page).locator(".origins tr", has_text="tokyo")).to_contain_text("no answer in time")
    async with asyncio.timeout(10):
        while await drawn_points(chart, "failures") == 0:
            await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("times_ms", "axis_ms"),
    [
        ([2.0, 90.0], [1, 1000]),
        ([0.4, 90.0], [0.1, 1000]),
        ([0.0, None, 5.0], [0.01, 1000]),
        ([3.0, 1500.0], [1, 10000]),
    ],
)
async def test_the_axis_of_a_chart_reaches_as_far_as_what_was_measured(
    page: Page, edge: ScriptedEdge, times_ms: list[float | None], axis_ms: list[float]
) -> None:
    """An origin beside the edge answers in less than a millisecond: its line is not drawn along the lower end."""
    await page.goto(edge.url)
    await expect_choice(page, "us-east-1", "virginia")
    script = """async (times) => {
      const { drawChart } = await import("/static/chart.js");
      const element = document.body.appendChild(document.createElement("div"));
      const series = times.map((ms, index) => [index, ms, ms === null ? "refused" : "ok"]);
      drawChart(element, { origins: { near: { series, measured: { ms: 0.4 } } } }, { log: [], active: [] }, 10, 300);
      return element.layout.yaxis.range.map((each) => 10 ** each);
    }"""

    assert await page.evaluate(script, times_ms) == pytest.approx(axis_ms)


async def drawn_points(chart: Locator, kind: str) -> int:
    """Points in the charts' traces, as the library holds them."""
    mode = {"lines": "lines", "failures": "markers"}[kind]
    script = """(element, mode) => element.data
      .filter((trace) => trace.mode === mode && trace.name !== "faults")
      .reduce((sum, trace) => sum + trace.x.length, 0)"""
    points: int = await chart.evaluate(script, mode)
    return points


async def test_requests_are_counted_and_listed_newest_first(page: Page, edge: ScriptedEdge) -> None:
    await page.goto(edge.url)
    first = detail(page).locator("[data-part=requests] tr").first
    await expect(first).to_contain_text(re.compile(r"GET /.*(frankfurtfastestMiss|cacheno function runHit)200.* ms"))
    await expect(detail(page).locator("[data-part=totals]")).to_have_text(
        re.compile(r"[1-9]\d* hits · [1-9]\d* misses · 0 errors")
    )
    await expect(detail(page).locator("[data-part=environments]")).to_contain_text("312 ms")

    times = await detail(page).locator("[data-part=requests] .time").all_inner_texts()

    assert len(times) == 100
    assert times == sorted(times, reverse=True)


async def test_viewers_can_be_paused(page: Page, edge: ScriptedEdge) -> None:
    await page.goto(edge.url)

    await press(page, "Pause viewers").click()

    await expect(press(page, "Resume viewers")).to_be_visible()
    assert edge.demo.is_running is False


async def test_a_lost_connection_is_shown_and_regained(page: Page, edge: ScriptedEdge) -> None:
    await page.goto(edge.url)
    await expect(page.locator("#connection")).to_have_text("live")
    port = int(edge.url.rpartition(":")[2])

    await edge.close()
    await expect(page.locator("#connection")).to_contain_text("connection lost at")

    await edge.serve(port)
    await expect(page.locator("#connection")).to_have_text("live", timeout=15_000)


async def test_everything_can_be_reached_and_done_with_the_keyboard(page: Page, edge: ScriptedEdge) -> None:
    await page.goto(edge.url)
    await expect(press(page, "Stop frankfurt")).to_be_visible()
    reached: list[Any] = []
    while "Requests of eu-central-1, newest first" not in reached:
        await page.keyboard.press("Tab")
        reached.append(await page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''"))
        assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid", (
            "focus is visible"
        )
        assert len(reached) < 60

    assert {"Slow frankfurt", "Stop virginia", "Revive tokyo"} <= set(reached)
    assert "Environments of eu-central-1" in reached, "the list can be scrolled with the arrow keys"
    cells = [label for label in reached if label.startswith(("eu-central-1 to", "us-east-1 to"))]
    assert len(cells) == 1, "the matrix is one stop; arrow keys move in it"
    await press(page, "Stop frankfurt").focus()
    await page.keyboard.press("Enter")
    await expect_choice(page, "eu-central-1", "virginia")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1400])
async def test_nothing_is_wider_than_the_screen_and_words_stand_out(
    browser: Browser, edge: ScriptedEdge, width: int, scheme: Any
) -> None:
    context = await browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = await context.new_page()
    await page.goto(edge.url)
    await expect_choice(page, "us-east-1", "virginia")
    await cell(page, "us-east-1", "virginia").click()
    edge.faults.add(kind="refused", edge="*", origin="tokyo")
    edge.faults.add(kind="latency", edge="us-east-1", origin="frankfurt", ms=20, for_s=300)
    await expect(cell(page, "us-east-1", "tokyo")).to_contain_text("refused")
    await expect(faults(page)).to_have_count(2)

    overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    weak = await page.evaluate(WEAK_CONTRASTS)
    await context.close()

    assert overflow == 0
    assert weak == []


WEAK_CONTRASTS = """() => {
  // Texts whose contrast with what is behind them is below 4.5:1, WCAG's level AA.
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const channels = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const linear = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const weights = [0.2126, 0.7152, 0.0722];
  const luminance = (colour) => channels(colour).slice(0, 3).map(linear).reduce((sum, v, i) => sum + v * weights[i], 0);
  const behind = (each) => {
    const colour = getComputedStyle(each).backgroundColor;
    return channels(colour)[3] === 255 || !each.parentElement ? colour : behind(each.parentElement);
  };
  const texts = [...document.querySelectorAll("body *, .card text")].filter((each) =>
    each.checkVisibility() && !["SCRIPT", "OPTION"].includes(each.tagName) &&
    [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()));
  return texts.map((each) => {
    const style = getComputedStyle(each);
    const shades = [luminance(each instanceof SVGElement ? style.fill : style.color), luminance(behind(each))];
    return [each.textContent, (Math.max(...shades) + 0.05) / (Math.min(...shades) + 0.05)];
  }).filter(([, ratio]) => ratio < 4.5);
}"""


async def test_nothing_jumps_when_data_arrive(page: Page, edge: ScriptedEdge) -> None:
    """Where things are does not depend on what happens: not even on a failover or on faults."""
    await page.goto(edge.url)
    await expect_choice(page, "eu-central-1", "frankfurt")
    before = await positions(page)
    for kind in ("latency", "refused", "status", "reset", "dns"):
        edge.faults.add(kind=kind, edge="us-east-1", origin="tokyo")

    await press(page, "Stop frankfurt").click()
    await expect_choice(page, "eu-central-1", "virginia")
    await expect(detail(page).locator("[data-part=why]")).to_contain_text("frankfurt is left out")

    assert await positions(page) == before


async def positions(page: Page) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = await page.evaluate(
        "[...document.querySelectorAll('.card, .chart, table, .stream, h2, #board td, .fault-form *')]"
        ".map((each) => each.getBoundingClientRect()).map((box) => [box.top, box.height])"
    )
    return found


async def test_a_browser_of_another_site_learns_nothing(context: BrowserContext, edge: ScriptedEdge) -> None:
    """A foreign page can neither read the state nor press a button, seen from a real browser."""
    page = await context.new_page()
    await page.route(
        "http://evil.test/", lambda route: route.fulfill(body="<title>evil</title>", content_type="text/html")
    )
    await page.goto("http://evil.test/")
    attempt = """async ([url, init]) => {
      try { return (await fetch(url, init)).status } catch (error) { return error.name }
    }"""

    read = await page.evaluate(attempt, [f"{edge.url}/api/state", {}])
    pressed = await page.evaluate(
        attempt,
        [f"{edge.url}/api/origins/tokyo/stop", {"method": "POST", "headers": {"X-Origin-Router-Page": "1"}}],
    )
    sent_blindly = await page.evaluate(
        attempt, [f"{edge.url}/api/origins/tokyo/stop", {"method": "POST", "mode": "no-cors"}]
    )

    assert (read, pressed) == ("TypeError", "TypeError")
    assert json.dumps(sent_blindly) in {'"TypeError"', "0"}
    assert edge.demo.states["tokyo"] == "ok"
