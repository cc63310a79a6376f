"""Scores, ranks and intervals of entries whose errors are known."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from helpers.backtests import a_design, a_problem, a_task, a_walk, model_forecasts, number, series_of, walking_folds
from seqframe.errors import UserError
from seqframe.evaluation.backtest import PERSISTENCE, RIDGE, SEASONAL, ModelForecasts, forecast_baselines
from seqframe.evaluation.conclusions import conclude
from seqframe.evaluation.folds import Folds, make_folds
from seqframe.evaluation.leaderboard import MisalignedForecastsError, _overlap, forecast_metrics, half_widths
from seqframe.evaluation.leaderboard import score_models as score

LOST = [np.nan, np.inf, -np.inf]


@pytest.fixture(scope="module")
def folds() -> Folds:
    return walking_folds(400, n_folds=3, test_size=45, val_size=60)


@pytest.fixture(scope="module")
def baselines(folds: Folds) -> tuple[ModelForecasts, ...]:
    return forecast_baselines(folds)


def spoil(entry: ModelForecasts, value: float, run: int = 0) -> ModelForecasts:
    test = entry.test.copy()
    test[run, 3, 1] = value
    return replace(entry, test=test)


def test_every_entry_is_held_to_the_same_origins_leads_and_targets(
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
    by_name = {entry.name: entry for entry in baselines}
    assert list(by_name) == [PERSISTENCE, "drift", RIDGE], "no season was found"
    values = folds.newest.df["x"].to_numpy()
    origins = folds.origins["row_number"].to_numpy()
    np.testing.assert_array_equal(by_name[PERSISTENCE].test[0, :, :, 0], np.repeat(values[origins, None], 2, axis=1))
    np.testing.assert_array_equal(folds.actuals()[..., 0], values[origins[:, None] + [1, 2]])
    seasonal = forecast_baselines(walking_folds(400, season=4))
    assert [entry.name for entry in seasonal] == [PERSISTENCE, SEASONAL, "drift", RIDGE]
    assert SEASONAL not in [entry.name for entry in forecast_baselines(walking_folds(400, season=5))]


def test_the_linear_one_finds_a_line_that_there_is() -> None:
    """Of a target that is not read, behind a gap."""
    x = a_walk(300)
    rows = number(x=x, y=np.concatenate([[0, 0, 0], -7 * x[:-3]]))
    design = a_design(a_task(gap=1, horizon=2, lookback=4), 2, 40, 40)
    folds = make_folds(rows, design, a_problem(target="y", features="x"))
    linear = forecast_baselines(folds)[-1]
    np.testing.assert_allclose(linear.test[0], folds.actuals(), atol=1e-2)


def test_the_order_is_that_of_the_errors_and_ties_share_ranks(
    folds: Folds, baselines: tuple[ModelForecasts, ...]
) -> None:
    one = model_forecasts(folds, "one", [0.2, 0.2], "dense")
    entries = [
        *baselines,
        replace(one, name="twin"),
        one,
        model_forecasts(folds, "neighbour", 0.2, seed=5),
        model_forecasts(folds, "worse", 0.4),
    ]
    scored = score(entries, folds)
    ranks = scored.leaderboard.set_index("model")["rank"]
    assert ranks["one"] == ranks["twin"] == ranks["neighbour"] == 1
    assert ranks["worse"] == 4
    assert ranks[PERSISTENCE] > 4
    assert scored.leaderboard["mase"].is_monotonic_increasing
    assert "3 share the first rank, and their order may be luck: " in " ".join(conclude(scored).sentences)
    assert len(scored.pairs) == len(entries) * (len(entries) - 1) / 2


def test_a_line_of_the_leaderboard_by_hand(folds: Folds, baselines: tuple[ModelForecasts, ...]) -> None:
    entry = model_forecasts(folds, "x", [0.1, 0.3], "dense")
    line = score([*baselines, entry], folds).leaderboard.set_index("model").loc["x"]
    errors = np.abs(entry.test - folds.actuals())[..., 0]  # (runs, origins, leads)
    steps = np.abs(np.diff(folds.newest.df["x"].to_numpy()))
    scales = [steps[: dataset.split.train[0].stop - 1].mean() for dataset in folds.datasets]
    scaled = errors / np.repeat(scales, 40)[:, None]
    assert line["mase"] == pytest.approx(scaled.mean())
    assert (line["mase_min"], line["mase_max"]) == pytest.approx(tuple(scaled.mean(axis=(1, 2))))
    assert line["mae"] == pytest.approx(errors.mean())
    assert line["rmse"] == pytest.approx(np.sqrt((errors**2).mean(axis=(1, 2))).mean())
    assert line["mase_low"] < line["mase"] < line["mase_high"]
    naive = score(baselines, folds).leaderboard.set_index("model")["mase"][[PERSISTENCE, "drift"]].min()
    assert line["skill"] == pytest.approx(1 - line["mase"] / naive)


def test_errors_by_lead(folds: Folds, baselines: tuple[ModelForecasts, ...]) -> None:
    per_lead = score(baselines, folds).errors_by_horizon.set_index(["model", "horizon_step"])["mase"]
    assert per_lead[PERSISTENCE, 1] < per_lead[PERSISTENCE, 2]
    board = score(baselines, folds).leaderboard.set_index("model")["mase"]
    assert per_lead[PERSISTENCE].mean() == pytest.approx(board[PERSISTENCE])


def test_series_and_targets_have_names_and_units_of_their_own() -> None:
    rows = series_of([100, 60], [100, 100]).assign(y=lambda table: 1000 * table["x"])
    folds = make_folds(rows, a_design(a_task()), a_problem(id_column="id", time_column="day", scale_per_series=True))
    line = score(forecast_baselines(folds), folds).leaderboard.iloc[0]
    assert line["mae_y"] == pytest.approx(1000 * line["mae_x"], rel=0.2)
    assert forecast_metrics(model_forecasts(folds, "x", 0.1), folds)["mase"] < 1


def test_one_number_says_the_same_everywhere() -> None:
    """Times count alike, also where series have different numbers of them, and some truths are not known."""
    rows = series_of([100, 86], [100, 100])
    rows.iloc[[95, 96, 98]] = np.nan
    data_settings = a_problem(id_column="id", time_column="day", missing="interpolate")
    folds = make_folds(rows, a_design(a_task()), data_settings)
    assert np.isnan(folds.actuals()).any()
    entry = model_forecasts(folds, "x", [0.5, 2.0], "dense")
    line = score([*forecast_baselines(folds), entry], folds).leaderboard.set_index("model").loc["x"]
    assert line["mase"] == pytest.approx(forecast_metrics(entry, folds)["mase"])
    assert line["mase_min"] < line["mase"] < line["mase_max"]


@pytest.mark.parametrize("value", LOST)
def test_an_entry_that_diverged_is_last_and_said(
    folds: Folds, baselines: tuple[ModelForecasts, ...], value: float
) -> None:
    lost = spoil(model_forecasts(folds, "lost", [0.1, 0.1], "pyramid"), value)
    scored = score([lost, *baselines, model_forecasts(folds, "good", 0.1, "dense")], folds)
    last = scored.leaderboard.iloc[-1]
    assert (last["model"], last["rank"], last["mase"], last["rmse"]) == ("lost", 5, np.inf, np.inf)
    assert np.isfinite(last["mase_min"]), "one of its networks did not"
    assert scored.leaderboard["mase"].iloc[:-1].max() < np.inf
    lead = scored.errors_by_horizon.set_index(["model", "horizon_step"])["mase"]["lost"]
    assert np.isfinite(lead[1])
    assert lead[2] == np.inf
    verdict = conclude(scored)
    assert verdict.framing == "dense"
    assert "Diverged, and therefore last, since a forecast was not finite: lost." in verdict.sentences


def test_where_all_framings_diverged_there_is_no_verdict(folds: Folds, baselines: tuple[ModelForecasts, ...]) -> None:
    lost = spoil(model_forecasts(folds, "dense", 0.1, "dense"), np.nan)
    with pytest.raises(UserError, match=r"one framing with finite forecasts\. Received: dense, all diverged\. Lower"):
        conclude(score([lost, *baselines], folds))


def test_a_forecast_of_what_nobody_measured_may_be_anything() -> None:
    values = a_walk(90)
    values[[80, 81]] = np.nan
    folds = make_folds(number(x=values), a_design(a_task()), a_problem(missing="ffill"))
    entry = model_forecasts(folds, "x", 0.1)
    assert np.isnan(entry.test).any()
    assert not score([*forecast_baselines(folds), entry], folds).diverged


def test_a_lead_without_any_truth() -> None:
    """Every other row is measured, and forecasts are made from those alone: the first lead never is."""
    values = a_walk(120)
    values[41::2] = np.nan
    data_settings = a_problem(missing="interpolate")
    folds = make_folds(number(x=values), a_design(a_task(stride=2, lookback=5), 1, 40, 40), data_settings)
    assert np.isnan(folds.actuals()[:, 0]).all()
    scored = score(forecast_baselines(folds), folds)
    leads = scored.errors_by_horizon.set_index(["model", "horizon_step"])["mase"][PERSISTENCE]
    assert np.isnan(leads[1])
    assert leads[2] == pytest.approx(scored.leaderboard.set_index("model")["mase"][PERSISTENCE])


def test_a_perfect_naive_forecast_leaves_no_skill() -> None:
    values = a_walk(120)
    values[75:] = 5.0
    folds = make_folds(number(x=values), a_design(a_task(), 1, 20, 40), a_problem())
    scored = score([*forecast_baselines(folds), model_forecasts(folds, "dense", 0.1, "dense")], folds)
    assert np.isnan(scored.leaderboard["skill"]).all()
    verdict = conclude(scored)
    assert not verdict.beats_baseline
    assert "has no skill over persistence (its error is more than 1000% above" in verdict.sentences[0]


@pytest.mark.parametrize("instance_norm", ["none", "mean"])
@pytest.mark.parametrize("runs", [1, 3])
def test_intervals_hold_what_they_promise(instance_norm: str, runs: int) -> None:
    """Of noise that is known, in each fold and for each run by itself."""
    noise = np.random.default_rng(0).standard_normal(6000)
    task = a_task(instance_norm=instance_norm, lookback=12)
    folds = make_folds(number(x=noise), a_design(task, 2, 1200, 1200), a_problem())
    sizes = [1.0, 2.0, 5.0][:runs]
    scored = score([*forecast_baselines(folds), model_forecasts(folds, "x", sizes)], folds).leaderboard.set_index(
        "model"
    )
    assert scored["coverage"].between(0.85, 0.95).all()
    if instance_norm == "none":
        assert scored.loc["x", "interval_width"] == pytest.approx(2 * 1.645 * np.mean(sizes), rel=0.1)
    assert half_widths(model_forecasts(folds, "x", sizes), folds).shape == (runs, *folds.actuals().shape)


def test_validation_forecasts_that_are_lost_widen_intervals(folds: Folds) -> None:
    entry = model_forecasts(folds, "x", 1.0)
    validation = entry.validation[0].copy()
    validation[0, :20] = np.nan
    widths = half_widths(replace(entry, validation=(validation, *entry.validation[1:])), folds)
    assert np.isinf(widths[0, :40]).all()
    assert np.isfinite(widths[0, 40:]).all()


def test_too_few_origins_to_calibrate_are_said() -> None:
    folds = walking_folds(200, val_size=10, test_size=60)
    scored = score([*forecast_baselines(folds), model_forecasts(folds, "dense", 1.0, "dense")], folds)
    assert np.isinf(scored.leaderboard["interval_width"]).all()
    assert (
        conclude(scored).sentences[-1].startswith("Some intervals are infinite, for want of forecasts to calibrate by")
    )


@pytest.mark.parametrize(
    ("task", "overlapping", "apart"),
    [({}, 2, 7), ({"gap": 3}, 5, 2), ({"gap": 3, "stride": 2}, 3, 2), ({"stride": 5}, 1, 3)],
)
def test_a_block_covers_a_whole_forecast(task: dict[str, Any], overlapping: int, apart: int) -> None:
    """Gap and horizon, in forecasts that are a stride apart."""
    folds = walking_folds(100, task=a_task(**task))
    assert _overlap(folds) == overlapping
    assert score(forecast_baselines(folds), folds).independent_forecasts == apart


def test_so_few_forecasts_tell_nobody_apart() -> None:
    """Three that do not overlap, however alike they turn out."""
    folds = walking_folds(100, task=a_task(horizon=5), test_size=23)
    entries = [*forecast_baselines(folds), model_forecasts(folds, "dense", 0.001, "dense")]
    scored = score(entries, folds)
    assert scored.independent_forecasts == 3
    assert set(scored.leaderboard["rank"]) == {1}
    verdict = conclude(scored)
    assert not verdict.beats_baseline
    assert "The test parts hold 3 forecasts that do not overlap, and it takes 6" in " ".join(verdict.sentences)
    enough = walking_folds(200, task=a_task(horizon=5), test_size=40)
    assert (
        score([*forecast_baselines(enough), model_forecasts(enough, "dense", 0.001)], enough).leaderboard["rank"].max()
        > 1
    )


@pytest.mark.parametrize(
    ("size", "skill", "first", "second"),
    [
        (0.2, True, "Use dense: its error is ", "A linear forecaster does worse: the error of dense is "),
        (
            9.0,
            False,
            "No framing beats the naive forecast: the best of them, dense, has no skill over persistence (its "
            "error is ",
            "A linear forecaster does better: the error of dense is ",
        ),
    ],
)
def test_the_verdict(
    folds: Folds, baselines: tuple[ModelForecasts, ...], size: float, skill: bool, first: str, second: str
) -> None:
    feeding_back = model_forecasts(folds, "stateful", 20.0, "stateful")
    verdict = conclude(score([*baselines, model_forecasts(folds, "dense", size, "dense"), feeding_back], folds))
    assert (verdict.framing, verdict.beats_baseline) == ("dense", skill)
    assert verdict.sentences[0].startswith(first)
    assert ("below that of the best naive forecast, persistence." in verdict.sentences[0]) == skill
    assert verdict.sentences[1].startswith(second)
    assert verdict.sentences[-1] == "stateful forecasts row by row: each answer is read as the next row."


def test_a_walk_has_no_skill_to_be_had() -> None:
    """The best forecast is the last value: not one of eight walks says otherwise of a forecaster that is fitted."""
    for seed in range(8):
        folds = make_folds(number(x=a_walk(330, seed)), a_design(a_task(horizon=3), 3, 40, 46), a_problem())
        baselines = forecast_baselines(folds)
        fitted = replace(baselines[-1], name="dense", framing="dense")
        verdict = conclude(score([*baselines, fitted], folds))
        assert not verdict.beats_baseline
        assert "dense, has no skill over persistence" in verdict.sentences[0]


def test_a_table_of_all_pairs_names_both(folds: Folds, baselines: tuple[ModelForecasts, ...]) -> None:
    pairs = score(baselines, folds).pairs
    assert isinstance(pairs, pd.DataFrame)
    assert {tuple(sorted(pair)) for pair in zip(pairs["better"], pairs["worse"], strict=True)} == {
        ("drift", "ridge"),
        ("drift", "persistence"),
        ("persistence", "ridge"),
    }
