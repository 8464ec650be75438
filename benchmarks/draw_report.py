"""The picture of the report in README: the page of the demo film, with its player open.

    castlist demo
    python benchmarks/draw_report.py castlist-demo docs/report.png

It needs Chromium and Playwright, of which the extra ``test`` has the second.
"""

from __future__ import annotations

import argparse
import io
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

SIZE = {"width": 1000, "height": 1060}
PERSON = "#person_003"


def picture_of(page_path: Path) -> bytes:
    """Open a report, play a moment of a person, and return what is to be seen as a PNG."""
    with sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--mute-audio"]
        )
        page = browser.new_page(viewport=SIZE)
        page.goto(page_path.absolute().as_uri())
        page.locator(f"{PERSON} button.shot").first.evaluate("own => own.click()")
        page.wait_for_timeout(500)
        page.evaluate("document.querySelector('video').pause()")
        page.wait_for_timeout(3500)  # until the film's own controls are gone
        picture = page.screenshot()
        browser.close()
    return picture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    with Image.open(io.BytesIO(picture_of(arguments.result / "report.html"))) as picture:
        picture.convert("RGB").save(arguments.out, optimize=True)


if __name__ == "__main__":
    main()
