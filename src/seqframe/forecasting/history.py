"""Raw history, made into windows: the last rows of every series, and behind them room for the rows to be predicted."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from seqframe.config import DataSettings
from seqframe.data.dataset import SequenceDataset
from seqframe.data.imputation import fill_missing
from seqframe.data.scalers import ALL
from seqframe.data.splits import Split, find_segments
from seqframe.data.tables import read_dataframe
from seqframe.data.time_index import (
    SEQUENCE,
    infer_frequency,
    is_plain_order,
    measure_time_deltas,
    series_lengths,
    series_starts,
    times_after,
)
from seqframe.data.wide import long_to_wide
from seqframe.data.windows import Windows
from seqframe.errors import UserError
from seqframe.forecasting.metadata import ForecasterConfig

# What a history must keep for a forecast to go on from it, beside what every table must.

MOST_NAMED = 5  # series in a message


def check_context_frequency(index: pd.Index, config: ForecasterConfig, name: str) -> None:
    """Hold the rows to the step of the table that was trained on.

    Raises:
        UserError: They go in other steps, or have numbers for dates or dates for numbers.
    """
    if is_plain_order(index):
        return
    step, times = config.time_step, index.get_level_values(-1)
    dates = isinstance(times, pd.DatetimeIndex)
    if dates == (step.unit != "number"):
        jumps = measure_time_deltas(index, step)
        if not len(jumps.steps) or (jumps.whole.all() and jumps.steps.min() == 1):
            return
        received = f"a step of {infer_frequency(index)}"
    else:
        received = "dates" if dates else "numbers"
    raise UserError(
        f"Column {times.name} of {name} must go on as in the table that the model was trained on, in steps of {step}"
        f"{'' if step.unit == 'number' else ' between dates'}. Received: {received}."
    )


def check_context_series(series: Any, config: ForecasterConfig, name: str) -> None:
    """Hold a series to be one of those that have a scale, if any has.

    Raises:
        UserError: It has none.
    """
    if config.series == ALL or series in config.series:
        return
    named = ", ".join(map(str, config.series[:MOST_NAMED])) + ", …" * (len(config.series) > MOST_NAMED)
    raise UserError(
        "A forecast needs a series that the model was trained on, since each has a scale of its own. "
        f"Received: {series} in {name}. There are: {named}."
    )


def check_context_length(run: range, rows: range, series: Any, config: ForecasterConfig, name: str) -> None:
    """Hold a series to as many rows without a gap, at its end, as are read.

    Raises:
        UserError: There are fewer.
    """
    lookback, _ = config.lengths
    if len(run) < lookback:
        of_series = "" if series is None else f" of series {series}"
        raise UserError(
            f"A forecast reads the last {lookback} rows, without a gap and with a value in each column. "
            f"Received: {len(run)} such rows{of_series}, of {len(rows)} in {name}. Give more history."
        )


@dataclass(frozen=True)
class Context:
    """One window for each series.

    Attributes:
        posed: Rows and windows (its `unseen`) as the backtest has them.
        series: The series, in the order of the windows.
        times: When the rows to be predicted are, window after window.
    """

    dataset: SequenceDataset
    series: list[Any]
    times: list[Any]


def read_context(history: pd.DataFrame, config: ForecasterConfig, name: str) -> Context:
    """Check the rows as those of a table are checked, and take of each series the last ones.

    `name` is what messages call the history.

    Raises:
        UserError: They cannot be read, go in other steps, are too few, or are of a series that is not known.
    """
    past, known = _read(history, config, name)
    check_context_frequency(past.index, config, name)
    filled, runs = fill_missing(past, find_segments(past).runs, config.data_settings.missing)
    series, blocks, times = [], [], []
    for of, rows in _by_series(past.index):
        check_context_series(of, config, name)
        run = max((run for run in runs if run.start in rows), key=lambda run: run.start, default=rows[:0])
        check_context_length(run, rows, of, config, name)
        block, following = _block(filled.iloc[run.stop - config.lengths[0] : run.stop], known, of, config, name)
        series.append(of)
        blocks.append(block)
        times += following
    table = pd.concat(blocks, keys=series, names=[SEQUENCE]) if past.index.nlevels > 1 else blocks[0]
    return Context(_pose(table, len(series), config), series, times)


def _read(history: pd.DataFrame, config: ForecasterConfig, name: str) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """The features up to the last row that has one; and, of all rows, the columns that are known in advance."""
    data_settings, own = config.data_settings, config.own_features
    if not config.n_future:
        return read_dataframe(history, _reading(data_settings, own), name), None
    history = history.set_axis([str(column) for column in history.columns], axis=1).reset_index(drop=True)
    past = read_dataframe(history[_begun(history, own, data_settings.id_column)], _reading(data_settings, own), name)
    known = read_dataframe(history, _reading(data_settings, config.features[len(own) :]), name)
    return past, fill_missing(known, find_segments(known).runs, data_settings.missing)[0]


def _reading(data_settings: DataSettings, columns: list[str]) -> DataSettings:
    """The same problem, with no columns but these; a wide table has but one column."""
    if data_settings.wide_columns:
        return data_settings
    return data_settings.model_copy(update={"features": columns, "target": columns, "future_covariates": None})


def _begun(history: pd.DataFrame, own: list[str], series: str | None) -> pd.Series:
    """Which rows are not behind the last of their series that has a value of its own: (rows,)."""
    there = history.reindex(columns=own).notna().any(axis=1)
    of = history[series] if series in history else pd.Series(0, history.index)
    return there[::-1].astype(int).groupby(of[::-1], dropna=False).cummax()[::-1].astype(bool)


def _by_series(index: pd.Index) -> Iterator[tuple[Any, range]]:
    """Every series and its rows; None where there is but one, without a name."""
    for start, length in zip(series_starts(index).tolist(), series_lengths(index).tolist(), strict=True):
        yield (index[start][0] if index.nlevels > 1 else None), range(start, start + length)


def _block(
    window: pd.DataFrame, known: pd.DataFrame | None, series: Any, config: ForecasterConfig, name: str
) -> tuple[pd.DataFrame, list[Any]]:
    """The rows of a window, and as many empty ones as lie ahead; and the times of those that are predicted."""
    lookback, ahead = config.lengths
    block = window.droplevel(0) if window.index.nlevels > 1 else window
    following = times_after(block.index[-1], config.time_step, ahead).rename(block.index.name)
    block = block.reindex(block.index.append(following)).reindex(columns=list(config.columns))
    if known is not None:
        own = known.xs(series, level=SEQUENCE) if known.index.nlevels > 1 else known
        there = own.reindex(block.index)
        for column in there.columns[there.isna().any()]:
            raise UserError(
                f"Column {column} is known in advance, so {name} must have it in the last {lookback} rows and in "
                f"{ahead} after them. Received: {int(there[column].isna().sum())} rows without it"
                f"{'' if series is None else f' in series {series}'}."
            )
        block[there.columns] = there
    return block, list(following[config.task.gap :])


def _pose(rows: pd.DataFrame, series: int, config: ForecasterConfig) -> SequenceDataset:
    """Pose the blocks of rows, one window each."""
    (lookback, ahead), empty = config.lengths, Windows((), 0, 0, 0)
    begins = np.arange(series) * (lookback + ahead)
    return SequenceDataset(
        df=rows,
        filled=rows,
        scaler=config.scaler,
        split=Split((), ()),
        data_settings=config.data_settings,
        task=config.task,
        train=empty,
        test=Windows(begins, lookback, lookback + config.task.gap, config.task.horizon or 0),
        validation=empty,
        features=config.features,
        targets=config.targets,
        n_future=config.n_future,
    )


# A history to show what a forecaster takes: the newest rows of the table that it was trained on.

FEWEST = 2  # rows that a series of a table must have


def input_example(rows: pd.DataFrame, config: ForecasterConfig) -> pd.DataFrame:
    """The shortest history that a forecast can go on from, of the first series, in the columns of its table.

    With columns that are known in advance it ends earlier, so that there are rows left that these are known of.
    """
    lookback, ahead = config.lengths
    ahead = ahead if config.n_future else 0
    filled, runs = fill_missing(rows, find_segments(rows).runs, config.data_settings.missing)
    enough = [run for run in runs if len(run) >= max(lookback, FEWEST) + ahead]
    run = [run for run in enough if _series(rows, run) == _series(rows, enough[0])][-1]
    window = filled.iloc[run.stop - max(lookback, FEWEST) - ahead : run.stop]
    if config.data_settings.wide_columns:
        return _whole_lines(filled, window, config)
    newest = window[config.features].copy()
    newest.iloc[len(newest) - ahead :, : len(config.own_features)] = np.nan
    return _with_keys(newest, config)


def _series(rows: pd.DataFrame, run: range) -> object:
    return rows.index[run.start][0] if rows.index.nlevels > 1 else None


def _whole_lines(filled: pd.DataFrame, window: pd.DataFrame, config: ForecasterConfig) -> pd.DataFrame:
    """The lines of the wide table that the window lies in."""
    columns = config.data_settings.wide_columns or []
    if filled.index.nlevels > 1:
        filled = filled.loc[[window.index[0][0]]]
    lines = long_to_wide(window, columns).index
    return _with_keys(long_to_wide(filled, columns).loc[lines], config)


def _with_keys(rows: pd.DataFrame, config: ForecasterConfig) -> pd.DataFrame:
    """The names of rows as columns, as the table has them."""
    data_settings = config.data_settings
    keys = [data_settings.id_column] * (rows.index.nlevels > 1) + [rows.index.names[-1]]
    rows = rows.rename_axis(keys).reset_index()
    return rows if data_settings.time_column else rows.drop(columns=keys[-1])
