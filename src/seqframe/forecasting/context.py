"""Context of a forecast: the last rows of every series, checked, with room for the rows to predict."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from seqframe.config import DataSettings
from seqframe.data.calendar import calendar_features, calendar_steps
from seqframe.data.cells import parse_cells
from seqframe.data.columns import future_covariate_columns
from seqframe.data.dataset import SequenceDataset
from seqframe.data.files import RawTable
from seqframe.data.imputation import fill_missing
from seqframe.data.roles import decode_categories
from seqframe.data.scalers import ALL
from seqframe.data.splits import Split, find_segments
from seqframe.data.tables import prepare_columns, read_columns
from seqframe.data.time_gaps import fits, has_same_kind
from seqframe.data.time_index import (
    SEQUENCE,
    Frequency,
    has_row_numbers,
    infer_frequency,
    series_lengths,
    series_starts,
    times_after,
)
from seqframe.data.transforms import Transform
from seqframe.data.wide import long_to_wide
from seqframe.data.windows import Windows
from seqframe.errors import UserError
from seqframe.forecasting.metadata import ForecasterConfig

MAX_NAMED = 5  # series listed in a message
MIN_ROWS = 2  # rows that a series of a table must have


@dataclass(frozen=True)
class Context:
    """One window for each series.

    Attributes:
        dataset: Rows and windows (its test windows), as in a backtest.
        series: The series, in the order of the windows.
        times: Times of the rows to predict, window after window.
    """

    dataset: SequenceDataset
    series: list[Any]
    times: list[Any]


def read_context(history: pd.DataFrame | RawTable, config: ForecasterConfig, name: str) -> Context:
    """Check a table like the training table, and take the last rows of each series.

    Messages call the table `name`.

    Raises:
        UserError: The table cannot be read, has another frequency, is too short, or has an unknown series.
    """
    past, future = _read(prepare_columns(history, config.data_settings, name), config, name)
    check_context_frequency(past.index, config, name)
    segments = find_segments(past, _known_frequency(config)).ranges
    filled, segments = fill_missing(past, segments, config.data_settings.missing)
    series, blocks, times = [], [], []
    for series_id, rows in _iterate_series(past.index):
        check_context_series(series_id, config, name)
        last = max((each for each in segments if each.start in rows), key=lambda each: each.start, default=rows[:0])
        check_context_length(last, rows, series_id, config, name)
        first = last.stop - config.history if config.reads_inputs else rows.start
        window = filled.iloc[first : last.stop]
        block, target_times = _make_block(window, future, series_id, config, name)
        series.append(series_id)
        blocks.append(block)
        times += target_times
    df = pd.concat(blocks, keys=series, names=[SEQUENCE]) if past.index.nlevels > 1 else blocks[0]
    return Context(_make_dataset(df, list(map(len, blocks)), config), series, times)


def check_context_frequency(index: pd.Index, config: ForecasterConfig, name: str) -> None:
    """Check that the rows have the frequency of the training table.

    Raises:
        UserError: They have another frequency, or numbers instead of dates, or dates instead of numbers.
    """
    if has_row_numbers(index):
        return
    frequency, times = config.frequency, index.get_level_values(-1)
    if fits(index, frequency):
        return
    kind = "dates" if isinstance(times, pd.DatetimeIndex) else "numbers"
    received = f"steps of {infer_frequency(index)}" if has_same_kind(index, frequency) else kind
    raise UserError(
        f"Column {times.name} of {name} must have the frequency of the training table, steps of {frequency}"
        f"{'' if frequency.unit == 'number' else ' between dates'}. Received: {received}. Resample the table."
    )


def check_context_series(series: Any, config: ForecasterConfig, name: str) -> None:
    """Check that a series is one of the training series, if each of them has a scale of its own.

    Raises:
        UserError: The series has no scale.
    """
    if config.series == ALL or series in config.series:
        return
    named = ", ".join(map(str, config.series[:MAX_NAMED])) + ", …" * (len(config.series) > MAX_NAMED)
    raise UserError(
        "A forecast with `data.scale_per_series` needs a series of the training table. "
        f"Received: {series} in {name}. Training series: {named}."
    )


def check_context_length(segment: range, rows: range, series: Any, config: ForecasterConfig, name: str) -> None:
    """Check that the last segment of a series is long enough.

    Raises:
        UserError: It is shorter.
    """
    if len(segment) < config.history:
        of_series = "" if series is None else f" of series {series}"
        raise UserError(
            f"A forecast needs the last {config.history} rows, without gaps and with a value in each column. "
            f"Received: {len(segment)} such rows{of_series}, of {len(rows)} in {name}. Give more history."
        )


def _read(history: RawTable, config: ForecasterConfig, name: str) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """The columns read up to their last row with a value, and the future covariates of all rows."""
    data_settings, past_columns = config.data_settings, config.past_columns
    known = _known_frequency(config)
    if not future_covariate_columns(data_settings):
        return read_columns(history, _with_columns(data_settings, past_columns), name, frequency=known), None
    observed = replace(
        history, columns=history.columns[_until_last_value(history, past_columns, data_settings.id_name)]
    )
    past = read_columns(observed, _with_columns(data_settings, past_columns), name, frequency=known)
    if not config.n_future:
        return past, None
    future_covariates = config.features[len(past_columns) :]
    future = read_columns(history, _with_columns(data_settings, future_covariates), name, frequency=known)
    return past, fill_missing(future, find_segments(future, known).ranges, data_settings.missing)[0]


def _known_frequency(config: ForecasterConfig) -> Frequency | None:
    """The frequency of the training table, if it has times."""
    return config.frequency if config.data_settings.time_column else None


def _with_columns(data_settings: DataSettings, columns: list[str]) -> DataSettings:
    """The settings with these columns only; a wide table has only one."""
    if data_settings.wide_columns:
        return data_settings
    return data_settings.model_copy(update={"features": columns, "target": columns, "future_covariates": None})


def _until_last_value(history: RawTable, columns: list[str], id_column: str | None) -> pd.Series:
    """Mask of the rows up to the last row of their series with a value in these columns: (rows,)."""
    table = history.columns
    values = {name: parse_cells(table[name], history.numbers).values for name in columns if name in table}
    valid = pd.DataFrame(values, table.index).notna().any(axis=1)
    series = table[id_column] if id_column in table else pd.Series(0, table.index)
    return valid[::-1].astype(int).groupby(series[::-1], dropna=False).cummax()[::-1].astype(bool)


def _iterate_series(index: pd.Index) -> Iterator[tuple[Any, range]]:
    """Every series with its rows; the series is None if there is only one without an id."""
    for start, length in zip(series_starts(index).tolist(), series_lengths(index).tolist(), strict=True):
        yield (index[start][0] if index.nlevels > 1 else None), range(start, start + length)


def _make_block(
    window: pd.DataFrame, future: pd.DataFrame | None, series: Any, config: ForecasterConfig, name: str
) -> tuple[pd.DataFrame, list[Any]]:
    """The input rows of a window, followed by empty rows up to the last row to predict; and the times to predict."""
    lookback, ahead = config.lengths
    block = window.droplevel(0) if window.index.nlevels > 1 else window
    next_times = times_after(block.index[-1], config.frequency, ahead).rename(block.index.name)
    block = block.reindex(block.index.append(next_times)).reindex(columns=list(config.columns))
    if future is not None:
        of_series = future.xs(series, level=SEQUENCE) if future.index.nlevels > 1 else future
        values = of_series.reindex(block.index)
        for column in values.columns[values.isna().any()]:
            raise UserError(
                f"Future covariate {column} of {name} must have values in the last {lookback} rows and in the {ahead} "
                f"rows after them. Received: {int(values[column].isna().sum())} rows without a value"
                f"{'' if series is None else f' in series {series}'}. Add them."
            )
        block[values.columns] = values
    if config.n_calendar:
        calendar = _calendar_of(window.index, len(block), config)
        block[calendar.columns] = calendar.to_numpy()
    return block, list(next_times[config.task.gap :])


def _calendar_of(index: pd.Index, rows: int, config: ForecasterConfig) -> pd.DataFrame:
    """Calendar features of a block of rows (rows, features) that begins with `index`."""
    steps = calendar_steps(index, config.frequency)
    if steps is None:
        raise UserError("Calendar features need the time of each row. Received: rows without a time.")
    return calendar_features(steps[0] + np.arange(rows), config.data_settings.seasons, pd.RangeIndex(rows))


def _make_dataset(df: pd.DataFrame, lengths: list[int], config: ForecasterConfig) -> SequenceDataset:
    """A dataset of blocks with these numbers of rows; the last rows of each block are a test window."""
    (lookback, ahead), empty = config.lengths, Windows((), 0, 0, 0)
    ends = np.cumsum(lengths)
    start_rows = ends - lookback - ahead
    calendar = config.columns[len(config.columns) - config.n_calendar :]
    lag, floor = config.transform
    return SequenceDataset(
        df=df,
        filled=df,
        scaler=config.scaler,
        split=Split((), ()),
        data_settings=config.data_settings,
        task=config.task,
        train=empty,
        test=Windows(start_rows, lookback, lookback + config.task.gap, config.task.horizon or 0),
        validation=empty,
        features=[*config.features, *calendar],
        targets=config.targets,
        n_future=len(future_covariate_columns(config.data_settings)) + config.n_calendar,
        n_calendar=config.n_calendar,
        deviations=np.array(config.deviations, np.float32),
        transform=Transform(tuple(config.targets) if lag or floor else (), lag, floor),
        histories=tuple(range(end - length, end) for end, length in zip(ends, lengths, strict=True)),
        frequency=_known_frequency(config),
    )


def input_example(df: pd.DataFrame, config: ForecasterConfig) -> pd.DataFrame:
    """The shortest input of a forecaster, from the newest rows of the first series, with the columns of its table.

    With future covariates it ends earlier, so that they have values in the rows to predict.
    """
    ahead = config.lengths[1] if config.n_future else 0
    rows = max(config.history, MIN_ROWS) + ahead
    filled, segments = fill_missing(df, find_segments(df).ranges, config.data_settings.missing)
    long_enough = [segment for segment in segments if len(segment) >= rows]
    last = [each for each in long_enough if _series_id(df, each) == _series_id(df, long_enough[0])][-1]
    window = filled.iloc[last.stop - rows : last.stop]
    if config.data_settings.wide_columns:
        return _wide_lines(filled, window, config)
    past_columns = config.past_columns
    newest = window[config.features if config.reads_inputs else past_columns].copy()
    newest.iloc[len(newest) - ahead :, : len(past_columns)] = np.nan
    return _index_to_columns(newest, config)


def _series_id(df: pd.DataFrame, rows: range) -> object:
    return df.index[rows.start][0] if df.index.nlevels > 1 else None


def _wide_lines(filled: pd.DataFrame, window: pd.DataFrame, config: ForecasterConfig) -> pd.DataFrame:
    """The lines of the wide table that contain the window."""
    columns = config.data_settings.wide_columns or []
    if filled.index.nlevels > 1:
        filled = filled.loc[[window.index[0][0]]]
    lines = long_to_wide(window, columns).index
    return _index_to_columns(long_to_wide(filled, columns).loc[lines], config)


def _index_to_columns(df: pd.DataFrame, config: ForecasterConfig) -> pd.DataFrame:
    """The index as columns, as in the table of the user."""
    data_settings = config.data_settings
    df = decode_categories(df, data_settings.categories)
    keys = [data_settings.id_name] * (df.index.nlevels > 1) + [df.index.names[-1]]
    df = df.rename_axis(keys).reset_index()
    return df if data_settings.time_name else df.drop(columns=keys[-1])
