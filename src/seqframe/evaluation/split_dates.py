"""Splits that the settings give as times: converted to numbers of rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import BacktestSettings
from seqframe.data.splits import Segments
from seqframe.data.time_index import has_row_numbers, row_steps
from seqframe.errors import UserError


@dataclass(frozen=True)
class SplitSizes:
    """The settings of the splits in rows; None where they are inferred. `end` is the step after the last test row."""

    n_folds: int | None
    val_size: int | None
    test_size: int | None
    embargo: int
    interval_level: float
    end: int


def resolve_split_dates(rows: pd.DataFrame, time: Segments, settings: BacktestSettings) -> SplitSizes:
    """The settings of the splits in rows.

    `backtest.val_size` and `backtest.test_size` may be the time of the first row of a split, and `backtest.end` is the
    time of the last row of the test split.

    Raises:
        UserError: A time cannot be read or lies outside the table, the rows have no times, or there are several folds.
    """
    dates = {name: getattr(settings, name) for name in ("val_size", "test_size", "end")}
    dates = {name: value for name, value in dates.items() if name == "end" or isinstance(value, str)}
    _check_times(rows.index, dates)
    steps = row_steps(rows.index)
    times = rows.index.get_level_values(-1)
    end = time.end if settings.end is None else _last_step(times, steps, settings.end) + 1
    sizes: dict[str, int | None] = {}
    before = end
    for name in ("test_size", "val_size"):
        size = getattr(settings, name)
        if isinstance(size, str):
            _check_one_fold(settings, name)
            size = before - _first_step(times, steps, name, size)
            if size < 1:
                raise UserError(
                    f"`backtest.{name}` must be a time before the next split. Received: {dates[name]}. Set an "
                    "earlier one."
                )
        sizes[name] = size
        before = end - (size or 0) - settings.embargo
    n_folds = 1 if any(name in dates for name in ("test_size", "val_size")) else settings.n_folds
    return SplitSizes(n_folds, sizes["val_size"], sizes["test_size"], settings.embargo, settings.interval_level, end)


def _check_times(index: pd.Index, dates: dict[str, Any]) -> None:
    given = {name: value for name, value in dates.items() if value is not None}
    if given and has_row_numbers(index):
        name, value = next(iter(given.items()))
        raise UserError(
            f"`backtest.{name}` as a time needs a table with times. Received: {value}, and a table without "
            "`data.time_column`. Set the time column, or give a number of rows."
        )


def _check_one_fold(settings: BacktestSettings, name: str) -> None:
    if settings.n_folds not in (None, 1) or (name == "val_size" and settings.test_size is None):
        raise UserError(
            f"`backtest.{name}` as a time needs one fold, and `backtest.test_size`. Received: "
            f"n_folds={settings.n_folds}, test_size={settings.test_size}. Set both, or give a number of rows."
        )


def _parse(times: pd.Index, name: str, value: Any) -> Any:
    """A time of the settings, as a value of the index."""
    try:
        if not isinstance(times, pd.DatetimeIndex):
            return float(value)
        stamp = pd.Timestamp(value)
        return stamp.tz_localize(times.tz) if times.tz is not None and stamp.tz is None else stamp
    except ValueError as error:
        kind = "a date such as 2017-10-20" if isinstance(times, pd.DatetimeIndex) else "a time of the table"
        raise UserError(f"`backtest.{name}` must be a number of rows, or {kind}. Received: {value}.") from error


def _first_step(times: pd.Index, steps: NDArray[np.int64], name: str, value: Any) -> int:
    """The step of the first row at or after a time."""
    later = steps[np.asarray(times >= _parse(times, name, value))]
    if not later.size or len(later) == len(steps):
        raise UserError(
            f"`backtest.{name}` must be a time inside the table. Received: {value}, and rows from {times.min()} to "
            f"{times.max()}."
        )
    return int(later.min())


def _last_step(times: pd.Index, steps: NDArray[np.int64], value: Any) -> int:
    """The step of the last row at or before a time."""
    earlier = steps[np.asarray(times <= _parse(times, "end", value))]
    if not earlier.size:
        raise UserError(f"`backtest.end` must be a time inside the table. Received: {value}, before {times.min()}.")
    return int(earlier.max())
