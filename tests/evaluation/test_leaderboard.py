"""Scores, ranks and intervals of models with known errors."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from helpers.backtests import a_design, a_problem, a_task, a_walk, model_forecasts, number, series_of, walking_folds
from seqframe.errors import UserError
from seqframe.evaluation.backtest import ModelForecasts, forecast_baselines
from seqframe.evaluation.bootstrap import SampleSize
from seqframe.evaluation.conclusions import conclude
from seqframe.evaluation.folds import Folds, make_folds
from seqframe.evaluation.leaderboard import MisalignedForecastsError, forecast_metrics, mase_matrix
from seqframe.evaluation.leaderboard import score_models as score
from seqframe.evaluation.significance import mean_loss
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
    one = model_forecasts(folds, "dense (ensemble of 2)", 0.2, "dense")
    models = [
        *baselines,
        model_forecasts(folds, "dense", [0.2, 0.2], "dense"),
        one,
        replace(one, name="twin", framing="pyramid"),
        model_forecasts(folds, "neighbor", 0.2, "many_to_one", seed=5),
        model_forecasts(folds, "worse", 0.4, "one_to_one"),
    ]
    result = score(models, folds)
    ranks = result.leaderboard.set_index("model")["rank"]
    assert ranks[one.name] == ranks["twin"] == ranks["neighbor"] == 1
    assert ranks["worse"] == 4
    assert ranks[result.ranking.best_naive] == ranks[RIDGE] == 5
    others = {PERSISTENCE, "drift", "mean"} - {result.ranking.best_naive}
    assert ranks[["dense", *others]].isna().all(), "not compared: a single network, and other naive baselines"
    assert result.leaderboard["mase"].is_monotonic_increasing


def test_a_row_of_the_leaderboard_computed_by_hand(folds: Folds, baselines: tuple[ModelForecasts, ...]) -> None:
    model = model_forecasts(folds, "x", [0.1, 0.3], "dense")
    row = score([*baselines, model], folds).leaderboard.set_index("model").loc["x"]
    errors = np.abs(model.test - folds.actuals())[..., 0]  # (runs, origins, horizon)
    steps = np.abs(np.diff(folds.newest.df["x"].to_numpy()))
    scales = [steps[: dataset.split.train[0].stop - 1].mean() for dataset in folds.datasets]
    scaled = errors / np.repeat(scales, 44)[:, None]
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
    assert (last["model"], last["mase"], last["rmse"]) == ("lost", np.inf, np.inf)
    assert pd.isna(last["rank"])
    assert np.isfinite(last["mase_min"]), "the other network did not diverge"
    assert result.leaderboard["mase"].iloc[:-1].max() < np.inf
    by_step = result.errors_by_horizon.set_index(["model", "horizon_step"])["mase"]["lost"]
    assert np.isfinite(by_step[1])
    assert by_step[2] == np.inf
    conclusion = conclude(result)
    assert conclusion.framing == "dense"
    assert "Diverged (a forecast is not finite), not ranked: lost." in conclusion.sentences


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
    """Every other row is missing, and all forecasts start before present rows: the second step is always missing."""
    values = a_walk(120)
    values[41::2] = np.nan
    data_settings = a_problem(missing="ffill")
    folds = make_folds(number(x=values), a_design(a_task(stride=2, lookback=5), 1, 40, 40), data_settings)
    assert np.isnan(folds.actuals()[:, 1]).all()
    result = score(forecast_baselines(folds), folds)
    by_step = result.errors_by_horizon.set_index(["model", "horizon_step"])["mase"][PERSISTENCE]
    assert np.isnan(by_step[2])
    assert by_step[1] == pytest.approx(result.leaderboard.set_index("model")["mase"][PERSISTENCE])


def test_a_perfect_naive_forecast_has_no_skill_to_compare_with() -> None:
    values = a_walk(120)
    values[75:] = 5.0
    folds = make_folds(number(x=values), a_design(a_task(), 1, 20, 40), a_problem())
    result = score([*forecast_baselines(folds), model_forecasts(folds, "dense", 0.1, "dense")], folds)
    assert np.isnan(result.leaderboard["skill"]).all()
    conclusion = conclude(result)
    assert not conclusion.beats_baseline
    assert conclusion.recommended == PERSISTENCE
    assert conclusion.sentences[0].startswith(
        "Use persistence: 100% lower MASE than dense, which has the smallest validation error (difference 0.11, "
    )


def test_infinite_intervals_are_reported(folds: Folds, baselines: tuple[ModelForecasts, ...]) -> None:
    model = model_forecasts(folds, "dense", 1.0, "dense")
    lost = replace(model, validation=tuple(np.full_like(each, np.inf) for each in model.validation))
    result = score([*baselines, lost], folds)
    assert np.isinf(result.leaderboard["interval_width"]).sum() == 1
    assert conclude(result).sentences[-1].startswith("Some intervals are infinite: forecasts of a validation split")
    assert not any("infinite" in line for line in conclude(score([*baselines, model], folds)).sentences)


@pytest.mark.parametrize(
    ("task", "overlapping", "independent"),
    [({}, 2, 9), ({"gap": 3}, 5, 3), ({"gap": 3, "stride": 2}, 3, 3), ({"stride": 5}, 1, 4)],
)
def test_a_bootstrap_block_covers_one_forecast(task: dict[str, Any], overlapping: int, independent: int) -> None:
    """Gap and horizon, divided by the stride."""
    folds = walking_folds(100, task=a_task(**task))
    assert folds.count_overlap(folds.origins) == overlapping
    assert score(forecast_baselines(folds), folds).size == SampleSize(independent, 1)


def test_with_few_independent_forecasts_no_model_is_ranked() -> None:
    """Three non-overlapping forecasts, whatever the errors."""
    few = walking_folds(100, task=a_task(horizon=5), test_size=23)
    result = score([*forecast_baselines(few), model_forecasts(few, "dense", 0.001, "dense")], few)
    assert result.size.independent == 3
    assert result.leaderboard["rank"].isna().all()
    assert result.leaderboard[["mase_low", "mase_high"]].isna().all(axis=None)
    assert result.pairs["difference"].notna().all()
    assert result.pairs[["p", "p_holm", "low", "high"]].isna().all(axis=None)
    assert not result.pairs["significant"].any()
    enough = walking_folds(200, task=a_task(horizon=5), test_size=40)
    result = score([*forecast_baselines(enough), model_forecasts(enough, "dense", 0.001, "dense")], enough)
    assert result.leaderboard["rank"].max() > 1


def test_the_series_of_a_panel_count() -> None:
    """One forecast time of seven series, each better by another amount; one of three series is too few."""
    for n_series, tested in ((7, True), (3, False)):
        rows = series_of([60] * n_series, [60] * n_series)
        data_settings = a_problem(id_column="id", time_column="day", scale_per_series=True)
        panel = make_folds(rows, a_design(a_task(), val_size=20, test_size=2), data_settings)
        assert len(np.unique(panel.origins["time"])) == 1
        result = score([*forecast_baselines(panel), model_forecasts(panel, "dense", 0.001, "dense")], panel)
        assert result.size == SampleSize(1, n_series)
        assert result.pairs["significant"].any() == tested
        assert result.pairs["p"].notna().all() == tested
        assert result.leaderboard["rank"].notna().any() == tested


def test_the_table_of_pairs_has_the_comparisons(folds: Folds, baselines: tuple[ModelForecasts, ...]) -> None:
    framings = [model_forecasts(folds, name, size, name) for name, size in (("dense", 0.2), ("pyramid", 0.4))]
    result = score([*baselines, *framings], folds)
    pairs, naive = result.pairs, result.ranking.best_naive
    assert pairs.columns.tolist() == [
        *("better", "worse", "difference", "low", "high", "p", "p_holm", "significant", "weight")
    ]
    assert list(zip(pairs["better"], pairs["worse"], strict=True)) == [
        *(("dense", naive), ("dense", RIDGE)),
        *(("pyramid", naive), ("pyramid", RIDGE), ("dense", "pyramid")),
    ]
    assert score(baselines, folds).pairs.columns.equals(pairs.columns), "and no rows without a framing"
    assert score(baselines, folds).pairs.empty


def test_the_losses_of_times_and_series_have_the_mean_error() -> None:
    """Series of different lengths and missing actual values: all times have the same weight."""
    rows = series_of([100, 86], [100, 96])
    rows.iloc[[95, 96, 98]] = np.nan
    panel = make_folds(rows, a_design(a_task()), a_problem(id_column="id", time_column="day", missing="interpolate"))
    model = model_forecasts(panel, "x", [0.5, 2.0], "dense")
    losses = mase_matrix(model, panel)
    assert losses.shape == (panel.origins["time"].nunique(), 2)
    assert np.isnan(losses).any()
    assert mean_loss(losses) == pytest.approx(forecast_metrics(model, panel)["mase"])
