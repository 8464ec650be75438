"""The picture of the review pages in docs/review.md: People and Same person? of the demo film.

    castlist demo --wrong-merge-cost 20 -o careful    # leaves people in two parts: there is to ask
    python benchmarks/draw_review.py careful docs/review.png

It needs Chromium and Playwright, of which the extra ``test`` has the second. The result is left as
it is.
"""

from __future__ import annotations

import argparse
import io
import shutil
from pathlib import Path

from castlist.clustering.report.write import write_report
from castlist.clustering.review.session import Session
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from review_pages import serving

PEOPLE, SAME = {"width": 900, "height": 510}, {"width": 900, "height": 620}
BETWEEN, GREY = 8, "#888888"  # px


def pictures_of(address: str) -> list[Image.Image]:
    """Return what is to be seen of both pages."""
    with sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--mute-audio"]
        )
        people = browser.new_page(viewport=PEOPLE)
        people.goto(address)
        people.locator("input").first.press_sequentially("Gus")
        same = browser.new_page(viewport=SAME)
        same.goto(address)
        same.goto(address.partition("/?")[0] + "/same")
        pictures = [seen(people), seen(same)]
        people.locator("input").first.press("Escape")
        browser.close()
    return pictures


def seen(page: Page) -> Image.Image:
    page.wait_for_load_state("networkidle")
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    session = Session(arguments.result, write_report)
    with serving(session) as address:
        above, below = pictures_of(address)
    session.close()
    whole = Image.new("RGB", (above.width, above.height + BETWEEN + below.height), GREY)
    whole.paste(above, (0, 0))
    whole.paste(below, (0, above.height + BETWEEN))
    whole.quantize(128).save(arguments.out, optimize=True)


if __name__ == "__main__":
    main()
