"""Takes the README's picture from a running demo: `python -m tests.screenshots`, wherever Chromium is installed."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from bot.demo import Demo

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "held.png"
SIZE = {"width": 1440, "height": 900}
PATIENCE = 20_000  # milliseconds


def main() -> int:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("Install Chromium first.", file=sys.stderr)
        return 2
    demo = Demo(frozen_clock=True)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page(viewport=SIZE, reduced_motion="reduce")
            page.set_default_timeout(PATIENCE)
            page.goto(demo.url)
            _held(page, demo)
            PICTURE.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=PICTURE)
            browser.close()
    finally:
        demo.stop()
    print(f"{PICTURE.name}: {PICTURE.stat().st_size // 1000} kB")
    return 0


def _held(page: Page, demo: Demo) -> None:
    """The worked story until the first offer is held: the card, its thread, and the holds on the calendars."""
    page.wait_for_selector(".place")
    page.fill("#composer textarea", "/readiness-review CHG-1042")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=2 replies")  # the offers, and their picture
    page.click(".thread-summary")
    page.locator("button", has_text="Hold").first.click()
    page.wait_for_selector("text=Priya holds")
    page.wait_for_selector(".bar.hold")
    demo.bot.engine.idle(PATIENCE / 1000)
    page.mouse.move(720, 890)
    page.wait_for_timeout(1500)  # the last news scrolls the thread to its end
    offers = page.locator("text=starts fit everybody").last
    offers.evaluate("line => line.closest('.message').scrollIntoView({block: 'start'})")
    page.wait_for_timeout(300)


if __name__ == "__main__":
    sys.exit(main())
