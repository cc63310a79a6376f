"""Scaling between physical units and numbers that a network learns from."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import DataSettings
from seqframe.data.time_index import SEQUENCE
from seqframe.data.windows import Array, Floats
from seqframe.errors import UserError

CHUNK = 1 << 18  # rows at a time, so that no second copy of a long table is needed
ALL = ("all",)  # where all series have one scale


@dataclass(frozen=True)
class Scaler:
    """scaled = (value - offset_) / span_, by series and column, both in physical units.

    Attributes:
        columns: The columns that can be scaled.
        series: The series that have a scale of their own, or `ALL`.
        offset_: (series, columns).
        span_: (series, columns).
    """

    columns: tuple[str, ...]
    series: tuple[Any, ...]
    offset_: Floats
    span_: Floats

    def scale(self, rows: pd.DataFrame) -> NDArray[np.float32]:
        """Rows in physical units -> (rows, columns) without unit."""
        values, groups = rows[list(self.columns)].to_numpy(np.float64), self.groups(rows.index)
        scaled = np.empty(values.shape, np.float32)
        for start in range(0, len(values), CHUNK):
            chunk = slice(start, start + CHUNK)
            scaled[chunk] = (values[chunk] - self.offset_[groups[chunk]]) / self.span_[groups[chunk]]
        return scaled

    def unscale(self, values: NDArray[Any], columns: list[str], groups: NDArray[np.intp] | None = None) -> Floats:
        """Floats (windows, …, columns) without unit -> the same in physical units; `groups` (windows,) as `groups`."""
        chosen = [self.columns.index(name) for name in columns]
        places = np.zeros(len(values), np.intp) if groups is None else groups
        shape = (len(values), *[1] * (np.ndim(values) - 2), len(columns))
        span, offset = (of[places][:, chosen].reshape(shape) for of in (self.span_, self.offset_))
        unscaled: Floats = np.asarray(values, np.float64) * span + offset
        return unscaled

    def groups(self, index: pd.Index) -> NDArray[np.intp]:
        """By row, the number of the series whose scale it has: (rows,).

        Raises:
            UserError: A series was not there when the scaler was fitted.
        """
        if self.series == ALL:
            return np.broadcast_to(np.zeros(1, np.intp), len(index))
        found: NDArray[np.intp] = pd.Index(self.series).get_indexer(index.get_level_values(SEQUENCE))
        for place in np.flatnonzero(found < 0)[:1]:
            raise UserError(
                f"`data.scale_per_series` needs rows to train on of every series. Received: none of series "
                f"{index[place][0]}. Leave it out, give it more rows, or set it to false."
            )
        return found


def fit_scaler(rows: pd.DataFrame, runs: Sequence[range], data_settings: DataSettings) -> Scaler:
    """Measure some runs of rows, as `data.scaler` says.

    `minmax` scales to 0 … 1, `standard` to mean 0 and deviation 1, `robust` to median 0 and quartiles 1 apart.

    Raises:
        UserError: A column is constant, so that there is nothing to divide by.
    """
    values = rows.to_numpy(np.float64)
    names, parts = _parts(rows, runs, data_settings)
    offset, span = np.empty((2, len(names), rows.shape[1]))
    for number, part in enumerate(parts):
        offset[number], span[number] = MEASURES[data_settings.scaler]([values[run.start : run.stop] for run in part])
    for series, column in np.argwhere(~(span > 0)):
        _refuse(rows.columns[column], values[parts[series][0].start, column], names[series], data_settings)
    return Scaler(tuple(map(str, rows.columns)), names, offset, span)


def _parts(
    rows: pd.DataFrame, runs: Sequence[range], data_settings: DataSettings
) -> tuple[tuple[Any, ...], list[Sequence[range]]]:
    """The names of the series that have a scale of their own, and the runs of each."""
    if not data_settings.scale_per_series or SEQUENCE not in rows.index.names:
        return ALL, [runs]
    by_series: dict[Any, list[range]] = {}
    for run in runs:
        by_series.setdefault(rows.index[run.start][0], []).append(run)
    return tuple(by_series), list(by_series.values())


def _refuse(column: str, value: float, series: Any, data_settings: DataSettings) -> None:
    of_series = "" if (series,) == ALL else f" of series {series}"
    what = f"which is {value} in every row" if data_settings.scaler != "robust" else "whose quartiles are equal"
    raise UserError(
        f"`data.scaler={data_settings.scaler}` needs a column that changes in the rows trained on. "
        f"Received: {column}{of_series}, {what}. Leave it out, or set data.scaler=none."
    )


def _measure_nothing(parts: list[Floats]) -> tuple[Floats, Floats]:
    return np.zeros(parts[0].shape[1]), np.ones(parts[0].shape[1])


def _measure_range(parts: list[Floats]) -> tuple[Floats, Floats]:
    low = np.min([part.min(axis=0) for part in parts], axis=0)
    high = np.max([part.max(axis=0) for part in parts], axis=0)
    return low, high - low


def _measure_moments(parts: list[Floats]) -> tuple[Floats, Floats]:
    count = sum(map(len, parts))
    mean: Floats = np.sum([part.sum(axis=0) for part in parts], axis=0) / count
    squares = np.sum([((chunk - mean) ** 2).sum(axis=0) for chunk in _chunks(parts)], axis=0)
    span: Floats = np.sqrt(squares / count)
    constant = np.min([part.min(axis=0) for part in parts], axis=0) == np.max([p.max(axis=0) for p in parts], axis=0)
    return mean, np.where(constant, 0.0, span)  # rounding may leave a constant column a tiny span


def _measure_quartiles(parts: list[Floats]) -> tuple[Floats, Floats]:
    low, middle, high = np.quantile(np.concatenate(parts), (0.25, 0.5, 0.75), axis=0)
    return middle, high - low


def _chunks(parts: list[Floats]) -> Iterator[Floats]:
    for part in parts:
        yield from (part[start : start + CHUNK] for start in range(0, len(part), CHUNK))


MEASURES: dict[str, Callable[[list[Floats]], tuple[Floats, Floats]]] = {
    "none": _measure_nothing,
    "minmax": _measure_range,
    "standard": _measure_moments,
    "robust": _measure_quartiles,
}


# Windows relative to their own rows, so that a network need not know at what level a series stands today.
#
# Reversible instance normalisation: a window is read in units of its own mean and standard deviation, and the answer is
# taken back out of them. Nothing is fitted. Source: Kim et al., "Reversible instance normalization for accurate
# time-series forecasting against distribution shift", ICLR 2022; here without the affine layer.

EPSILON = 1e-5  # added to the variance, in scaled units, as in the source: a window may be constant


@dataclass(frozen=True)
class InstanceStats:
    """Where some windows stand: `mean` and `scale` (windows, 1, columns), scaled units."""

    mean: Array
    scale: Array

    def normalize(self, values: Array) -> Array:
        """(windows, steps, columns) -> the same, relative."""
        return (values - self.mean) / self.scale

    def denormalize(self, values: Array) -> Array:
        """Undo `normalize`."""
        return values * self.scale + self.mean

    def select(self, columns: tuple[int | None, ...]) -> "InstanceStats":
        """The levels of some of the columns; of one that is not there, None, such as change nothing."""
        windows = len(self.mean)
        level, spread = (
            np.zeros((windows, 1, len(columns)), np.float32),
            np.ones((windows, 1, len(columns)), np.float32),
        )
        for place, column in enumerate(columns):
            if column is not None:
                level[..., place], spread[..., place] = self.mean[..., column], self.scale[..., column]
        return InstanceStats(level, spread)


def instance_stats(read: Array, kind: str, without: int = 0) -> InstanceStats:
    """The levels of windows (windows, lookback, columns); the last `without` columns are left as they are.

    >>> instance_stats(np.array([[[1.0], [3.0]]]), "mean").normalize(np.array([[[5.0]]])).round(3).tolist()
    [[[3.0]]]
    """
    windows, _, columns = read.shape
    level, spread = np.zeros((windows, 1, columns), np.float32), np.ones((windows, 1, columns), np.float32)
    own = columns - without
    if kind == "mean":
        level[..., :own] = read[..., :own].mean(axis=1, keepdims=True)
        spread[..., :own] = np.sqrt(read[..., :own].var(axis=1, keepdims=True) + EPSILON)
    return InstanceStats(level, spread)
