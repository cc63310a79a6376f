"""Pages in a headless Chromium, with the network off. Where no browser is installed, these tests are skipped."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PHONE, WIDE = 360, 1440  # pixels

Open = Callable[..., Any]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    from seqframe.errors import UserError
    from tools.docs.pictures import BROWSERS, find_browser

    try:
        found = find_browser(BROWSERS)
    except UserError as error:
        pytest.skip(str(error))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:
    """Open a file, offline; what the page complains of is gathered in its `complaints`."""
    contexts = []

    def open_(path: Path, width: int = WIDE, theme: str = "light") -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, offline=True)
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda message: message.type == "error" and page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("requestfailed", lambda request: page.complaints.append(f"asked for {request.url}"))
        page.goto(path.resolve().as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()


def scrolls_sideways(page: Any) -> bool:
    """Whether a page is wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def serious_findings(page: Any) -> list[str]:
    """What axe-core finds that keeps people out, serious or worse."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {[node['html'][:200] for node in each['nodes'][:3]]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
