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
        offset_: (series, columns); with scales of their own (series + 1, columns): the last row, of all series
            together, is for a series without training rows.
        span_: Of the same shape; a constant column has the median span of all series that vary; or if none varies, its
            absolute value, or 1.
        constant_: Whether a column is constant in the training rows, of the same shape.
    """

    columns: tuple[str, ...]
    series: tuple[Any, ...]
    offset_: Floats
    span_: Floats
    constant_: NDArray[np.bool_]

    def scale(self, df: pd.DataFrame) -> NDArray[np.float32]:
        """Data frame in physical units -> (rows, columns), scaled."""
        positions, groups = df.columns.get_indexer(list(self.columns)), self.groups(df.index)
        scaled = np.empty((len(df), len(positions)), np.float32)
        for start in range(0, len(df), CHUNK):
            chunk = slice(start, start + CHUNK)
            values = df.iloc[chunk, positions].to_numpy(np.float64)
            scaled[chunk] = (values - self.offset_[groups[chunk]]) / self.span_[groups[chunk]]
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
        """Row of `offset_` and `span_` for every row: (rows,); the last one for a series without training rows."""
        if self.series == ALL:
            return np.broadcast_to(np.zeros(1, np.intp), len(index))
        level = index.names.index(SEQUENCE)
        found = pd.Index(self.series).get_indexer(index.levels[level])  # type: ignore[attr-defined]
        groups: NDArray[np.intp] = np.where(found < 0, len(self.series), found)[index.codes[level]]  # type: ignore[attr-defined]
        return groups


@dataclass(frozen=True)
class GroupScale:
    """Offset and span of every group of rows, and whether it is constant: all (groups, columns)."""

    offset: Floats
    span: Floats
    constant: NDArray[np.bool_]


def fit_scaler(df: pd.DataFrame, segments: Sequence[range], data_settings: DataSettings) -> Scaler:
    """Fit the scaler of `data.scaler` on segments of rows.

    `minmax` scales to 0 ... 1, `standard` to mean 0 and standard deviation 1, `robust` to median 0 and interquartile
    range 1, or where the quartiles are equal, to standard deviation 1.

    Raises:
        UserError: A value without a scaler is too large for a network.
    """
    values = df.to_numpy(np.float64)
    rows = (
        np.concatenate([values[each.start : each.stop] for each in segments])
        if len(segments) > 1
        else (values[segments[0].start : segments[0].stop])
    )
    together = _fit(rows, np.zeros(len(rows), np.intp), data_settings.scaler)
    span = np.where(together.span > 0, together.span, np.where(together.offset == 0, 1.0, np.abs(together.offset)))
    columns = tuple(map(str, df.columns))
    if data_settings.scaler == "none":
        _check_float32(rows, columns)
    if not data_settings.scale_per_series or SEQUENCE not in df.index.names:
        return Scaler(columns, ALL, together.offset, span, together.constant)
    series, groups = _group_rows(df.index, segments)
    own = _fit(rows, groups, data_settings.scaler)
    return Scaler(
        columns,
        series,
        np.concatenate([own.offset, together.offset]),
        np.concatenate([np.where(own.span > 0, own.span, _typical(own.span, span)), span]),
        np.concatenate([own.constant, np.zeros_like(together.constant)]),
    )


def _typical(own: Floats, together: Floats) -> Floats:
    """Median span of the series that vary: own (series, columns), together (1, columns) -> (1, columns)."""
    varies = (own > 0).any(axis=0)
    spans = np.where(own > 0, own, np.nan)[:, varies]
    typical = together.copy()
    typical[0, varies] = np.nanmedian(spans, axis=0)
    return typical


def _group_rows(index: pd.MultiIndex, segments: Sequence[range]) -> tuple[tuple[Any, ...], NDArray[np.intp]]:
    """The series of the segments, and the position among them of the series of each row: (rows of the segments,)."""
    level = index.names.index(SEQUENCE)
    codes, found = pd.factorize(index.codes[level][[each.start for each in segments]])
    return tuple(index.levels[level][found].tolist()), np.repeat(codes, [len(each) for each in segments])


def _fit(rows: Floats, groups: NDArray[np.intp], kind: str) -> GroupScale:
    """The scale of every group: rows (rows, columns), groups (rows,) in ascending order."""
    low, high = (reduce_groups(function, rows, groups) for function in (np.minimum, np.maximum))
    offset, span = SCALERS[kind](rows, groups, low, high)
    constant = (low == high) & (kind != "none")
    offset, span = np.where(constant, low, offset), np.where(constant, 0.0, span)  # without rounding
    if kind == "robust":
        span = np.where(span > 0, span, np.where(constant, 0.0, _fit_standard(rows, groups, low, high)[1]))
    return GroupScale(offset, span, constant)


def reduce_groups(function: np.ufunc, rows: Floats, groups: NDArray[np.intp]) -> Floats:
    """A ufunc such as `np.add`, reduced over the rows of every group: (rows, columns) -> (groups, columns).

    `groups` (rows,) are numbers from 0 in ascending order.

    >>> reduce_groups(np.add, np.array([[1.0], [2.0], [5.0]]), np.array([0, 0, 1])).tolist()
    [[3.0], [5.0]]
    """
    reduced: Floats = function.reduceat(rows, np.flatnonzero(np.diff(groups, prepend=-1)), axis=0)
    return reduced


def _fit_none(rows: Floats, groups: NDArray[np.intp], low: Floats, high: Floats) -> tuple[Floats, Floats]:
    return np.zeros_like(low), np.ones_like(low)


def _fit_minmax(rows: Floats, groups: NDArray[np.intp], low: Floats, high: Floats) -> tuple[Floats, Floats]:
    return low, high - low


def _fit_standard(rows: Floats, groups: NDArray[np.intp], low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation; deviations are divided by the largest one, so that no square overflows."""
    count = np.bincount(groups)[:, None]
    mean = reduce_groups(np.add, rows, groups) / count
    largest = np.maximum(high - mean, mean - low)
    size = np.where(largest > 0, largest, 1.0)
    squares = np.zeros_like(mean)
    for chunk in _chunks(len(rows)):
        own = groups[chunk]
        squares[own[0] : own[-1] + 1] += reduce_groups(
            np.add, ((rows[chunk] - mean[own]) / size[own]) ** 2, own - own[0]
        )
    return mean, size * np.sqrt(squares / count)


def _fit_robust(rows: Floats, groups: NDArray[np.intp], low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Median and interquartile range, interpolated linearly as by `np.quantile`."""
    count = np.bincount(groups)
    first, quartiles = np.cumsum(count) - count, np.empty((3, *low.shape))
    for column, values in enumerate(rows.T):
        ordered = values[np.lexsort((values, groups))]  # (rows,), sorted within each group
        for number, share in enumerate((0.25, 0.5, 0.75)):
            position = share * (count - 1)
            before = first + position.astype(np.intp)
            after = np.minimum(before + 1, first + count - 1)
            weight = position % 1
            quartiles[number, :, column] = (1 - weight) * ordered[before] + weight * ordered[after]
    return quartiles[1], quartiles[2] - quartiles[0]


def _chunks(length: int) -> Iterator[slice]:
    yield from (slice(start, min(start + CHUNK, length)) for start in range(0, length, CHUNK))


def _check_float32(rows: Floats, columns: Sequence[str]) -> None:
    """Check that a network can hold the values as they are."""
    largest = np.abs(rows).max(axis=0)
    for column in np.flatnonzero(largest > np.finfo(np.float32).max)[:1]:
        raise UserError(
            f"`data.scaler=none` needs values below 3.4e38, the largest number of a network. Received: "
            f"{largest[column]:g} in column {columns[column]}. Set data.scaler=standard."
        )


# rows (rows, columns), groups (rows,), smallest and largest values (groups, columns) -> offset, span (groups, columns)
Fit = Callable[[Floats, NDArray[np.intp], Floats, Floats], tuple[Floats, Floats]]
SCALERS: dict[str, Fit] = {
    "none": _fit_none,
    "minmax": _fit_minmax,
    "standard": _fit_standard,
    "robust": _fit_robust,
}
