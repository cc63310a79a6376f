"""Pages in a headless Chromium without network.

If no browser is installed, tests that use it are skipped; while `CI` is set, they fail.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

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
        skip_or_fail(str(error))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


def skip_or_fail(reason: str) -> NoReturn:
    """Skip a test that needs a browser; fail it in continuous integration."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:
    """Open a file offline; `complaints` of the page collects its errors and failed requests."""
    contexts = []

    def open_(path: Path, width: int = WIDE, theme: str = "light") -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, offline=True)
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda message: message.type == "error" and page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("requestfailed", lambda request: page.complaints.append(f"requested {request.url}"))
        page.goto(path.resolve().as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()


def scrolls_sideways(page: Any) -> bool:
    """Whether a page is wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def serious_findings(page: Any) -> list[str]:
    """Accessibility violations found by axe-core, serious or worse."""
    from axe_playwright_python.sync_playwright import Axe

    violations = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {[node['html'][:200] for node in each['nodes'][:3]]}"
        for each in violations
        if each["impact"] in ("serious", "critical")
    ]
