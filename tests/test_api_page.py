"""The code of the page on the Python API and of the README runs as it is printed."""

from pathlib import Path
from typing import Any

import pytest

import seqframe as sf
from conftest import ROOT
from test_readme import README, blocks

PAGE = (ROOT / "docs" / "python-api.md").read_text()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(code, names)
    return names


def test_the_page_lists_all_public_names() -> None:
    assert [name for name in sf.PUBLIC if f"`sf.{name}" not in PAGE] == []


@pytest.mark.slow
def test_the_page_runs(folder: Path) -> None:
    names = run("\n".join(blocks(PAGE, "python")))
    assert names["again"].equals(names["forecast"])
    assert len(names["forecast"]) == 11
    assert names["X"].shape == (309 - 47, 24, 1)
    assert set(names["predicted"]["label"]) <= {"flat", "rising"}
    assert {path.name for path in folder.iterdir()} == {"report.html", "model"}


@pytest.mark.slow
def test_the_quick_start_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks(README, "python")
    assert len(code.strip().splitlines()) <= 11
    names = run(code)
    assert names["forecast"].notna().all(axis=None)
    output = capsys.readouterr().out
    assert names["result"].conclusion in output
    assert "4,385 parameters" in output
    assert {path.name for path in folder.iterdir()} == {"model"}


@pytest.mark.slow
def test_the_page_of_sweeps_runs(folder: Path) -> None:
    pytest.importorskip("optuna")
    names = run("\n".join(blocks((ROOT / "docs" / "sweeps.md").read_text(), "python")))
    assert set(names["found"].values) == {"model.units", "training.learning_rate"}
    assert len(names["found"].trials) == 4
    assert not list(folder.iterdir())
