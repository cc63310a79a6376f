"""Context of a forecast: the last rows of every series, checked, with room for the rows to predict."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from seqframe.data.calendar import calendar_features, calendar_steps
from seqframe.data.categories import decode_categories
from seqframe.data.columns import as_list, encoded_columns, future_covariate_columns, only_columns
from seqframe.data.dataset import SequenceDataset
from seqframe.data.imputation import fill_missing
from seqframe.data.panel_ids import series_numbers
from seqframe.data.raw_table import RawTable
from seqframe.data.series_names import series_are
from seqframe.data.splits import Split, find_segments
from seqframe.data.tables import prepare_columns, read_columns
from seqframe.data.time_gaps import fits, has_same_kind
from seqframe.data.time_index import (
    Frequency,
    has_row_numbers,
    infer_frequency,
    join_levels,
    series_lengths,
    series_starts,
    times_after,
)
from seqframe.data.transforms import Transform
from seqframe.data.value_checks import rows_ahead
from seqframe.data.wide import long_to_wide
from seqframe.data.windows import Windows
from seqframe.errors import UserError
from seqframe.forecasting.metadata import ForecasterConfig

MIN_ROWS = 2  # rows that a series of a table must have


@dataclass(frozen=True)
class Context:
    """One window for each series.

    Attributes:
        dataset: Rows and windows (its test windows), as in a backtest.
        series: The series, in the order of the windows.
        times: Times of the rows to predict, window after window.
        notes: One sentence for the series that are skipped.
    """

    dataset: SequenceDataset
    series: list[Any]
    times: list[Any]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """The rows of one series that a forecast reads; the series is None if there is only one without an id."""

    series: Any
    rows: range


def read_context(history: Any, config: ForecasterConfig, name: str) -> Context:
    """Check a table like the training table, and take the last rows of each series.

    Series that are too short, or without a future covariate, are skipped, unless no series is left. Messages call the
    table `name`.

    Raises:
        UserError: The table cannot be read, has another frequency, or has no series that can be forecast.
    """
    past, future = _read(prepare_columns(history, config.data_settings, name), config, name)
    check_context_frequency(past.index, config, name)
    segments = find_segments(past, _known_frequency(config)).ranges
    filled, segments = fill_missing(past, segments, config.data_settings.missing)
    reasons: dict[Any, str] = {}
    parts = list(_last_parts(past.index, segments, config, name, reasons))
    times = _times_of(parts, filled.index, config)
    if future is not None:
        _check_future(parts, times, future, config, name, reasons)
        times = [each for part, each in zip(parts, times, strict=True) if part.series not in reasons]
        parts = [part for part in parts if part.series not in reasons]
    if not parts:
        raise UserError(next(iter(reasons.values())))
    df = _join_parts(parts, times, filled, future, config)
    _, ahead = config.lengths
    targets = [time for each in times for time in each[len(each) - ahead + config.task.gap :]]
    return Context(
        _make_dataset(df, list(map(len, times)), config), [part.series for part in parts], targets, _notes(reasons)
    )


def _notes(reasons: dict[Any, str]) -> tuple[str, ...]:
    """One sentence that names the series that are skipped, and why the first one is."""
    if not reasons:
        return ()
    return (f"{series_are(reasons)} not forecast. {next(iter(reasons.values()))}",)


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


def _last_parts(
    index: pd.Index, segments: Sequence[range], config: ForecasterConfig, name: str, reasons: dict[Any, str]
) -> Iterator[Part]:
    """The rows that a forecast of each series reads; `reasons` receives why a series has none."""
    starts, lengths = series_starts(index), series_lengths(index)
    numbers = np.searchsorted(starts, [each.start for each in segments], side="right") - 1
    last = dict(zip(numbers.tolist(), segments, strict=True))  # the last segment of each series
    ids = index[starts].get_level_values(0).tolist() if index.nlevels > 1 else [None]
    for number, (series, start, length) in enumerate(zip(ids, starts.tolist(), lengths.tolist(), strict=True)):
        segment = last.get(number, range(0))
        if len(segment) < config.history:
            reasons[series] = (
                f"A forecast needs the last {config.history} rows, without gaps and with a value in each column. "
                f"Received: {len(segment)} such rows{'' if series is None else f' of series {series}'}, of {length} in "
                f"{name}. Give more history."
            )
        else:
            yield Part(series, range(segment.stop - config.history if config.reads_inputs else start, segment.stop))


def _read(history: RawTable, config: ForecasterConfig, name: str) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """The columns read up to their last row with a value, and the future covariates of all rows."""
    data_settings, past_columns = config.data_settings, config.past_columns
    known = _known_frequency(config)
    if not future_covariate_columns(data_settings):
        return read_columns(history, only_columns(data_settings, past_columns), name, frequency=known), None
    ids = [name for name in history.columns if name == data_settings.id_name]
    ahead = rows_ahead(history.has_value(past_columns), series_numbers(history.columns, ids))
    observed = replace(history, columns=history.columns[~ahead])
    past = read_columns(observed, only_columns(data_settings, past_columns), name, frequency=known)
    if not config.n_future:
        return past, None
    future_covariates = config.features[len(past_columns) :]
    future = read_columns(history, only_columns(data_settings, future_covariates), name, frequency=known)
    return past, fill_missing(future, find_segments(future, known).ranges, data_settings.missing)[0]


def _known_frequency(config: ForecasterConfig) -> Frequency | None:
    """The frequency of the training table, if it has times."""
    return config.frequency if config.data_settings.time_column else None


def _times_of(parts: Sequence[Part], index: pd.Index, config: ForecasterConfig) -> list[pd.Index]:
    """Times of the rows of each part and of the rows up to the last one to predict: one index for each part."""
    times, (_, ahead) = index.get_level_values(-1), config.lengths
    following: dict[Any, pd.Index] = {}  # most series end at the same time
    joined = []
    for part in parts:
        last = times[part.rows.stop - 1]
        if last not in following:
            following[last] = times_after(last, config.frequency, ahead).rename(times.name)
        joined.append(times[part.rows.start : part.rows.stop].append(following[last]))
    return joined


def _join_index(parts: Sequence[Part], times: Sequence[pd.Index], nested: bool) -> pd.Index:
    """The index of all parts, one after the other."""
    joined = times[0].append(list(times[1:]))
    if not nested:
        return joined
    return join_levels(pd.Index([part.series for part in parts]).repeat(list(map(len, times))), joined)


def _check_future(
    parts: Sequence[Part],
    times: Sequence[pd.Index],
    future: pd.DataFrame,
    config: ForecasterConfig,
    name: str,
    reasons: dict[Any, str],
) -> None:
    """`reasons` receives why a series cannot be forecast: a future covariate without a value."""
    if not parts:
        return
    lookback, ahead = config.lengths
    missing = _extend(future, _join_index(parts, times, future.index.nlevels > 1), config).isna().to_numpy()
    ends = np.cumsum(list(map(len, times))).tolist()
    for part, each, end in zip(parts, times, ends, strict=True):
        own = missing[end - len(each) : end].sum(axis=0)  # (covariates,)
        for column in np.flatnonzero(own)[:1]:
            reasons[part.series] = (
                f"Future covariate {future.columns[column]} of {name} must have values in the last {lookback} rows and "
                f"in the {ahead} rows after them. Received: {own[column]} rows without a value"
                f"{'' if part.series is None else f' in series {part.series}'}. Add them."
            )


def _extend(future: pd.DataFrame, index: pd.Index, config: ForecasterConfig) -> pd.DataFrame:
    """Future covariates of these rows; static ones stay as they are after the last row of a series."""
    values, settings = future.reindex(index), config.data_settings
    static = encoded_columns(as_list(settings.static_covariates), settings)
    if static:
        values[static] = values[static].groupby(level=0).ffill() if index.nlevels > 1 else values[static].ffill()
    return values


def _join_parts(
    parts: Sequence[Part],
    times: Sequence[pd.Index],
    filled: pd.DataFrame,
    future: pd.DataFrame | None,
    config: ForecasterConfig,
) -> pd.DataFrame:
    """The rows of all parts, each followed by empty rows up to the last one to predict.

    Features that are not read, since a baseline reads targets only, are NaN.
    """
    index = _join_index(parts, times, filled.index.nlevels > 1)
    lengths, read = np.array(list(map(len, times))), np.array([len(part.rows) for part in parts])
    within = np.arange(len(index)) - np.repeat(np.cumsum(lengths) - lengths, lengths)  # number of the row in its part
    rows = np.repeat([part.rows.start for part in parts], lengths) + within
    given = within < np.repeat(read, lengths)
    df = pd.DataFrame(np.full((len(index), len(config.columns)), np.nan), index, list(config.columns), copy=False)
    for name in filled.columns.intersection(df.columns):
        df.loc[given, name] = filled[name].to_numpy(np.float64)[rows[given]]
    if future is not None:
        df[future.columns] = _extend(future, index, config)
    if config.n_calendar and config.reads_inputs:
        steps = calendar_steps(filled.index, config.frequency)
        if steps is None:
            raise UserError("Calendar features need the time of each row. Received: rows without a time.")
        first = np.repeat(steps[[part.rows.start for part in parts]], lengths)
        calendar = calendar_features(first + within, config.data_settings.seasons, index)
        for name in calendar:
            df[name] = calendar[name]
    return df


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
