"""Scores, ranks and intervals of models with known errors."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from helpers.backtests import a_design, a_problem, a_task, a_walk, model_forecasts, number, series_of, walking_folds
from seqframe.errors import UserError
from seqframe.evaluation.backtest import ModelForecasts, forecast_baselines
from seqframe.evaluation.conclusions import conclude
from seqframe.evaluation.folds import Folds, make_folds
from seqframe.evaluation.leaderboard import MisalignedForecastsError, _overlap, forecast_metrics
from seqframe.evaluation.leaderboard import score_models as score
from seqframe.forecasting import baselines as baseline_registry

PERSISTENCE, SEASONAL, RIDGE = (
    baseline.name
    for baseline in (baseline_registry.PERSISTENCE, baseline_registry.SEASONAL_NAIVE, baseline_registry.RIDGE)
)
LOST = [np.nan, np.inf, -np.inf]


@pytest.fixture(scope="module")
def folds() -> Folds:
    return walking_folds(400, n_folds=3, test_size=45, val_size=60)


@pytest.fixture(scope="module")
def baselines(folds: Folds) -> tuple[ModelForecasts, ...]:
    return forecast_baselines(folds)


def with_value(model: ModelForecasts, value: float, run: int = 0) -> ModelForecasts:
    test = model.test.copy()
    test[run, 3, 1] = value
    return replace(model, test=test)


def test_models_with_other_origins_horizon_or_targets_raise(
    folds: Folds, baselines: tuple[ModelForecasts, ...]
) -> None:
    good = model_forecasts(folds, "good", 1.0)
    score([*baselines, good], folds)
    short = [good.test[:, 1:], good.test[:, :, :1], np.repeat(good.test, 2, axis=3), good.test[0]]
    for test in short:
        with pytest.raises(MisalignedForecastsError, match="bad forecasts"):
            score([*baselines, replace(good, name="bad", test=test)], folds)
    for validation in (good.validation[:2], (good.validation[0][:, :1], *good.validation[1:])):
        with pytest.raises(MisalignedForecastsError, match="bad forecasts"):
            score([*baselines, replace(good, name="bad", validation=validation)], folds)


def test_baselines_forecast_the_origins_of_the_folds(folds: Folds, baselines: tuple[ModelForecasts, ...]) -> None:
    by_name = {model.name: model for model in baselines}
    assert list(by_name) == [PERSISTENCE, "mean", "drift", RIDGE], "no season was found"
    values = folds.newest.df["x"].to_numpy()
    origins = folds.origins["row_number"].to_numpy()
    np.testing.assert_array_equal(by_name[PERSISTENCE].test[0, :, :, 0], np.repeat(values[origins, None], 2, axis=1))
    np.testing.assert_array_equal(folds.actuals()[..., 0], values[origins[:, None] + [1, 2]])
    seasonal = forecast_baselines(walking_folds(400, season=4))
    assert [model.name for model in seasonal] == [PERSISTENCE, "mean", SEASONAL, "drift", "seasonal mean", RIDGE]


def test_ridge_finds_a_linear_dependency() -> None:
    """For a target that is no feature, after a gap."""
    x = a_walk(300)
    rows = number(x=x, y=np.concatenate([[0, 0, 0], -7 * x[:-3]]))
    design = a_design(a_task(gap=1, horizon=2, lookback=4), 2, 40, 40)
    folds = make_folds(rows, design, a_problem(target="y", features="x"))
    ridge = forecast_baselines(folds)[-1]
    np.testing.assert_allclose(ridge.test[0], folds.actuals(), atol=1e-2)


def test_models_are_sorted_by_error_and_ties_share_a_rank(folds: Folds, baselines: tuple[ModelForecasts, ...]) -> None:
    one = model_forecasts(folds, "one", [0.2, 0.2], "dense")
    models = [
        *baselines,
        replace(one, name="twin"),
        one,
        model_forecasts(folds, "neighbor", 0.2, seed=5),
        model_forecasts(folds, "worse", 0.4),
    ]
    result = score(models, folds)
    ranks = result.leaderboard.set_index("model")["rank"]
    assert ranks["one"] == ranks["twin"] == ranks["neighbor"] == 1
    assert ranks["worse"] == 4
    assert ranks[PERSISTENCE] > 4
    assert result.leaderboard["mase"].is_monotonic_increasing
    assert "3 models tie for rank 1 (differences not significant): " in " ".join(conclude(result).sentences)
    assert len(result.pairs) == len(models) * (len(models) - 1) / 2


def test_a_row_of_the_leaderboard_computed_by_hand(folds: Folds, baselines: tuple[ModelForecasts, ...]) -> None:
    model = model_forecasts(folds, "x", [0.1, 0.3], "dense")
    row = score([*baselines, model], folds).leaderboard.set_index("model").loc["x"]
    errors = np.abs(model.test - folds.actuals())[..., 0]  # (runs, origins, horizon)
    steps = np.abs(np.diff(folds.newest.df["x"].to_numpy()))
    scales = [steps[: dataset.split.train[0].stop - 1].mean() for dataset in folds.datasets]
    scaled = errors / np.repeat(scales, 40)[:, None]
    assert row["mase"] == pytest.approx(scaled.mean())
    assert (row["mase_min"], row["mase_max"]) == pytest.approx(tuple(scaled.mean(axis=(1, 2))))
    assert row["mae"] == pytest.approx(errors.mean())
    assert row["rmse"] == pytest.approx(np.sqrt((errors**2).mean(axis=(1, 2))).mean())
    assert row["mase_low"] < row["mase"] < row["mase_high"]
    naive = score(baselines, folds).leaderboard.set_index("model")["mase"][[PERSISTENCE, "drift"]].min()
    assert row["skill"] == pytest.approx(1 - row["mase"] / naive)


def test_errors_by_forecast_step(folds: Folds, baselines: tuple[ModelForecasts, ...]) -> None:
    by_step = score(baselines, folds).errors_by_horizon.set_index(["model", "horizon_step"])["mase"]
    assert by_step[PERSISTENCE, 1] < by_step[PERSISTENCE, 2]
    board = score(baselines, folds).leaderboard.set_index("model")["mase"]
    assert by_step[PERSISTENCE].mean() == pytest.approx(board[PERSISTENCE])


def test_metrics_are_given_for_each_target_in_its_unit() -> None:
    rows = series_of([100, 60], [100, 100]).assign(y=lambda table: 1000 * table["x"])
    folds = make_folds(rows, a_design(a_task()), a_problem(id_column="id", time_column="day", scale_per_series=True))
    row = score(forecast_baselines(folds), folds).leaderboard.iloc[0]
    assert row["mae_y"] == pytest.approx(1000 * row["mae_x"], rel=0.2)
    assert forecast_metrics(model_forecasts(folds, "x", 0.1), folds)["mase"] < 1


def test_the_mase_is_the_same_in_the_leaderboard_and_the_metrics() -> None:
    """All times have the same weight, also with series of different lengths and missing actual values."""
    rows = series_of([100, 86], [100, 100])
    rows.iloc[[95, 96, 98]] = np.nan
    data_settings = a_problem(id_column="id", time_column="day", missing="interpolate")
    folds = make_folds(rows, a_design(a_task()), data_settings)
    assert np.isnan(folds.actuals()).any()
    model = model_forecasts(folds, "x", [0.5, 2.0], "dense")
    row = score([*forecast_baselines(folds), model], folds).leaderboard.set_index("model").loc["x"]
    assert row["mase"] == pytest.approx(forecast_metrics(model, folds)["mase"])
    assert row["mase_min"] < row["mase"] < row["mase_max"]


@pytest.mark.parametrize("value", LOST)
def test_a_diverged_model_is_last_and_named(folds: Folds, baselines: tuple[ModelForecasts, ...], value: float) -> None:
    lost = with_value(model_forecasts(folds, "lost", [0.1, 0.1], "pyramid"), value)
    result = score([lost, *baselines, model_forecasts(folds, "good", 0.1, "dense")], folds)
    last = result.leaderboard.iloc[-1]
    assert (last["model"], last["rank"], last["mase"], last["rmse"]) == ("lost", 6, np.inf, np.inf)
    assert np.isfinite(last["mase_min"]), "the other network did not diverge"
    assert result.leaderboard["mase"].iloc[:-1].max() < np.inf
    by_step = result.errors_by_horizon.set_index(["model", "horizon_step"])["mase"]["lost"]
    assert np.isfinite(by_step[1])
    assert by_step[2] == np.inf
    conclusion = conclude(result)
    assert conclusion.framing == "dense"
    assert "Diverged (a forecast is not finite), ranked last: lost." in conclusion.sentences


def test_without_a_converged_framing_there_is_no_conclusion(
    folds: Folds, baselines: tuple[ModelForecasts, ...]
) -> None:
    lost = with_value(model_forecasts(folds, "dense", 0.1, "dense"), np.nan)
    with pytest.raises(UserError, match=r"one framing with finite forecasts\. Received: dense, all diverged\. Lower"):
        conclude(score([lost, *baselines], folds))


def test_forecasts_of_missing_values_may_be_anything() -> None:
    values = a_walk(90)
    values[[80, 81]] = np.nan
    folds = make_folds(number(x=values), a_design(a_task()), a_problem(missing="ffill"))
    model = model_forecasts(folds, "x", 0.1)
    assert np.isnan(model.test).any()
    assert not score([*forecast_baselines(folds), model], folds).diverged


def test_a_forecast_step_without_actual_values() -> None:
    """Every other row is missing, and all forecasts start at present rows: the first step is always missing."""
    values = a_walk(120)
    values[41::2] = np.nan
    data_settings = a_problem(missing="interpolate")
    folds = make_folds(number(x=values), a_design(a_task(stride=2, lookback=5), 1, 40, 40), data_settings)
    assert np.isnan(folds.actuals()[:, 0]).all()
    result = score(forecast_baselines(folds), folds)
    by_step = result.errors_by_horizon.set_index(["model", "horizon_step"])["mase"][PERSISTENCE]
    assert np.isnan(by_step[1])
    assert by_step[2] == pytest.approx(result.leaderboard.set_index("model")["mase"][PERSISTENCE])


def test_a_perfect_naive_forecast_has_no_skill_to_compare_with() -> None:
    values = a_walk(120)
    values[75:] = 5.0
    folds = make_folds(number(x=values), a_design(a_task(), 1, 20, 40), a_problem())
    result = score([*forecast_baselines(folds), model_forecasts(folds, "dense", 0.1, "dense")], folds)
    assert np.isnan(result.leaderboard["skill"]).all()
    conclusion = conclude(result)
    assert not conclusion.beats_baseline
    assert "dense, more than 1000 % higher error than persistence (p=" in conclusion.sentences[0]


def test_infinite_intervals_are_reported(folds: Folds, baselines: tuple[ModelForecasts, ...]) -> None:
    model = model_forecasts(folds, "dense", 1.0, "dense")
    lost = replace(model, validation=tuple(np.full_like(each, np.inf) for each in model.validation))
    result = score([*baselines, lost], folds)
    assert np.isinf(result.leaderboard["interval_width"]).sum() == 1
    assert conclude(result).sentences[-1].startswith("Some intervals are infinite: forecasts of a validation split")
    assert not any("infinite" in line for line in conclude(score([*baselines, model], folds)).sentences)


@pytest.mark.parametrize(
    ("task", "overlapping", "independent"),
    [({}, 2, 7), ({"gap": 3}, 5, 2), ({"gap": 3, "stride": 2}, 3, 2), ({"stride": 5}, 1, 3)],
)
def test_a_bootstrap_block_covers_one_forecast(task: dict[str, Any], overlapping: int, independent: int) -> None:
    """Gap and horizon, divided by the stride."""
    folds = walking_folds(100, task=a_task(**task))
    assert _overlap(folds) == overlapping
    assert score(forecast_baselines(folds), folds).independent_forecasts == independent


def test_with_few_independent_forecasts_all_models_tie() -> None:
    """Three non-overlapping forecasts, whatever the errors."""
    folds = walking_folds(100, task=a_task(horizon=5), test_size=23)
    models = [*forecast_baselines(folds), model_forecasts(folds, "dense", 0.001, "dense")]
    result = score(models, folds)
    assert result.independent_forecasts == 3
    assert set(result.leaderboard["rank"]) == {1}
    conclusion = conclude(result)
    assert not conclusion.beats_baseline
    assert "The test splits contain 3 non-overlapping forecasts; significant differences need 6." in " ".join(
        conclusion.sentences
    )
    enough = walking_folds(200, task=a_task(horizon=5), test_size=40)
    assert (
        score([*forecast_baselines(enough), model_forecasts(enough, "dense", 0.001)], enough).leaderboard["rank"].max()
        > 1
    )


@pytest.mark.parametrize(
    ("size", "beats_baseline", "first", "second"),
    [
        (0.2, True, "Use dense: ", "Significantly better than ridge regression ("),
        (
            9.0,
            False,
            "No framing significantly beats the best naive baseline. Best framing: dense, ",
            "Significantly worse than ridge regression (",
        ),
    ],
)
def test_the_conclusion(
    folds: Folds, baselines: tuple[ModelForecasts, ...], size: float, beats_baseline: bool, first: str, second: str
) -> None:
    recursive = model_forecasts(folds, "stateful", 20.0, "stateful")
    conclusion = conclude(score([*baselines, model_forecasts(folds, "dense", size, "dense"), recursive], folds))
    assert (conclusion.framing, conclusion.beats_baseline) == ("dense", beats_baseline)
    assert conclusion.sentences[0].startswith(first)
    assert ("lower error than the best naive baseline, drift (p=" in conclusion.sentences[0]) == beats_baseline
    assert conclusion.sentences[1].startswith(second)
    assert conclusion.sentences[-1] == "stateful forecasts recursively: each prediction is the next input."


def test_no_model_beats_persistence_on_a_random_walk() -> None:
    """The best forecast is the last value: ridge regression is not significantly better on any of eight walks."""
    for seed in range(8):
        folds = make_folds(number(x=a_walk(330, seed)), a_design(a_task(horizon=3), 3, 40, 46), a_problem())
        baselines = forecast_baselines(folds)
        fitted = replace(baselines[-1], name="dense", framing="dense")
        conclusion = conclude(score([*baselines, fitted], folds))
        assert not conclusion.beats_baseline
        assert "significantly beats the best naive baseline. Best framing: dense, " in conclusion.sentences[0]
        assert re.search(r"than (persistence|drift) \(p=", conclusion.sentences[0])


def test_the_table_of_pairs_has_all_pairs(folds: Folds, baselines: tuple[ModelForecasts, ...]) -> None:
    pairs = score(baselines, folds).pairs
    assert isinstance(pairs, pd.DataFrame)
    assert {tuple(sorted(pair)) for pair in zip(pairs["better"], pairs["worse"], strict=True)} == {
        ("drift", "mean"),
        ("drift", "ridge"),
        ("drift", "persistence"),
        ("mean", "persistence"),
        ("mean", "ridge"),
        ("persistence", "ridge"),
    }
