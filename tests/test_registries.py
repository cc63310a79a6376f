"""One record and one entry add a metric or a baseline: it then appears everywhere, without any other change."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from conftest import all_runs
from helpers.backtests import a_season
from seqframe.evaluation import metrics
from seqframe.evaluation.metrics import Metric, absolute_error
from seqframe.forecasting import baselines
from seqframe.forecasting.baselines import BACKTEST, SEQUENCES, Baseline
from tools.docs.settings_tables import tabulate_baselines, tabulate_columns, tabulate_metrics

MEDIAN_ERROR = Metric(
    name="median_error",
    title="MedAE",
    statistic=absolute_error,
    aggregate=np.median,
    caption="Median absolute error.",
    unit="data",
    used_in=(SEQUENCES, BACKTEST),
    per_target=True,
    priority=95,
)
WINDOW_MEAN = Baseline(
    name="window mean",
    title="window mean",
    caption="Mean of the history.",
    predict=lambda fitted, dataset, windows: np.repeat(
        dataset.past_targets(windows).mean(axis=1, keepdims=True), windows.steps, axis=1
    ),
    applies=lambda task, seasons: True,
    used_in=(SEQUENCES, BACKTEST),
)


@pytest.fixture
def metric(monkeypatch: pytest.MonkeyPatch) -> Metric:
    monkeypatch.setattr(metrics, "METRICS", (*metrics.METRICS, MEDIAN_ERROR))
    return MEDIAN_ERROR


@pytest.fixture
def baseline(monkeypatch: pytest.MonkeyPatch) -> Baseline:
    monkeypatch.setattr(baselines, "BASELINES", (*baselines.BASELINES, WINDOW_MEAN))
    return WINDOW_MEAN


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, dict[str, Any]]:
    """A small backtest."""
    table = tmp_path / "table.csv"
    noise = np.random.default_rng(0).normal(0, 0.1, 120)
    pd.DataFrame({"x": a_season(120) + noise}).to_csv(table, index=False)
    return {
        "data": {"path": str(table), "target": "x"},
        "task": {"lookback": 8, "horizon": 8},
        "model": {"units": 3},
        "training": {"epochs": 2, "n_seeds": 1},
        "backtest": {"n_folds": 1},
    }


def test_a_metric_and_another_baseline_in_a_backtest(
    run_pipeline: Any,
    store: Any,
    project: Path,
    settings: Any,
    metric: Metric,
    baseline: Baseline,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run_pipeline("dense", **settings)
    results = project / "data" / "08_reporting" / "dense"
    board = pd.read_csv(results / "leaderboard.csv").set_index("model")
    assert board.loc[baseline.name, metric.name] > 0
    assert len(board[board["framing"].isna()]) == 7
    by_step = pd.read_csv(results / "errors_by_horizon.csv")
    assert (by_step["model"] == baseline.name).sum() == 8
    report = (results / "report.html").read_text()
    assert f">{metric.title}<" in report
    assert f">{baseline.name}<" in report
    assert f'"name":"{baseline.name}"' in report, "it is in the chart of the errors by forecast step"
    printed = capsys.readouterr().out
    header = next(line for line in printed.splitlines() if line.startswith("rank"))
    assert metric.title in header
    assert any(baseline.name in line for line in printed.splitlines())
    logged = {name for run in all_runs(store) for name in run.data.metrics}
    assert {f"test/{metric.name}", f"test/{metric.name}_ensemble"} <= logged


def test_a_metric_and_a_baseline_in_a_comparison(
    run_pipeline: Any,
    store: Any,
    project: Path,
    metric: Metric,
    baseline: Baseline,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run_pipeline("one_to_one", training={"epochs": 2})
    results = project / "data" / "08_reporting" / "one_to_one"
    comparison = pd.read_csv(results / "comparison.csv").set_index("framing")
    labels = ["baseline (mean)", f"baseline ({baseline.name})"]
    assert comparison.loc[["one_to_one", *labels], metric.name].notna().all()
    report = (results / "report.html").read_text()
    assert f">{metric.title}<" in report
    assert f">{labels[1]}<" in report
    printed = capsys.readouterr().out
    assert metric.title in next(line for line in printed.splitlines() if line.startswith("framing") and "MAE" in line)
    assert labels[1] in printed
    (run,) = all_runs(store)
    assert f"train/{metric.name}" in run.data.metrics
    assert metric.title in run.data.tags["mlflow.note.content"]


def test_a_metric_and_a_baseline_in_the_documentation(metric: Metric, baseline: Baseline) -> None:
    assert metric.caption in tabulate_metrics()
    assert metric.title in tabulate_columns("leaderboard")
    assert metric.title in tabulate_columns("comparison")
    assert baseline.caption in tabulate_baselines()
