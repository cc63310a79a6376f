"""A command has the files of its last finished run, in folders of its own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project

from helpers.backtests import a_season
from seqframe.datasets.command_folders import CommandFolders
from seqframe.datasets.tables import CsvFile
from seqframe.reporting.last_runs import LastRun, is_running, lock_run, read_last_runs, write_last_run

Run = Callable[..., dict[str, Any]]
FORECAST = {"kind": "forecast", "lookback": 1, "horizon": 3}


def files_of(project: Path) -> set[str]:
    """All files of the commands, relative to `data`."""
    layers = [project / "data" / layer for layer in ("06_models", "07_model_output", "08_reporting")]
    paths = [path for layer in layers for path in layer.rglob("*") if path.is_file() and path.suffix != ".checkpoint"]
    return {path.relative_to(project / "data").as_posix() for path in paths}


def test_a_run_replaces_all_files_of_the_former_one(run_pipeline: Run, store: Any, project: Path) -> None:
    run_pipeline("inspect", task=FORECAST)
    assert "08_reporting/inspect/one_to_many/index_map.csv" in files_of(project)
    other = project / "data" / "08_reporting" / "predict" / "forecasts.png"
    other.parent.mkdir()
    other.touch()
    result = run_pipeline("inspect")
    files = files_of(project)
    assert "08_reporting/inspect/one_to_many/index_map.csv" not in files, "this run has no such framing"
    assert {"08_reporting/inspect/dense/index_map.csv", "08_reporting/predict/forecasts.png"} <= files
    assert result["skipped"].load()["framing"].tolist() == ["one_to_many"], "the result is read from its new place"
    assert not [name for name in files if "/." in name]


def test_a_run_that_fails_leaves_the_files_of_the_former_one(
    run_pipeline: Run, store: Any, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_pipeline("inspect", task=FORECAST)
    before = {name: (project / "data" / name).read_bytes() for name in files_of(project)}
    page = (project / "data" / "index.html").read_text()
    save, saved = CsvFile.save, []

    def fail(dataset: CsvFile, data: Any) -> None:
        if len(saved) == 3:
            raise OSError("No space left on device")
        saved.append(dataset)
        save(dataset, data)

    monkeypatch.setattr(CsvFile, "save", fail)
    with pytest.raises(Exception, match="No space left"):
        run_pipeline("inspect")
    assert {name: (project / "data" / name).read_bytes() for name in files_of(project)} == before
    assert (project / "data" / "index.html").read_text() == page
    assert not is_running(project, "inspect")


def test_a_run_next_to_another_one_has_its_own_folders_and_saves_the_forecaster(
    run_pipeline: Run, store: Any, project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 120)
    pd.DataFrame({"x": a_season(120) + noise}).to_csv(tmp_path / "mine.csv", index=False)
    data = {"path": str(tmp_path / "mine.csv"), "target": "x"}
    lock = lock_run(project, "dense")
    assert lock is not None
    run_pipeline(
        "dense",
        data=data,
        task={"lookback": 8, "horizon": 8},
        model={"units": 3},
        training={"epochs": 2, "n_seeds": 1},
        backtest={"n_folds": 1, "refit": "dense"},
    )
    lock.close()
    (report,) = (project / "data" / "08_reporting").glob("*/report.html")
    assert report.parent.name.startswith("dense-")
    printed = " ".join(capsys.readouterr().out.split())
    assert (
        f"Another run of this command is in progress: the files of this one are in folders {report.parent.name}"
        in printed
    )
    assert (project / "data" / "07_model_output" / report.parent.name / "future.csv").is_file()
    run_pipeline("predict", data=data)
    assert (project / "data" / "07_model_output" / "predict" / "forecasts.csv").is_file()
    runs = read_last_runs(project)
    assert [run.command for run in runs] == ["predict", "dense"]
    assert [run.data for run in runs] == ["mine.csv", "mine.csv"]
    conclusion = (report.parent / "conclusion.txt").read_text().splitlines()
    assert [run.conclusion for run in runs] == ["", conclusion[0]]


def test_a_second_run_of_a_command_waits_for_no_lock(tmp_path: Path) -> None:
    first, second = CommandFolders(), CommandFolders()
    first.project = second.project = tmp_path
    first.open("compare", "2026-11-30T00.00.00", [])
    second.open("compare", "2026-11-30T00:00:01", [])
    assert (first.name, first.is_second, second.is_second) == ("compare", False, True)
    assert second.name.startswith("compare-2026-11-30T00.00.01-")
    assert is_running(tmp_path, "compare")
    assert is_running(tmp_path, second.name)
    first.close()
    second.close()
    assert not is_running(tmp_path, "compare")
    assert [path.name for path in (tmp_path / "data" / "runs").iterdir()] == ["compare.lock"]


def test_what_a_killed_run_has_written_is_removed_by_the_next_one(run_pipeline: Run, store: Any, project: Path) -> None:
    left = project / "data" / "08_reporting" / ".inspect" / "one_to_many" / "index_map.csv"
    left.parent.mkdir(parents=True)
    left.touch()
    run_pipeline("inspect")
    assert "08_reporting/inspect/one_to_many/index_map.csv" not in files_of(project)
    assert not left.exists()


def test_the_catalog_has_the_newest_file_of_each_dataset(run_pipeline: Run, store: Any, project: Path) -> None:
    """Kedro-Viz and notebooks show it."""
    run_pipeline("inspect")
    (path,) = (path for path in (project / "data" / "runs").glob("*.json"))
    record = json.loads(path.read_text())
    newest = "data/08_reporting/compare"
    (project / newest).mkdir()
    (project / newest / "leaderboard.csv").write_text("rank\n1\n")
    values = record | {"name": "compare", "finished": "2999-01-01T00:00:00+00:00", "folders": (newest,)}
    write_last_run(project, LastRun(**values))
    bootstrap_project(project)
    with KedroSession.create(project_path=project) as session:
        catalog = session.load_context().catalog
    assert catalog.load("leaderboard")["rank"].tolist() == [1]
    assert catalog.load("dense.index_map")["array"].unique().tolist() == ["X", "y"]
    assert catalog.load("skipped")["framing"].tolist() == ["one_to_many"]


def test_a_record_that_cannot_be_read_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "data" / "08_reporting" / "compare").mkdir(parents=True)
    run = LastRun(
        "compare", "compare", "kedro run", "", "2026-11-30T00:00:00+00:00", 1.0, "", ("data/08_reporting/compare",)
    )
    write_last_run(tmp_path, run)
    (tmp_path / "data" / "runs" / "sweep.json").write_text('{"name": "sweep"')
    (tmp_path / "data" / "runs" / "predict.json").write_text("{}")
    assert read_last_runs(tmp_path) == [run]
    (tmp_path / "data" / "08_reporting" / "compare").rmdir()
    assert read_last_runs(tmp_path) == [], "its files were removed"
