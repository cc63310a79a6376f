"""Pictures in a notebook."""

from pathlib import Path

import numpy as np

from browsing import Open
from seqframe.flow import Flow
from seqframe.report.diagram import draw_flow
from seqframe.report.pictures import show

SEES = np.tril(np.ones((3, 4), bool))  # (answers, lookback)


def test_pictures_have_captions_and_light_up(tmp_path: Path, open_page: Open) -> None:
    svg = draw_flow(Flow("many_to_many", np.arange(3), SEES * 0.5, SEES))
    shown = show(many_to_many=svg, again=svg)
    assert "svg" not in repr(shown), "what a console shows of it is short"
    (tmp_path / "page.html").write_text(f"<!DOCTYPE html><title>cell</title>{shown._repr_html_()}", encoding="utf-8")
    page = open_page(tmp_path / "page.html", theme="dark")
    assert page.locator("figcaption").all_inner_texts() == ["many_to_many", "again"]
    page.locator('[data-answer="2"]').first.hover()
    assert "1" in page.locator("[data-lighting-says]").inner_text()
    assert page.complaints == []
    colour = page.locator(".lights").evaluate("element => getComputedStyle(element).backgroundColor")
    assert colour == "rgb(255, 255, 255)", "as a notebook is, whose colours are not those of the system"
