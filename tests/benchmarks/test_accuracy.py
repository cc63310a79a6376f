import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import etth1, rivals
from benchmarks.accuracy import FRAMING, NETWORK, Row, measure_ours, shipped_series, summarize
from benchmarks.backtests import (
    ensemble,
    errors_of_runs,
    make_backtest,
    read_settings,
    train_framing,
    validation_error,
)
from benchmarks.exported_folds import export_folds, read_forecasts, season_phase
from benchmarks.rivals import Options, Rival, RivalFailedError, forecast_rival
from benchmarks.workers.forecasts import Fold, Library, Limits, Predict, Problem, Variant, all_variants, forecast_fold
from helpers.backtests import a_design, a_problem, a_season, a_task, a_walk, number
from seqframe.evaluation.backtest import forecast_baselines
from seqframe.evaluation.comparisons import select_models
from seqframe.evaluation.folds import Folds, make_folds
from seqframe.evaluation.leaderboard import score_model, score_models
from seqframe.forecasting.baselines import PERSISTENCE
from seqframe.framings import find_framing

PERSISTENCE_RIVAL = Rival("persistence", "persistence", "NumPy", "forecasts_persistence", "persistence", "")


def some_folds(missing: bool = False, gap: int = 2) -> Folds:
    values = 10 + a_season(300) + 0.1 * a_walk(300)
    if missing:
        values[[40, 41, 150, 201, 202, 260]] = np.nan
    task = a_task(gap=gap)
    design = a_design(task, n_folds=2, val_size=40, test_size=50, season=8)
    return make_folds(number(x=values), design, a_problem(missing="interpolate" if missing else "raise"))


def some_options(folder: Path, seeds: int = 2) -> Options:
    return Options(seeds=seeds, epochs=1, patience=1, limit_s=120, folder=folder)


def test_perfect_forecasts_have_no_error() -> None:
    folds = some_folds()
    arrays = {}
    for number_, dataset in enumerate(folds.datasets, start=1):
        arrays[f"test_{number_}"] = dataset.actuals(dataset.test)[None, ..., 0]
        arrays[f"validation_{number_}"] = dataset.actuals(dataset.validation)[None, ..., 0]
    model = read_forecasts(arrays, "perfect", folds)
    assert errors_of_runs(model, folds) == [0]
    assert validation_error(model, folds) == 0


@pytest.mark.parametrize("missing", [False, True])
def test_a_worker_that_repeats_the_last_value_scores_like_our_persistence(missing: bool, tmp_path: Path) -> None:
    folds = some_folds(missing)
    ours = next(model for model in forecast_baselines(folds) if model.name == PERSISTENCE.name)
    found = forecast_rival(PERSISTENCE_RIVAL, "series", export_folds(folds), folds, some_options(tmp_path))
    board = score_models(forecast_baselines(folds), folds).leaderboard.set_index("model")
    mase = float(board.loc[PERSISTENCE.name, "mase"])
    assert errors_of_runs(found.forecasts, folds) == pytest.approx([mase, mase], abs=1e-9)
    assert validation_error(found.forecasts, folds) == pytest.approx(validation_error(ours, folds), abs=1e-9)
    assert ensemble(found.forecasts).test == pytest.approx(ours.test, abs=1e-9)


def test_forecasts_of_equal_folds_and_options_are_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folds, options = some_folds(), some_options(tmp_path)
    first = forecast_rival(PERSISTENCE_RIVAL, "series", export_folds(folds), folds, options)

    def refuse(*_: object) -> None:
        raise RivalFailedError("run again")

    monkeypatch.setattr(rivals, "run_worker", refuse)
    again = forecast_rival(PERSISTENCE_RIVAL, "series", export_folds(folds), folds, options)
    assert np.array_equal(again.forecasts.test, first.forecasts.test)
    for other in (some_folds(missing=True), some_folds(gap=0)):
        with pytest.raises(RivalFailedError, match="run again"):
            forecast_rival(PERSISTENCE_RIVAL, "series", export_folds(other), other, options)
    with pytest.raises(RivalFailedError, match="run again"):
        forecast_rival(PERSISTENCE_RIVAL, "series", export_folds(folds), folds, some_options(tmp_path, seeds=3))


def test_a_worker_that_fails_is_reported(tmp_path: Path) -> None:
    folds = some_folds()
    broken = Rival("broken", "broken", "none", "loop", "none", "")  # this module is no worker
    with pytest.raises(RivalFailedError, match=r"failed, see broken-\w+\.log"):
        forecast_rival(broken, "series", export_folds(folds), folds, some_options(tmp_path))


def test_forecasts_of_another_shape_are_refused() -> None:
    folds = some_folds()
    with pytest.raises(ValueError, match="the fold has"):
        read_forecasts(
            {f"{split}_{n}": np.zeros((1, 3, 2)) for split in ("test", "validation") for n in (1, 2)}, "x", folds
        )


def test_exported_rows_end_at_the_last_origin() -> None:
    folds = some_folds()
    record = json.loads(export_folds(folds))
    for fold, dataset in zip(record["folds"], folds.datasets, strict=True):
        assert len(fold["values"]) == dataset.test.origins[-1] + 1
        assert fold["test_origins"] == dataset.test.origins.tolist()
        assert fold["train"][0] == dataset.split.train[0].start
        assert fold["train"][1] <= dataset.validation.targets.min()
        assert fold["validation"][1] <= dataset.test.targets.min()


def test_folds_of_several_series_are_refused() -> None:
    frame = pd.DataFrame({"x": a_walk(300), "y": a_walk(300, 1)}, pd.RangeIndex(300, name="row"))
    folds = make_folds(frame, a_design(a_task(), val_size=40, test_size=50), a_problem(target=["x", "y"]))
    with pytest.raises(ValueError, match="one series with one target"):
        export_folds(folds)


def test_the_phase_of_a_dated_year_follows_the_calendar() -> None:
    months = pd.date_range("1950-01-01", periods=120, freq="MS", name="month")
    phase = np.array(season_phase(months, 12))
    assert np.abs(phase[::12] - phase[0]).max() < 0.02
    assert np.hypot(*phase.T) == pytest.approx(np.ones(120))
    assert np.array(season_phase(pd.RangeIndex(20, name="row"), 4))[1] == pytest.approx([1, 0])
    assert season_phase(months, 1) is None


@given(lookback=st.sampled_from([1, 2]), seeds=st.integers(1, 3))
def test_the_variant_with_the_smallest_validation_error_is_trained_with_all_seeds(lookback: int, seeds: int) -> None:
    values = np.arange(30.0)
    fold = Fold(values, range(15), range(15, 20), np.arange(15, 18), np.arange(20, 25))
    problem = Problem(season=1, lookback=1, horizon=1, gap=0, phase=None, folds=(fold,))
    fits = []

    def fit(model: str, variant: Variant, problem: Problem, fold: Fold, limits: Limits) -> Predict:
        fits.append((variant.lookback, limits.seed))
        error = 0.0 if variant.lookback == lookback else 1.0
        return lambda origins: values[origins][:, None] + 1 + error + limits.seed

    library = Library("x", lambda model, problem, fold: [Variant(1), Variant(2)], fit)
    limits = [Limits(seed, 1, 1) for seed in range(seeds)]
    test, validation, record = forecast_fold(library, "x", problem, fold, limits)
    assert fits == [(1, 0), (2, 0), *((lookback, seed) for seed in range(1, seeds))]
    assert record["variant"] == f"lookback {lookback}"
    expected = np.arange(21.0, 26.0)[None, :, None] + np.arange(seeds)[:, None, None]
    assert np.array_equal(test, expected)
    assert validation.shape == (seeds, 3, 1)


def test_variants_have_one_or_two_lookbacks() -> None:
    problem = Problem(season=4, lookback=8, horizon=4, gap=0, phase=np.zeros((30, 2)), folds=())
    kinds = ((False, False), (True, True))
    expected = [Variant(8), Variant(8, instance_norm=True, phase=True), Variant(16)]
    assert all_variants(problem, kinds) == expected
    assert all_variants(problem, kinds, max_lookback=15) == expected[:2]
    assert len(all_variants(replace(problem, lookback=65), kinds)) == 2  # 130 rows take too long
    without_season = Problem(season=1, lookback=8, horizon=4, gap=0, phase=None, folds=())
    assert all_variants(without_season, kinds) == [Variant(8), Variant(16)]


def test_a_variant_that_does_not_fit_twice_is_skipped() -> None:
    fold = Fold(np.arange(30.0), range(15), range(15, 20), np.arange(15, 18), np.arange(20, 25))
    problem = Problem(season=1, lookback=9, horizon=1, gap=0, phase=None, folds=(fold,))

    def fit(model: str, variant: Variant, problem: Problem, fold: Fold, limits: Limits) -> Predict:
        return lambda origins: fold.values[origins][:, None]

    library = Library("x", lambda model, problem, fold: [Variant(9), Variant(6), Variant(7)], fit)
    _, _, record = forecast_fold(library, "x", problem, fold, [Limits(0, 1, 1)])
    assert set(record["validation_mae"]) == {"lookback 9", "lookback 6"}


def test_the_selected_framing_is_compared_with_the_best_of_all_others() -> None:
    rows = [
        Row("dense", "Seqframe", FRAMING, (0.9,), 0.9, 0.5, selected=True),
        Row("many_to_one", "Seqframe", FRAMING, (0.6,), 0.6, 0.7),
        Row("NLinear", "Darts", NETWORK, (0.8,), 0.75, 0.1),
        Row("N-HiTS", "Darts", NETWORK, note="not finished within 1 s"),
    ]
    (line,) = summarize({"series": rows}).rows
    assert line == ("series", "0.900 dense", "0.600 many_to_one", "–", "0.750 NLinear", "–", "1.20", "1.50")


def test_the_framing_is_selected_as_in_a_comparison() -> None:
    names = ["dense", "many_to_one"]
    settings = read_settings("nile", {"training": {"epochs": 2, "n_seeds": 2}, "task": {"lookback": 4, "horizon": 2}})
    folds = make_backtest(settings)
    rows = measure_ours(settings, folds, names)
    models = [train_framing(find_framing(name), folds, settings).forecasts()[-1] for name in names]
    scores = [score_model(model, folds) for model in [*forecast_baselines(folds), *models]]
    chosen = select_models(scores, folds).framing
    assert [f"{row.model} (ensemble of 2)" for row in rows if row.selected] == [chosen]


def test_every_environment_with_a_table_is_measured() -> None:
    assert {"sunspots", "co2", "elnino"} <= set(shipped_series())
    assert not {"base", "local", "table_defaults"} & set(shipped_series())


def test_errors_of_etth1_do_not_depend_on_units() -> None:
    random = np.random.default_rng(0)
    values = random.standard_normal((100, 2)) * [3, 50] + [1, 1000]
    mean, deviation = values.mean(axis=0), values.std(axis=0)
    forecasts, actuals = values[:40].reshape(10, 4, 2), values[40:80].reshape(10, 4, 2)
    standardized = (forecasts - mean) / deviation - (actuals - mean) / deviation
    expected = np.mean(standardized**2), np.mean(np.abs(standardized))
    assert etth1.score_etth1(forecasts, actuals, deviation) == pytest.approx(expected)


def test_naive_errors_of_etth1_use_every_test_window() -> None:
    rows = etth1.TRAIN + etth1.VALIDATION + etth1.TEST
    days = np.repeat(np.arange(rows)[:, None] % 24, 7, axis=1).astype(float)
    days[-1] += 24  # a target of the last window only
    errors = etth1.naive_errors(days, horizon=24)
    count = (etth1.TEST - 24 + 1) * 24
    expected = 24 / days[: etth1.TRAIN].std(axis=0)[0] / count
    assert errors["seasonal naive (24 hours)"][1] == pytest.approx(expected)
    assert errors["persistence"][1] > 0.5


def test_the_framing_of_etth1_is_chosen_on_validation_rows() -> None:
    found = {
        "persistence": (0.1, 0.1, None, None, None, None),
        "Seqframe ridge": (0.1, 0.1, 0.1, 0.1, None, None),
        "Seqframe dense": (0.5, 0.5, 0.3, 0.3, 1.0, 1.0),
        "Seqframe many_to_one": (0.2, 0.2, 0.4, 0.2, 1.0, 1.0),
    }
    assert etth1.choose(found) == "Seqframe dense"
    for variant in filter(None, etth1.VARIANTS):
        found[f"Seqframe many_to_one{variant}"] = (0.6, 0.6, 0.25, 0.25, 1.0, 1.0)
        assert etth1.choose(found) == f"Seqframe many_to_one{variant}"
    assert etth1.choose({"persistence": found["persistence"]}) is None
