"""Forecasts with past, future, static and text covariates, from the table of the user to the saved model and back."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.forecasters import make_case, wave
from seqframe.errors import UserError
from seqframe.forecasting.context import input_example
from seqframe.forecasting.forecaster import Forecaster

ROWS, LOOKBACK, HORIZON = 60, 6, 3
DIRECT = "dense"


def panel() -> pd.DataFrame:
    """Two series with a target, a past covariate, a text column, a future covariate and a static column."""
    parts = [
        pd.DataFrame(
            {
                "id": name,
                "day": pd.date_range("2021-01-01", periods=ROWS),
                "y": wave(ROWS, phase),
                "wind": wave(ROWS, phase + 1),
                "sky": np.where(np.arange(ROWS) % 3 == 0, "rain", "sun"),
                "size": 10.0 * (phase + 1),
            }
        )
        for phase, name in enumerate(["a", "b"])
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Forecaster, Forecaster]:
    case = make_case(
        panel(), tmp_path, LOOKBACK, HORIZON, time_column="day", id_column="id", target="y", covariates="all"
    )
    forecaster = case.forecaster(DIRECT)
    forecaster.save(tmp_path / "model")
    return forecaster, Forecaster.load(tmp_path / "model")


def test_a_saved_model_forecasts_from_the_table_of_the_user(saved: tuple[Forecaster, Forecaster]) -> None:
    forecaster, loaded = saved
    assert forecaster.config.features == ["y", "wind", "sky=rain", "sky=sun", "size"]
    forecasts = forecaster.forecast(panel())
    assert len(forecasts) == 2 * HORIZON
    assert np.isfinite(forecasts["y"]).all()
    pd.testing.assert_frame_equal(loaded.forecast(panel()), forecasts)


def test_the_example_has_the_columns_of_the_table(saved: tuple[Forecaster, Forecaster]) -> None:
    table = panel()
    example = input_example(make_rows(saved[0], table), saved[0].config)
    assert sorted(example.columns) == sorted(table.columns)
    assert set(example["sky"].dropna()) == {"rain", "sun"}
    assert len(saved[0].forecast(example)) == HORIZON


def make_rows(forecaster: Forecaster, table: pd.DataFrame) -> pd.DataFrame:
    from seqframe.data.tables import read_columns

    return read_columns(table, forecaster.config.data_settings, "t.csv")


def test_a_static_column_matters_and_needs_no_future_values(saved: tuple[Forecaster, Forecaster]) -> None:
    forecaster, _ = saved
    other = forecaster.forecast(panel().assign(size=15.0))
    assert not np.allclose(other["y"], forecaster.forecast(panel())["y"])


def test_an_unknown_category_is_named(saved: tuple[Forecaster, Forecaster]) -> None:
    table = panel()
    table.loc[7, "sky"] = "fog"
    with pytest.raises(UserError, match="a category of the training table: rain, sun. Received: 'fog' in row 8"):
        saved[0].forecast(table)
