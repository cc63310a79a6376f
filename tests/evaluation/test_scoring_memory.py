"""Forecasts of a backtest are in memory once: what scores and intervals need does not grow with runs and models.

Bounds are in units of the test forecasts of one run.
"""

import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from helpers.backtests import a_design, a_problem, a_task, a_training, a_walk, model_forecasts, number, spec_for
from seqframe.evaluation import bootstrap
from seqframe.evaluation.backtest import ModelForecasts, fit_baselines, list_models, run_backtest
from seqframe.evaluation.calibration import backtest_residuals
from seqframe.evaluation.folds import Folds, make_folds
from seqframe.evaluation.leaderboard import forecast_metrics, score_models
from seqframe.forecasting import intervals
from seqframe.forecasting.predict import forecast
from seqframe.framings.dense import DENSE

TARGETS = [f"x{number}" for number in range(6)]


@pytest.fixture(scope="module")
def folds() -> Folds:
    columns = {name: a_walk(1600, seed) for seed, name in enumerate(TARGETS)}
    design = a_design(a_task(lookback=8, horizon=16), val_size=400, test_size=800)
    return make_folds(number(**columns), design, a_problem(target=TARGETS))


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intervals, "CHUNK_VALUES", 2**14)
    monkeypatch.setattr(intervals, "MAX_UPDATES", 20)
    monkeypatch.setattr(bootstrap, "CHUNK_SIZE", 2**12)


def peak_of(work: Callable[[], Any], folds: Folds) -> float:
    """Peak of the memory that is allocated, in units of the test forecasts of one run."""
    unit = folds.actuals().nbytes
    work()  # what is cached does not count
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        work()
        return (tracemalloc.get_traced_memory()[1] - before) / unit
    finally:
        tracemalloc.stop()


def test_intervals_and_metrics_are_of_one_run_at_a_time(folds: Folds) -> None:
    """Two runs and six runs need the same."""
    few, many = (model_forecasts(folds, "x", [1.0] * runs) for runs in (2, 6))
    peaks = [peak_of(lambda model=model: forecast_metrics(model, folds), folds) for model in (few, many)]
    assert max(peaks) < 6
    assert peaks[1] < 1.1 * peaks[0]


def test_models_are_scored_one_after_the_other(folds: Folds) -> None:
    def models(count: int) -> Iterator[ModelForecasts]:
        return (model_forecasts(folds, f"x{each}", 1.0, seed=each) for each in range(count))

    peaks = [peak_of(lambda count=count: score_models(models(count), folds), folds) for count in (1, 4)]
    assert peaks[1] < 1.1 * peaks[0]


def test_forecasts_of_naive_baselines_are_not_stored(folds: Folds) -> None:
    tracemalloc.start()
    baselines = fit_baselines(folds)
    stored = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    learned = sum(baseline.baseline.learned for baseline in baselines)
    each = folds.actuals().nbytes + sum(data.actuals(data.validation).nbytes for data in folds.datasets)
    assert learned < len(baselines)
    assert stored < (learned + 1) * each
    assert [model.name for model in list_models(baselines, [])] == [baseline.name for baseline in baselines]


def test_residuals_and_forecasts_have_few_copies(folds: Folds) -> None:
    model, dataset = model_forecasts(folds, "x", 1.0), folds.newest
    assert peak_of(lambda: backtest_residuals(model, folds), folds) < 6

    def predict(X: np.ndarray) -> np.ndarray:
        return np.zeros((len(X), 16 * len(TARGETS)), np.float32)

    assert peak_of(lambda: forecast(predict, DENSE, dataset, dataset.test), folds) < 4


def test_networks_of_all_seeds_share_one_array(folds: Folds) -> None:
    runs = run_backtest(spec_for(DENSE, folds), DENSE, folds, a_training(epochs=1, n_seeds=2))
    single, ensemble = runs.forecasts()
    assert single.test is runs.single.test
    assert not np.isnan(single.test).any()
    np.testing.assert_array_equal(ensemble.test[0], single.test.mean(axis=0))
    assert not hasattr(runs.without_forecasts(), "single")
