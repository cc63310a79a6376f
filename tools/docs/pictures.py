"""`make pictures`: measure dependencies, draw the diagrams, and take screenshots of reports."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from seqframe.config import PROJECT_ROOT
from seqframe.errors import UserError
from seqframe.reporting.html.render import find_report
from tools.docs.dependencies import measure_dependencies, read_dependencies, store_dependencies
from tools.docs.diagrams import write_diagrams
from tools.docs.templates import PICTURES

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
WIDTH, HEIGHT = 1000, 1320  # pixels
TABLES = ("co2", "sunspots")  # on one a network is significantly better than the baselines, on the other none is
MAX_BYTES = 300_000  # of a screenshot


def main() -> None:
    """Make all pictures."""
    store_dependencies(measure_dependencies())
    read_dependencies.cache_clear()
    write_diagrams()
    for table in TABLES:
        command = [sys.executable, "-m", "kedro", "run", "--pipeline=compare", f"--env={table}"]
        subprocess.run(command, check=True, cwd=PROJECT_ROOT)
        take_screenshot(find_report(), PICTURES / f"report-{table}.png")


def take_screenshot(page: Path, picture: Path) -> None:
    """The part of a page that is visible without scrolling, in the light theme.

    Raises:
        UserError: There is no browser, or the picture is too large for a README.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(BROWSERS), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        tab.goto(page.resolve().as_uri())
        tab.wait_for_timeout(500)  # ms: charts are drawn by a script
        tab.screenshot(path=picture)
        browser.close()
    if picture.stat().st_size > MAX_BYTES:
        raise UserError(
            f"A picture in the README must have at most {MAX_BYTES} bytes. Received: {picture.stat().st_size} in "
            f"{picture.name}. Make WIDTH or HEIGHT in tools/docs/pictures.py smaller."
        )


def find_browser(names: Sequence[str]) -> str:
    """An installed browser of the Chromium family.

    Raises:
        UserError: There is none.
    """
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise UserError(f"Screenshots need a browser on the PATH: one of {', '.join(names)}. Received: none of them.")
    return found


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(str(error))
