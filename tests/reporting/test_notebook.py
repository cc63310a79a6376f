"""Diagrams in a notebook."""

from pathlib import Path

import numpy as np

from helpers.browser import Open
from seqframe.networks.causality import Dependency
from seqframe.reporting.diagrams.matrix import draw_dependency
from seqframe.reporting.notebook import show_diagrams

DEPENDS_ON = np.tril(np.ones((3, 4), bool))  # (outputs, lookback)


def test_diagrams_have_captions_and_linked_highlighting(tmp_path: Path, open_page: Open) -> None:
    svg = draw_dependency(Dependency("many_to_many", np.arange(3), DEPENDS_ON * 0.5, DEPENDS_ON))
    shown = show_diagrams(many_to_many=svg, again=svg)
    assert "svg" not in repr(shown), "the text in a console is short"
    (tmp_path / "page.html").write_text(f"<!DOCTYPE html><title>cell</title>{shown._repr_html_()}", encoding="utf-8")
    page = open_page(tmp_path / "page.html", theme="dark")
    assert page.locator("figcaption").all_inner_texts() == ["many_to_many", "again"]
    page.locator('[data-output="2"]').first.hover()
    assert "1" in page.locator("[data-dependency-caption]").inner_text()
    assert page.complaints == []
    color = page.locator(".linked-diagrams").evaluate("element => getComputedStyle(element).backgroundColor")
    assert color == "rgb(255, 255, 255)", "notebooks are light, whatever the system's theme"
