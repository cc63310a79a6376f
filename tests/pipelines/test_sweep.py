"""A hyperparameter search from the command: results, MLflow runs, and a command that is killed."""

import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from conftest import all_runs, kedro_command, kedro_environment
from seqframe.errors import UserError
from seqframe.evaluation import sweeps
from seqframe.forecasting import load_forecaster
from seqframe.training.checkpoint import CheckpointStore

pytest.importorskip("optuna")

SMALL: dict[str, Any] = {
    "training": {"epochs": 2, "n_seeds": 1},
    "backtest": {"n_folds": 1},
    "sweep": {"space": {"model.units": [2, 3], "task.lookback": [11, 22]}, "sampler": "grid"},
}


def test_the_best_trial_is_scored_refitted_and_logged(run_pipeline: Any, store: Any, project: Path) -> None:
    results = run_pipeline("sweep", env="sunspots", **SMALL)
    trials, board = results["trials"].load(), results["leaderboard"].load()
    assert trials["state"].tolist() == ["complete"] * 4
    assert {"many_to_one", "ridge", "seasonal naive"} <= set(board["model"])
    best = trials.loc[trials["val_mase"].idxmin()]
    assert board.set_index("model")["val_mase"]["many_to_one"] == pytest.approx(best["val_mase"])
    text = results["conclusion_text"].load()
    assert f"Trial {best['trial']} of 4 (4 complete) has the smallest validation error" in text
    assert f"model.units={best['model.units']:.0f}" in text
    assert "Settings of the trials" in (project / "data/08_reporting/sweep/report.html").read_text()
    assert load_forecaster(project / "data/06_models/forecaster").config.task.lookback in (11, 22)

    runs = {run.info.run_name: run for run in all_runs(store)}
    parent = runs.pop("sweep sunspots")
    assert parent.data.params["sweep.sampler"] == "grid"
    assert parent.data.metrics["best/mase"] == pytest.approx(board["mase"].min(), rel=0.5)
    assert sorted(runs) == [f"trial {number}" for number in range(4)]
    for number, row in trials.iterrows():
        run = runs[f"trial {number}"]
        assert run.data.metrics["validation/mase"] == pytest.approx(row["val_mase"])
        assert run.data.params["model.units"] == str(row["model.units"])
        assert run.data.tags["mlflow.parentRunId"] == parent.info.run_id
        assert run.info.status == "FINISHED"


def test_a_sweep_of_generated_data_is_refused(run_pipeline: Any, store: Any) -> None:
    with pytest.raises(UserError, match="^A sweep needs a forecast of a table"):
        run_pipeline("sweep")
    assert not all_runs(store)


def test_the_same_search_in_another_command_has_its_own_trials(
    project: Path, run_pipeline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other command has locked the checkpoints, and has proposed trials that are not complete."""
    monkeypatch.setattr(CheckpointStore, "lock", lambda self: False)
    searched: list[Path] = []
    search = sweeps.search
    monkeypatch.setattr(sweeps, "search", lambda objective, path: searched.append(path) or search(objective, path))
    results = run_pipeline("sweep", env="sunspots", **SMALL)
    assert results["trials"].load()["state"].tolist() == ["complete"] * 4
    assert not searched[0].is_relative_to(project)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_sweep_that_is_killed_twice_has_every_trial_once(project: Path, store: Any) -> None:
    options = "sweep.n_trials=50,training.epochs=5,training.n_seeds=1,backtest.n_folds=2,execution.kind=processes"
    environment = kedro_environment(MLFLOW_TRACKING_URI=os.environ["MLFLOW_TRACKING_URI"])
    command = kedro_command("run", "--pipeline=sweep", "--env=sunspots", "--params", options)
    for _ in range(2):
        with (project / "log").open("w") as log:
            process = subprocess.Popen(command, cwd=project, env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + 300
        finished = (project / "log").read_text().count("validation MASE")
        while (project / "log").read_text().count("validation MASE") < finished + 12:
            assert process.poll() is None, (project / "log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.kill()
        process.wait()
    result = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    trials = pd.read_csv(project / "data/08_reporting/sweep/trials.csv")
    assert trials["trial"].tolist() == list(range(50))
    assert set(trials["state"]) <= {"complete", "pruned"}
    names = [run.info.run_name for run in all_runs(store) if run.info.run_name.startswith("trial")]
    assert sorted(names) == sorted(f"trial {number}" for number in range(50))
    assert "RUNNING" not in {run.info.status for run in all_runs(store)}
