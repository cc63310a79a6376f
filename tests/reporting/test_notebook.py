"""Pictures in a notebook."""

from pathlib import Path

import numpy as np

from helpers.browser import Open
from seqframe.networks.causality import Dependency
from seqframe.reporting.diagrams.matrix import draw_dependency
from seqframe.reporting.notebook import show_diagrams

SEES = np.tril(np.ones((3, 4), bool))  # (answers, lookback)


def test_pictures_have_captions_and_light_up(tmp_path: Path, open_page: Open) -> None:
    svg = draw_dependency(Dependency("many_to_many", np.arange(3), SEES * 0.5, SEES))
    shown = show_diagrams(many_to_many=svg, again=svg)
    assert "svg" not in repr(shown), "what a console shows of it is short"
    (tmp_path / "page.html").write_text(f"<!DOCTYPE html><title>cell</title>{shown._repr_html_()}", encoding="utf-8")
    page = open_page(tmp_path / "page.html", theme="dark")
    assert page.locator("figcaption").all_inner_texts() == ["many_to_many", "again"]
    page.locator('[data-answer="2"]').first.hover()
    assert "1" in page.locator("[data-lighting-says]").inner_text()
    assert page.complaints == []
    color = page.locator(".lights").evaluate("element => getComputedStyle(element).backgroundColor")
    assert color == "rgb(255, 255, 255)", "as a notebook is, whose colours are not those of the system"
