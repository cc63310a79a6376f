"""The report that `make report` opens."""

import os
from pathlib import Path

import pytest

from seqframe.errors import UserError
from seqframe.reporting.html import __main__
from seqframe.reporting.html.render import find_report


def test_the_newest_report_of_a_finished_run_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    for age, name in enumerate((".compare/report.html", "report.html", "of_yesterday/report.html")):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("<html>")
        os.utime(path, (1e9 - age, 1e9 - age))
    opened: list[str] = []
    monkeypatch.setattr(__main__, "find_report", lambda: find_report(tmp_path))
    monkeypatch.setattr(__main__.webbrowser, "open", opened.append)
    __main__.main()
    assert opened == [(tmp_path / "report.html").as_uri()]
    assert capsys.readouterr().out.strip() == str(tmp_path / "report.html")


def test_without_a_report_one_line_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"No report found\. Received: none in .* kedro run"):
        find_report(tmp_path)
