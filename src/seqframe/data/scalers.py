"""Scalers, fitted on training rows: from physical units to the numbers that a network learns from, and back."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import DataSettings
from seqframe.data.time_index import SEQUENCE
from seqframe.data.windows import Floats
from seqframe.errors import UserError

CHUNK = 1 << 18  # rows scaled at a time, which avoids a second copy of a long table
ALL = ("all",)  # the series of a scaler that is shared by all series


@dataclass(frozen=True)
class Scaler:
    """scaled = (value - offset_) / span_, by series and column; both are in physical units.

    Attributes:
        columns: The scaled columns.
        series: The series with a scale of their own, or `ALL`.
        offset_: (series, columns).
        span_: (series, columns).
    """

    columns: tuple[str, ...]
    series: tuple[Any, ...]
    offset_: Floats
    span_: Floats

    def scale(self, df: pd.DataFrame) -> NDArray[np.float32]:
        """Data frame in physical units -> (rows, columns), scaled."""
        values, groups = df[list(self.columns)].to_numpy(np.float64), self.groups(df.index)
        scaled = np.empty(values.shape, np.float32)
        for start in range(0, len(values), CHUNK):
            chunk = slice(start, start + CHUNK)
            scaled[chunk] = (values[chunk] - self.offset_[groups[chunk]]) / self.span_[groups[chunk]]
        return scaled

    def unscale(self, values: NDArray[Any], columns: list[str], groups: NDArray[np.intp] | None = None) -> Floats:
        """Scaled values (windows, ..., columns) -> the same in physical units; `groups` (windows,) as in `groups`."""
        selected = [self.columns.index(name) for name in columns]
        series = np.zeros(len(values), np.intp) if groups is None else groups
        shape = (len(values), *[1] * (np.ndim(values) - 2), len(columns))
        span, offset = (each[series][:, selected].reshape(shape) for each in (self.span_, self.offset_))
        unscaled: Floats = np.asarray(values, np.float64) * span + offset
        return unscaled

    def groups(self, index: pd.Index) -> NDArray[np.intp]:
        """Position in `series` of the scale of every row: (rows,).

        Raises:
            UserError: The scaler was not fitted on a series.
        """
        if self.series == ALL:
            return np.broadcast_to(np.zeros(1, np.intp), len(index))
        found: NDArray[np.intp] = pd.Index(self.series).get_indexer(index.get_level_values(SEQUENCE))
        for row in np.flatnonzero(found < 0)[:1]:
            raise UserError(
                f"`data.scale_per_series` needs training rows of every series. Received: none of series "
                f"{index[row][0]}. Remove the series, give it more rows, or set data.scale_per_series=false."
            )
        return found


def fit_scaler(df: pd.DataFrame, segments: Sequence[range], data_settings: DataSettings) -> Scaler:
    """Fit the scaler of `data.scaler` on segments of rows.

    `minmax` scales to 0 ... 1, `standard` to mean 0 and standard deviation 1, `robust` to median 0 and interquartile
    range 1.

    Raises:
        UserError: A column is constant, so that its span is zero.
    """
    values = df.to_numpy(np.float64)
    series, groups = _group_segments(df, segments, data_settings)
    offset, span = np.empty((2, len(series), df.shape[1]))
    for number, group in enumerate(groups):
        parts = [values[segment.start : segment.stop] for segment in group]
        offset[number], span[number] = SCALERS[data_settings.scaler](parts)
    for number, column in np.argwhere(~(span > 0)):
        value = values[groups[number][0].start, column]
        _raise_constant(df.columns[column], value, series[number], data_settings)
    return Scaler(tuple(map(str, df.columns)), series, offset, span)


def _group_segments(
    df: pd.DataFrame, segments: Sequence[range], data_settings: DataSettings
) -> tuple[tuple[Any, ...], list[Sequence[range]]]:
    """The series with a scale of their own, and the segments of each."""
    if not data_settings.scale_per_series or SEQUENCE not in df.index.names:
        return ALL, [segments]
    by_series: dict[Any, list[range]] = {}
    for segment in segments:
        by_series.setdefault(df.index[segment.start][0], []).append(segment)
    return tuple(by_series), list(by_series.values())


def _raise_constant(column: str, value: float, series: Any, data_settings: DataSettings) -> None:
    of_series = "" if (series,) == ALL else f" of series {series}"
    what = f"which is {value} in every row" if data_settings.scaler != "robust" else "whose quartiles are equal"
    raise UserError(
        f"`data.scaler={data_settings.scaler}` needs a column that is not constant in the training rows. "
        f"Received: {column}{of_series}, {what}. Remove the column, or set data.scaler=none."
    )


def _fit_none(parts: list[Floats]) -> tuple[Floats, Floats]:
    return np.zeros(parts[0].shape[1]), np.ones(parts[0].shape[1])


def _fit_minmax(parts: list[Floats]) -> tuple[Floats, Floats]:
    low = np.min([part.min(axis=0) for part in parts], axis=0)
    high = np.max([part.max(axis=0) for part in parts], axis=0)
    return low, high - low


def _fit_standard(parts: list[Floats]) -> tuple[Floats, Floats]:
    count = sum(map(len, parts))
    mean: Floats = np.sum([part.sum(axis=0) for part in parts], axis=0) / count
    squares = np.sum([((chunk - mean) ** 2).sum(axis=0) for chunk in _chunks(parts)], axis=0)
    span: Floats = np.sqrt(squares / count)
    constant = np.min([part.min(axis=0) for part in parts], axis=0) == np.max([p.max(axis=0) for p in parts], axis=0)
    return mean, np.where(constant, 0.0, span)  # rounding may leave a constant column a tiny span


def _fit_robust(parts: list[Floats]) -> tuple[Floats, Floats]:
    low, median, high = np.quantile(np.concatenate(parts), (0.25, 0.5, 0.75), axis=0)
    return median, high - low


def _chunks(parts: list[Floats]) -> Iterator[Floats]:
    for part in parts:
        yield from (part[start : start + CHUNK] for start in range(0, len(part), CHUNK))


SCALERS: dict[str, Callable[[list[Floats]], tuple[Floats, Floats]]] = {  # parts (rows, columns) -> offset, span
    "none": _fit_none,
    "minmax": _fit_minmax,
    "standard": _fit_standard,
    "robust": _fit_robust,
}
