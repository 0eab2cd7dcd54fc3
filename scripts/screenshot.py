"""Take docs/images/live-page.png: the demo a few seconds after a fault was put on the link of a choice.

    .venv/bin/python scripts/screenshot.py [--history SECONDS] [--output FILE]

Runs `origin-router dev --demo` and looks at its page with Chromium. The charts reach back five
minutes, so by default the demo runs for most of that before anything is broken.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
WIDTH_PX, HEIGHT_PX = 1400, 1180
AFTER_FAILOVER_S = 12
"""Long enough for the failed probes and the new choice to be seen in the charts."""
MOVE_MS = 30_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--history", type=int, default=270, metavar="SECONDS", help="how long to run first [270]")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "images" / "live-page.png", metavar="FILE")
    arguments = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("no Chromium on this machine: install the package chromium")
    with tempfile.TemporaryDirectory() as directory:
        command = [str(Path(sys.executable).with_name("origin-router")), "dev", "--demo", "--json"]
        dev = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=directory, text=True)  # noqa: S603 - our own command
        try:
            assert dev.stdout is not None  # noqa: S101 - asked for above
            admin_url = json.loads(dev.stdout.readline())["admin"]
            take(chromium, admin_url, arguments.history, arguments.output)
        finally:
            dev.send_signal(signal.SIGINT)
            dev.communicate(timeout=30)


def take(chromium: str, admin_url: str, history_s: int, output: Path) -> None:
    """Open the page, let it gather history, cause a failover, and take the picture."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": WIDTH_PX, "height": HEIGHT_PX}, color_scheme="light")
        page.goto(admin_url)
        page.wait_for_timeout(history_s * 1000)
        break_link(page)
        page.wait_for_timeout(AFTER_FAILOVER_S * 1000)
        page.mouse.move(0, 0)
        page.screenshot(path=output)
        browser.close()


def break_link(page: Page) -> None:
    """Let the link from the first edge to the origin next door refuse, and wait until the edge's choice has moved."""
    page.get_by_role("gridcell", name="eu-central-1 to frankfurt").click()
    page.get_by_role("combobox", name="Fault", exact=True).select_option("refused")
    page.get_by_role("combobox", name="For", exact=True).select_option("1 min")
    page.get_by_role("button", name="Inject fault").click()
    expect(page.locator("[data-part=choice]").first).not_to_have_text("frankfurt", timeout=MOVE_MS)


if __name__ == "__main__":
    main()
