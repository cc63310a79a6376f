"""`make pictures`: measure and draw what the manual shows, and photograph the newest report."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from seqframe.errors import UserError
from seqframe.reporting.html.render import find_report
from tools.docs.drawings import write_drawings
from tools.docs.flows import keep_flows, measure_flows, read_flows
from tools.docs.places import PICTURES

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
WIDTH, HEIGHT = 1200, 1080  # pixels
LARGEST = 300_000  # bytes of a photograph


def main() -> None:
    """Make all pictures anew."""
    keep_flows(measure_flows())
    read_flows.cache_clear()
    write_drawings()
    photograph(find_report(), PICTURES / "report.png")


def photograph(page: Path, picture: Path) -> None:
    """What a reader sees of a page before scrolling, in the light theme.

    Raises:
        UserError: There is no browser, or the picture is too large for a README.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(BROWSERS), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        tab.goto(page.resolve().as_uri())
        tab.wait_for_timeout(500)  # ms: curves are drawn by a script
        tab.screenshot(path=picture)
        browser.close()
    if picture.stat().st_size > LARGEST:
        raise UserError(
            f"A picture in the README has at most {LARGEST} bytes. Received: {picture.stat().st_size} in "
            f"{picture.name}. Photograph less of the page."
        )


def find_browser(names: Sequence[str]) -> str:
    """An installed browser of Chromium's family.

    Raises:
        UserError: There is none.
    """
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise UserError(
            f"Pictures are taken by a browser on the PATH, one of {', '.join(names)}. Received: none of them."
        )
    return found


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(str(error))
