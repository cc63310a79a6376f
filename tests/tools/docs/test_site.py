"""The documentation as a site: built and read without a network."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT
from helpers.browser import PHONE, WIDE, scrolls_sideways, serious_findings
from tools.docs.inline_svg import inline_diagrams

PAGES = ("index", "framings/index", "framings/many_to_many", "framings/stateful", "settings", "faq", "experiments")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built strictly: a broken link is an error."""
    pytest.importorskip("zensical")
    folder = tmp_path_factory.mktemp("docs")
    shutil.copytree(ROOT / "docs", folder / "docs")
    shutil.copy(ROOT / "zensical.toml", folder)
    no_network = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    built = subprocess.run(command, cwd=folder, env={**no_network, "HOME": str(folder)}, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    inline_diagrams(folder / "site")
    return folder / "site"


def test_every_document_is_a_page_of_the_menu(site: Path) -> None:
    documents = {path.relative_to(ROOT / "docs").with_suffix("") for path in (ROOT / "docs").rglob("*.md")}
    assert documents == {path.relative_to(site).with_suffix("") for path in site.rglob("*.html")} - {Path("404")}
    menu = set(re.findall(r'"([\w/-]+)\.md"', (ROOT / "zensical.toml").read_text()))
    assert menu == set(map(str, documents))


def test_no_resource_is_remote(site: Path) -> None:
    fetched = re.compile(
        r'<(?:script|img|iframe|link rel="(?:stylesheet|preconnect|icon)")[^>]*(?:src|href)="(https?:[^"]*)"'
    )
    for page in site.rglob("*.html"):
        assert fetched.findall(page.read_text()) == []


def test_links_have_targets(site: Path) -> None:
    for page in site.rglob("*.html"):
        for target in re.findall(r'(?:href|src)="([^"#?]+)[^"]*"', page.read_text()):
            if not re.match(r"\w+:|//", target) and page.name != "404.html":
                assert (page.parent / target).exists(), f"{page.relative_to(site)} links to {target}"


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, PHONE])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_readable(site: Path, open_page: Any, name: str, width: int, theme: str) -> None:
    check(open_page(site / f"{name}.html", width=width, theme=theme))


def test_the_first_page_is_readable(site: Path, open_page: Any) -> None:
    check(open_page(site / "index.html", width=PHONE, theme="dark"))


def check(page: Any) -> None:
    """No console message, no remote request, no sideways scrolling, no accessibility finding.

    axe-core comes last: it requests the style sheets, which a page opened as a file may not.
    """
    page.wait_for_selector(".md-content h1")
    page.wait_for_timeout(200)  # ms: until the theme has wrapped the tables
    assert page.complaints == []
    assert not scrolls_sideways(page)
    assert serious_findings(page) == []


@pytest.mark.slow
def test_the_search_works_without_a_server(site: Path, open_page: Any) -> None:
    page = open_page(site / "index.html")
    page.wait_for_timeout(300)  # ms: until the index is read
    page.keyboard.press("Control+k")
    page.wait_for_timeout(300)
    page.keyboard.type("teacher forcing")
    page.locator("text='1 result'").wait_for(timeout=5000)
    found = page.locator("a[href^='file:'][href*='/encoder_decoder.html']")  # links of the menu are relative
    assert "What to watch out for" in found.first.inner_text()
    assert page.complaints == []


def test_an_output_highlights_its_inputs(site: Path, open_page: Any) -> None:
    page = open_page(site / "framings" / "many_to_many.html")
    caption = page.locator("[data-dependency-caption]")
    assert caption.inner_text() == "Hover over an output to highlight the inputs that it depends on."
    page.locator(".network [data-output='3']").hover()
    assert caption.inner_text() == "Output 3 depends on inputs 1-3."
    assert page.locator(".network .input.highlighted").count() == 3
