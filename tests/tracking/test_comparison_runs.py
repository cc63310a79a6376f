"""The MLflow runs of a comparison: a parent with the scores that one compares, and a run for every model."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from conftest import all_runs
from helpers.backtests import a_season


def test_a_parent_has_settings_and_scores_and_baselines_are_runs(
    run_pipeline: Callable[..., Any], store: Any, tmp_path: Path
) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 120)
    pd.DataFrame({"x": a_season(120) + noise}).to_csv(tmp_path / "mine.csv", index=False)
    result = run_pipeline(
        "compare",
        data={"path": str(tmp_path / "mine.csv"), "target": "x"},
        task={"lookback": 8, "horizon": 8},
        model={"units": 3},
        training={"epochs": 2, "n_seeds": 1},
        backtest={"n_folds": 1, "framings": ["dense", "one_to_one"]},
    )
    board = result["leaderboard"].load().fillna({"framing": ""}).set_index("model")
    runs = {run.info.run_name: run for run in all_runs(store)}
    parent = runs.pop("compare mine")
    assert set(runs) == set(board.index)
    assert {run.info.status for run in runs.values()} == {"FINISHED"}
    assert {run.data.tags["mlflow.parentRunId"] for run in runs.values()} == {parent.info.run_id}

    best = parent.data.tags["best"]
    naive = board["mase"][(board["framing"] == "") & (board.index != "ridge")].min()
    assert parent.data.metrics["best/mase"] == pytest.approx(board.loc[best, "mase"])
    assert parent.data.metrics["best/mase_baseline"] == pytest.approx(naive)
    assert parent.data.params["task.lookback"] == "8"
    assert "framing" not in parent.data.params
    assert parent.data.tags["data.fingerprint"] == runs["dense"].data.tags["data.fingerprint"]
    for name, run in runs.items():
        assert next(iter(run.data.metrics)) == "test/mase", "the metric with which MLflow opens a comparison of runs"
        assert run.data.metrics["test/mase"] == pytest.approx(board.loc[name, "mase"])
        assert run.data.metrics["test/mase_ensemble"] == pytest.approx(board.loc[name, "mase"])
        assert run.data.tags["framing" if board.loc[name, "framing"] else "baseline"] == name
    (version,) = store.get_registered_model("seqframe-mine").latest_versions
    assert float(version.tags["score.mase"]) == parent.data.metrics["best/mase"]
