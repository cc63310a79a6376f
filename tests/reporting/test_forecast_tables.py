"""Forecasts that are plotted, and forecasts as text."""

import numpy as np
import pandas as pd
import pytest

from helpers.backtests import model_forecasts, walking_folds
from seqframe.reporting import tables
from seqframe.reporting.tables import MAX_DRAWN, format_forecasts, list_actuals, pick_forecasts

HORIZON = 3


def forecasts(origins: list[int], fold: int = 2, sequence: str = "a", column: str = "x") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "fold": fold,
            "sequence": sequence,
            "column": column,
            "origin": origin,
            "row": origin + step,
            "actual": 1.0 * step,
        }
        for origin in origins
        for step in range(1, HORIZON + 1)
    )


@pytest.mark.parametrize(
    ("origins", "picked"),
    [
        ([0, 1, 2, 3, 4, 5, 6, 7], [1, 4, 7]),  # a row apart
        ([0, 2, 4, 6, 8], [0, 4, 8]),  # two rows apart: every other
        ([0, 4, 8], [0, 4, 8]),  # farther apart than the horizon: all
        ([0, 1, 9, 10], [1, 10]),  # with a gap in time
    ],
)
def test_the_newest_non_overlapping_forecasts_are_picked(origins: list[int], picked: list[int]) -> None:
    found = pick_forecasts(forecasts(origins))
    assert [int(each["origin"].iloc[0]) for each in found] == picked
    assert [each["row"].tolist() for each in found] == [[o + 1, o + 2, o + 3] for o in picked]


def test_a_chart_of_very_many_forecasts_has_the_newest_ones() -> None:
    many = forecasts(list(range(0, 10 * MAX_DRAWN, 5)))
    found = pick_forecasts(many)
    assert [int(each["origin"].iloc[0]) for each in found] == list(range(5 * MAX_DRAWN, 10 * MAX_DRAWN, 5))
    assert list_actuals(many).index.min() == 5 * MAX_DRAWN + 1


def test_the_first_sequence_and_column_of_the_newest_split_are_picked() -> None:
    others = [forecasts([50], fold=1), forecasts([60]), forecasts([60], sequence="b"), forecasts([60], column="y")]
    (only,) = pick_forecasts(pd.concat(others))
    assert only["row"].tolist() == [61, 62, 63]
    assert list_actuals(pd.concat(others)).to_dict() == {61: 1.0, 62: 2.0, 63: 3.0}


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([154.239, 7.1], ["154.24", "7.10"]),
        ([1234567.8, 0.4], ["1,234,568", "0"]),
        ([0.00012345, -0.00001], ["0.00012345", "-0.00001000"]),
        ([0.0, np.nan], ["0.0", ""]),
        ([9.99999, 1.0], ["10.0000", "1.0000"]),
        ([1e-12, 0.0], ["0.00000000", "0.00000000"]),
    ],
)
def test_forecasts_have_five_digits_and_equal_decimals(values: list[float], texts: list[str]) -> None:
    columns = {"day": pd.to_datetime(["2001-01-01", "2001-01-02"]), "horizon_step": [1, 2]}
    table = pd.DataFrame(columns | dict.fromkeys(["x", "x_low", "x_high"], values))
    cells = format_forecasts(table)
    assert list(cells.columns) == list(table.columns)
    assert cells["day"].tolist() == ["2001-01-01", "2001-01-02"]
    assert all(cells[name].tolist() == texts for name in ("x", "x_low", "x_high"))


def test_a_long_table_of_forecasts_has_evenly_spaced_origins(monkeypatch: pytest.MonkeyPatch) -> None:
    folds = walking_folds()
    model = model_forecasts(folds, "drift", 1.0)
    whole = tables.tabulate_forecasts(model, folds)
    horizon = folds.design.task.horizon or 1
    monkeypatch.setattr(tables, "MAX_TABLE_VALUES", -(-len(whole) // 3))
    thinned = tables.tabulate_forecasts(model, folds)
    assert abs(len(thinned) - len(whole) / 3) < horizon
    assert thinned["origin"].iloc[-1] == whole["origin"].iloc[-1], "the newest origin is in the table"
    positions = np.flatnonzero(whole.merge(thinned, how="left", indicator=True)["_merge"] == "both")
    assert set(np.diff(np.unique(positions // horizon))) == {3}
    assert len(thinned) == len(positions), "the rows are the same as in the whole table"
