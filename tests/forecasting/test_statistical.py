"""Statistical baselines: their forecasts are statsforecast's own, and read nothing after the origin."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from forecasting.test_naive import dataset_of
from helpers.backtests import a_season, number, series_of
from seqframe.data.windows import Windows
from seqframe.forecasting.baselines import BASELINES, find_baseline
from seqframe.forecasting.fitted import FitError
from seqframe.forecasting.statistical import PACKAGE

models = pytest.importorskip(f"{PACKAGE}.models")
STATISTICAL = [each for each in BASELINES if each.package == PACKAGE]
each_model = pytest.mark.parametrize("baseline", STATISTICAL, ids=lambda each: each.name)


def noisy(rows: int, period: int, seed: int = 0) -> np.ndarray:
    return 10 + a_season(rows, period) + 0.2 * np.random.default_rng(seed).normal(size=rows)


@each_model
def test_parameters_are_fitted_up_to_the_first_origin_and_states_are_updated(baseline: Any) -> None:
    values = noisy(70, 6)
    dataset = dataset_of(number(x=values), 40, 3, 4, gap=2)
    windows = dataset.test.select(slice(0, 3))
    model = getattr(models, baseline.name)(season_length=6)
    if baseline.name == "AutoARIMA":
        model.approximation = None
    first = windows.origins[0] + 1
    model.fit(values[:first])
    expected = [model.forward(values[:rows], 6)["mean"][2:] for rows in (windows.origins + 1).tolist()]
    forecasts = baseline.predict(baseline.fit(dataset, (6,)), dataset, windows)
    np.testing.assert_array_equal(forecasts[..., 0], expected)
    np.testing.assert_allclose(
        forecasts[0, :, 0], model.predict(6)["mean"][2:], err_msg="no update at the first origin"
    )


@each_model
def test_nothing_after_the_origin_is_read(baseline: Any) -> None:
    df = number(x=noisy(70, 6))
    dataset = dataset_of(df, 40)
    windows = dataset.test.select(slice(0, 3))
    changed = df.copy()
    changed.iloc[windows.origins[-1] + 1 :] = 1e9
    fitted = baseline.fit(dataset, (6,))
    forecasts = baseline.predict(fitted, dataset, windows)
    assert np.array_equal(baseline.predict(fitted, replace(dataset, df=changed, filled=changed), windows), forecasts)
    assert np.array_equal(baseline.predict(fitted, dataset, windows), forecasts), "deterministic"


def test_every_series_and_target_has_a_model_of_its_own() -> None:
    baseline, df = find_baseline("AutoETS"), series_of([40, 40], [40, 40])
    df["y"] = -2 * df["x"]
    dataset = dataset_of(df, 20, id_column="id", time_column="day")
    together = baseline.predict(baseline.fit(dataset, (1,)), dataset, dataset.test)
    alone = dataset_of(df.loc[["b"]], 20, id_column="id", time_column="day")
    apart = baseline.predict(baseline.fit(alone, (1,)), alone, alone.test)
    np.testing.assert_array_equal(together[len(alone.test) :], apart)


def test_a_long_season_of_arima_is_modeled_by_fourier_terms() -> None:
    values = 5 + 3 * np.sin(2 * np.pi * np.arange(200) / 30) + 0.01 * np.random.default_rng(0).normal(size=200)
    dataset = dataset_of(number(x=values), 120, horizon=30)
    baseline, windows = find_baseline("AutoARIMA"), dataset.test.select(slice(0, 2))
    forecasts = baseline.predict(baseline.fit(dataset, (30,)), dataset, windows)
    np.testing.assert_allclose(forecasts, dataset.actuals(windows), atol=0.2)


def test_what_cannot_be_fitted_is_one_line() -> None:
    dataset = dataset_of(number(x=noisy(200, 30)), 120)
    with pytest.raises(FitError, match="^AutoETS models seasons of up to 24 rows. Received: a season of 30.$"):
        predict("AutoETS", dataset, (30,))
    with pytest.raises(FitError, match="^AutoTheta cannot be fitted to 3 rows of x: tiny datasets.$"):
        predict("AutoTheta", dataset, (1,), Windows(np.array([1]), 2, 2, 2))


def predict(name: str, dataset: Any, seasons: tuple[int, ...], windows: Windows | None = None) -> np.ndarray:
    baseline = find_baseline(name)
    return baseline.predict(baseline.fit(dataset, seasons), dataset, dataset.test if windows is None else windows)


@each_model
def test_a_constant_series_is_continued(baseline: Any) -> None:
    df = number(x=np.where(np.arange(60) < 30, np.arange(60) % 2, 7.0))
    dataset = dataset_of(df, 20)
    constant = replace(dataset, filled=number(x=np.full(60, 7.0)))
    assert (baseline.predict(baseline.fit(dataset, (1,)), constant, dataset.test) == 7).all()


@each_model
def test_nothing_is_printed(baseline: Any, capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder) -> None:
    dataset = dataset_of(number(x=noisy(70, 6)), 40)
    baseline.predict(baseline.fit(dataset, (6,)), dataset, dataset.test)
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list
