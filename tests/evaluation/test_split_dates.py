"""Splits that the settings give as times."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from seqframe.config import BacktestSettings
from seqframe.data.splits import find_segments, split_folds
from seqframe.errors import UserError
from seqframe.evaluation.split_dates import resolve_split_dates

MONTHS = pd.date_range("2000-01-01", periods=120, freq="MS", name="month")
ROWS = pd.DataFrame({"x": np.arange(120.0)}, MONTHS)


def resolve(rows: pd.DataFrame = ROWS, **settings: Any) -> tuple[Any, ...]:
    sizes = resolve_split_dates(rows, find_segments(rows), BacktestSettings(**settings))
    return sizes.n_folds, sizes.val_size, sizes.test_size, sizes.end


def test_times_become_numbers_of_rows() -> None:
    given = {"val_size": "2007-01-01", "test_size": "2008-06-01", "end": "2009-05-31"}
    assert resolve(**given) == (1, 17, 12, 113)
    (fold,) = split_folds(find_segments(ROWS), 1, 17, 12, end=113)
    assert [MONTHS[part[0].start].strftime("%Y-%m") for part in (fold.validation, fold.test)] == ["2007-01", "2008-06"]
    assert MONTHS[fold.test[0].stop - 1].strftime("%Y-%m") == "2009-05"
    assert resolve(**given, embargo=2)[1:3] == (15, 12), "skipped rows are before the test split"


def test_numbers_of_rows_and_open_settings_stay() -> None:
    assert resolve() == (None, None, None, 120)
    assert resolve(n_folds=2, val_size=10, test_size=20) == (2, 10, 20, 120)
    assert resolve(test_size="2009-01-01") == (1, None, 12, 120)
    numbers = pd.DataFrame({"x": np.arange(30.0)}, pd.Index(range(1900, 1930), name="year"))
    assert resolve(numbers, val_size="1910", test_size="1920", end=1925) == (1, 10, 6, 26)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"test_size": "2020-01-01"}, "`backtest.test_size` must be a time inside the table. Received: 2020-01-01"),
        ({"test_size": "soon"}, "`backtest.test_size` must be a number of rows, or a date such as .* Received: soon"),
        (
            {"val_size": "2009-06-01", "test_size": "2009-01-01"},
            "`backtest.val_size` must be a time before the next split",
        ),
        ({"val_size": "2007-01-01"}, "`backtest.val_size` as a time needs one fold, and `backtest.test_size`"),
        ({"test_size": "2009-01-01", "n_folds": 3}, "`backtest.test_size` as a time needs one fold"),
        ({"end": "1990-01-01"}, "`backtest.end` must be a time inside the table. Received: 1990-01-01"),
    ],
)
def test_times_that_are_no_splits_are_one_line(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message) as raised:
        resolve(**settings)
    assert "\n" not in str(raised.value)


def test_a_table_without_times_has_no_splits_by_time() -> None:
    rows = pd.DataFrame({"x": np.arange(50.0)}, pd.RangeIndex(50, name="row"))
    with pytest.raises(UserError, match="`backtest.test_size` as a time needs a table with times"):
        resolve(rows, test_size="2009-01-01")
