"""The matrix of edges and origins, and faults on its cells, in a real browser against a scripted edge."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.parts import cell, choices, detail, expect_choice, faults, press, running, show_edge
from tests.support.scripted_edge import SITES, ScriptedEdge

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def edge() -> AsyncIterator[ScriptedEdge]:
    async with running(ScriptedEdge(), past_s=10) as edge:
        yield edge


@pytest_asyncio.fixture(loop_scope="module")
async def many() -> AsyncIterator[ScriptedEdge]:
    """13 edges and 8 origins."""
    async with running(ScriptedEdge(many=True), past_s=10) as edge:
        yield edge


async def test_a_cell_says_what_is_measured_configured_healthy_and_chosen(page: Page, edge: ScriptedEdge) -> None:
    await page.goto(edge.url)
    link = cell(page, "us-east-1", "virginia")

    await expect(link).to_have_attribute(
        "aria-label",
        re.compile(
            r"us-east-1 to virginia, measured \d+\.?\d* ms, round trip of the link 1\.3 ms, serving, choice of web, "
            r"chosen by 1 of 1 environments"
        ),
    )
    await expect(link).to_have_text(re.compile(r"^\d+\.?\d* ms1\.3 ms$"))


async def test_a_fault_is_injected_with_the_mouse_seen_and_removed(page: Page, edge: ScriptedEdge) -> None:
    """Traffic moves, the cell says why, and when the fault is removed everything returns."""
    await page.goto(edge.url)
    await expect_choice(page, "us-east-1", "virginia")
    link = cell(page, "us-east-1", "virginia")

    await link.click()
    await expect(page.locator("#link-title")).to_have_text("us-east-1 → virginia")
    await expect(link).to_have_attribute("aria-selected", "true")
    await choices(page, "Fault").select_option("refused")
    await press(page, "Inject fault").click()

    await expect_choice(page, "us-east-1", "frankfurt")
    await expect(link).to_have_text(re.compile("^refused.*refused.*ejected"))
    await expect(faults(page)).to_have_text(re.compile(r"refused us-east-1 → virginia\s*(30|29|28) s left"))
    await expect(detail(page).locator("[data-part=requests] tr").first).to_contain_text("frankfurt")
    await expect_choice(page, "eu-central-1", "frankfurt")

    await press(page, "Remove refused on us-east-1 → virginia").click()

    await expect_choice(page, "us-east-1", "virginia")
    await expect(faults(page)).to_have_count(0)
    await expect(link).to_have_attribute("data-faulty", "false")


async def test_the_whole_way_goes_with_the_keyboard(page: Page, edge: ScriptedEdge) -> None:
    """Arrow keys to the cell, Enter, the form with Tab and Enter, back with Escape, and the fault's own button."""
    await page.goto(edge.url)
    await expect_choice(page, "us-east-1", "virginia")
    await cell(page, "eu-central-1", "frankfurt").focus()
    for key in ("ArrowDown", "ArrowRight", "End", "Home", "ArrowRight", "ArrowRight"):
        await page.keyboard.press(key)
    await expect(cell(page, "us-east-1", "virginia")).to_be_focused()

    await page.keyboard.press("Enter")
    await expect(choices(page, "Fault")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("spinbutton", name="Milliseconds")).to_be_focused()
    await page.keyboard.type("350")
    await page.keyboard.press("Enter")

    await expect(faults(page)).to_contain_text("latency 350 ms")
    await expect_choice(page, "us-east-1", "frankfurt")
    await expect(page.locator("#announcer")).to_contain_text(re.compile("Fault added|now sends requests to"))
    await page.keyboard.press("Escape")
    await expect(cell(page, "us-east-1", "virginia")).to_be_focused()
    await press(page, "Remove latency 350 ms on us-east-1 → virginia").focus()
    await page.keyboard.press("Space")

    await expect_choice(page, "us-east-1", "virginia")
    await expect(page.locator("#faults-title")).to_be_focused()


async def test_a_fault_may_concern_every_edge_and_all_can_be_removed_at_once(page: Page, edge: ScriptedEdge) -> None:
    await page.goto(edge.url)
    await cell(page, "us-east-1", "frankfurt").click()
    await choices(page, "Fault").select_option("status")
    await choices(page, "On").select_option("frankfurt from every edge")
    await choices(page, "For").select_option("until removed")
    await press(page, "Inject fault").click()
    await press(page, "Inject fault").click()

    await expect(faults(page).first).to_have_text(
        re.compile(r"status 503, 100 % every edge → frankfurt\s*until removed")
    )
    for region in ("us-east-1", "eu-central-1"):
        await expect(cell(page, region, "frankfurt")).to_have_text(re.compile("status 500.*2 faults"))

    await press(page, "Remove all").click()

    await expect(faults(page)).to_have_count(0)
    await expect_choice(page, "eu-central-1", "frankfurt")


async def test_a_fault_that_ends_by_itself_leaves_and_its_time_is_marked(page: Page, edge: ScriptedEdge) -> None:
    await page.goto(edge.url)
    await expect_choice(page, "eu-central-1", "frankfurt")
    edge.faults.add(kind="refused", edge="eu-central-1", origin="tokyo", for_s=1.5)
    await expect(faults(page)).to_have_count(1)

    await expect(faults(page)).to_have_count(0)

    marks = detail(page).locator(".chart")
    async with asyncio.timeout(10):
        while True:
            texts = await marks.evaluate("chart => chart.data.find((trace) => trace.name === 'faults').text")
            if len(texts) == 2:
                break
            await asyncio.sleep(0.1)
    assert [text.split(" ", 1)[1] for text in texts] == [
        "refused began, eu-central-1 → tokyo",
        "refused ended, eu-central-1 → tokyo",
    ]


async def test_what_cannot_be_had_here_is_offered_with_the_reason(page: Page, edge: ScriptedEdge) -> None:
    await page.goto(edge.url)
    await cell(page, "us-east-1", "tokyo").click()
    kind = choices(page, "Fault")

    await expect(kind.locator("option[disabled]")).to_have_text("Packet loss: needs --links packets")
    await kind.select_option("latency")
    await expect(page.get_by_role("spinbutton", name="Milliseconds")).to_have_value("200")
    await page.get_by_role("spinbutton", name="Milliseconds").fill("0")
    await press(page, "Inject fault").click()
    assert await page.get_by_role("spinbutton", name="Milliseconds").evaluate("input => input.validity.rangeUnderflow")
    assert edge.faults.active == {}


async def test_thirteen_edges_are_one_matrix_and_one_detail(page: Page, many: ScriptedEdge) -> None:
    """The page stays light: what is not shown is not drawn."""
    await page.goto(many.url)
    await expect(page.get_by_role("grid").get_by_role("rowheader")).to_have_count(13)
    await expect(page.get_by_role("gridcell")).to_have_count(13 * len(SITES))
    await expect_choice(page, "eu-west-1", "a-rather-long-name")

    await show_edge(page, "sa-east-1")

    await expect(detail(page)).to_have_count(1)
    await expect(detail(page).locator(".js-plotly-plot")).to_have_count(1)
    await expect(detail(page).locator("[data-part=choice]")).to_have_text("sao-paulo")
    assert await page.evaluate("document.querySelectorAll('*').length") < 6_000
    await choices(page, "Edge in detail").select_option("us-west-2")
    await expect(detail(page).locator("[data-part=choice]")).to_have_text("oregon")
    await expect(choices(page, "Edge in detail")).to_be_focused()


@pytest.mark.parametrize("width", [360, 390, 1280])
async def test_the_matrix_scrolls_within_itself_and_keeps_the_names_of_edges(
    browser: Browser, many: ScriptedEdge, width: int
) -> None:
    context = await browser.new_context(viewport={"width": width, "height": 800})
    page = await context.new_page()
    await page.goto(many.url)
    await expect(page.get_by_role("grid").get_by_role("rowheader")).to_have_count(13)
    await cell(page, "us-west-2", "a-rather-long-name").focus()

    overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    name = await page.get_by_role("grid").get_by_role("rowheader", name=re.compile("^us-west-2")).bounding_box()
    focused = await cell(page, "us-west-2", "a-rather-long-name").bounding_box()
    await context.close()

    assert overflow == 0
    assert name is not None
    assert focused is not None
    assert name["x"] >= 0
    assert focused["x"] + focused["width"] <= width, "the cell that has the focus is in sight"
    assert focused["x"] >= name["x"] + name["width"] - 1, "and the names do not cover it"


async def test_a_screen_reader_is_told_little_however_much_happens(page: Page, many: ScriptedEdge) -> None:
    """Thirteen choices that move at once are one sentence."""
    await page.goto(many.url)
    await expect_choice(page, "eu-west-1", "a-rather-long-name")
    told: list[str] = []
    await page.expose_function("told", lambda sentence: told.append(sentence))
    await page.evaluate(
        "new MutationObserver(() => told(document.getElementById('announcer').textContent))"
        ".observe(document.getElementById('announcer'), { childList: true, characterData: true, subtree: true })"
    )

    for origin in SITES:
        if origin != "tokyo":
            many.faults.add(kind="refused", edge="*", origin=origin)
    for region in ("eu-west-1", "us-east-1", "sa-east-1"):
        await expect_choice(page, region, "tokyo")
    await expect(page.locator("#announcer")).to_contain_text("choices moved")

    assert len(told) <= 4
    assert all(len(sentence) < 200 for sentence in told)
