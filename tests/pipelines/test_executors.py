"""Commands that train in worker processes end with the results of serial training."""

import os
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from conftest import all_runs
from helpers.processes import workers_of

MEASURED = ("training_s", "forecast_ms", "memory_mb")
SETTINGS: dict[str, Any] = {
    "training": {"epochs": 3, "n_seeds": 2, "head_init": "ridge"},
    "backtest": {"n_folds": 2, "framings": ["many_to_one", "dense"], "refit": "dense"},
    "model": {"units": 4},
}


def load(results: dict[str, Any], name: str) -> pd.DataFrame:
    table: pd.DataFrame = results[name].load()
    return table.drop(columns=[column for column in table if column in MEASURED])


def test_compare(run_pipeline: Any, store: Any) -> None:
    serial, processes = (
        run_pipeline("compare", env="sunspots", execution={"kind": kind, "workers": 2}, **SETTINGS)
        for kind in ("serial", "processes")
    )
    for name in ("leaderboard", "pairwise_tests", "errors_by_horizon", "future"):
        assert_frame_equal(load(serial, name), load(processes, name), check_exact=True)
    assert {run.info.status for run in all_runs(store)} == {"FINISHED"}
    assert workers_of(os.getpid()) == []


@pytest.mark.slow
def test_one_network_of_each_framing(run_pipeline: Any, store: Any) -> None:
    serial, processes = (
        run_pipeline("many_to_one", training={"epochs": 30}, execution={"kind": kind, "workers": 2})
        for kind in ("serial", "processes")
    )
    assert_frame_equal(load(serial, "comparison"), load(processes, "comparison"), check_exact=True)
    for run in all_runs(store):
        steps = [metric.step for metric in store.get_metric_history(run.info.run_id, "train/loss")]
        assert steps == list(range(1, 31)), "every epoch is logged exactly once"


@pytest.mark.slow
def test_an_error_ends_the_workers(run_pipeline: Any, store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from seqframe.evaluation import leaderboard

    def fail(*_: Any) -> None:
        raise RuntimeError("scores")

    monkeypatch.setattr(leaderboard, "score_models", fail)
    with pytest.raises(RuntimeError, match="scores"):
        run_pipeline("compare", env="sunspots", execution={"kind": "processes", "workers": 2}, **SETTINGS)
    assert workers_of(os.getpid()) == []
    statuses = {"mlflow.parentRunId" in run.data.tags: run.info.status for run in all_runs(store)}
    assert statuses == {False: "FAILED", True: "FINISHED"}, "the networks of the framings are trained and reported"
