"""The memory of a backtest, from its sizes."""

import sys
from functools import partial
from typing import Any

import pytest

from helpers.backtests import TINY, a_problem, a_task, a_training, a_walk, number, walking_folds
from seqframe.config import BacktestSettings
from seqframe.data import memory
from seqframe.errors import UserError
from seqframe.evaluation.design import design_backtest
from seqframe.evaluation.folds import Folds
from seqframe.evaluation.memory import backtest_memory, check_backtest_memory, step_memory


def sizes(folds: Folds, framings: int = 3, **training: Any) -> dict[str, int]:
    settings = a_training(**{"batch_size": 8} | training)
    needs = backtest_memory(folds, framings, TINY, settings, BacktestSettings())
    needs += step_memory(folds, framings, TINY, settings)
    return {need.what: need.size for need in needs}


def test_forecasts_grow_with_forecast_times_models_and_seeds() -> None:
    folds, thinned = walking_folds(), walking_folds(every=4)
    assert sizes(folds)["forecasts"] == pytest.approx(4 * sizes(thinned)["forecasts"], rel=0.2)
    assert sizes(folds, framings=6)["forecasts"] > sizes(folds)["forecasts"]
    assert sizes(folds, n_seeds=5)["forecasts"] > sizes(folds)["forecasts"]


def test_rows_windows_and_batches_count() -> None:
    folds = walking_folds()
    assert sizes(walking_folds(rows=800))["rows"] == 2 * sizes(folds)["rows"]
    wide = walking_folds(task=a_task(lookback=16))
    assert sizes(wide)["ridge regression"] > 4 * sizes(folds)["ridge regression"]
    weights = 4 * 10 * 4 * 3 * (1 + 3 + 1)  # arrays of an LSTM of 3 units with one input
    seeds = 50  # whose forecasts take more than the samples
    one, two = (sizes(folds, batch_size=size, n_seeds=seeds)["a network"] - weights for size in (8, 16))
    assert two == 2 * one > 0


def test_samples_of_compiled_code_count_unless_the_forecasts_after_the_training_take_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folds = walking_folds(every=4)
    size = partial(sizes, folds)
    (lookback, features), (steps, targets) = folds.newest.shapes()
    windows = sum(len(each.train) + len(each.validation) for each in folds.datasets)
    samples = 4 * windows * (lookback * features + steps * targets)
    forecasts = size(n_seeds=2)["forecasts"] - size(n_seeds=1)["forecasts"]  # of three framings
    network = size(n_seeds=100)["a network"]
    assert size(n_seeds=1)["a network"] == network + samples - forecasts // 3 > network
    monkeypatch.setattr("seqframe.evaluation.memory.MAX_COMPILED_BYTES", samples // 100)
    assert size(n_seeds=1)["a network"] < network + samples // 50


def test_steps_that_follow_each_other_do_not_add_up() -> None:
    folds = walking_folds()
    needs = backtest_memory(folds, 3, TINY, a_training(), BacktestSettings())
    steps = step_memory(folds, 3, TINY, a_training())
    assert [need for need in needs if need in steps] == [max(steps, key=lambda need: need.size)]


def test_outputs_of_untrained_layers_take_memory() -> None:
    folds = walking_folds()
    zero, ridge = (sizes(folds, head_init=name)["a network"] for name in ("zero", "ridge"))
    windows = len(folds.newest.train) + len(folds.newest.validation)
    assert ridge - zero > 4 * windows * (2 * 3 + 2), "outputs at two steps, and two targets, in 32 bits"


def test_graphs_that_train_networks_take_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    folds = walking_folds()
    graphs, compiled = (sizes(folds, backend=backend)["TensorFlow"] for backend in ("tensorflow", "auto"))
    assert graphs > compiled > 0


def test_baselines_that_take_no_part_need_no_memory() -> None:
    folds = walking_folds()
    few, many = (
        backtest_memory(folds, 3, TINY, a_training(), BacktestSettings(baselines=names))[2].size
        for names in ([], ["ridge", "AutoETS"])
    )
    assert few < many


def test_a_backtest_that_does_not_fit_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    folds = walking_folds(task=a_task(horizon=10))
    monkeypatch.setattr(memory, "available_memory", lambda: 10**5)
    with pytest.raises(UserError, match=r"^The command must fit into memory\. Received: about .* available\. Lower "):
        check_backtest_memory(folds, 3, TINY, a_training(), BacktestSettings())
    monkeypatch.setattr(memory, "available_memory", lambda: 10**12)
    check_backtest_memory(folds, 3, TINY, a_training(), BacktestSettings())


def test_a_window_that_is_too_long_for_ridge_regression_is_refused_before_the_selection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = number(x=a_walk(400))
    monkeypatch.setattr(memory, "available_memory", lambda: 10**4)
    with pytest.raises(UserError, match=r"for ridge regression, .* Lower task\.lookback"):
        design_backtest(rows, a_problem(), a_task(lookback=100), BacktestSettings())
