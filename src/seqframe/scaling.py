"""Scaling between physical units and numbers that a network learns from."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import Problem
from seqframe.errors import UserError
from seqframe.problems import SEQUENCE

Values = NDArray[np.float64]
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
    offset_: Values
    span_: Values

    def scale(self, rows: pd.DataFrame) -> NDArray[np.float32]:
        """Rows in physical units -> (rows, columns) without unit."""
        values, groups = rows[list(self.columns)].to_numpy(np.float64), self.groups(rows.index)
        scaled = np.empty(values.shape, np.float32)
        for start in range(0, len(values), CHUNK):
            chunk = slice(start, start + CHUNK)
            scaled[chunk] = (values[chunk] - self.offset_[groups[chunk]]) / self.span_[groups[chunk]]
        return scaled

    def unscale(self, values: NDArray[Any], columns: list[str], groups: NDArray[np.intp] | None = None) -> Values:
        """Values (windows, …, columns) without unit -> the same in physical units; `groups` (windows,) as `groups`."""
        chosen = [self.columns.index(name) for name in columns]
        places = np.zeros(len(values), np.intp) if groups is None else groups
        shape = (len(values), *[1] * (np.ndim(values) - 2), len(columns))
        span, offset = (of[places][:, chosen].reshape(shape) for of in (self.span_, self.offset_))
        unscaled: Values = np.asarray(values, np.float64) * span + offset
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
                f"`problem.scale_by_series` needs rows to train on of every series. Received: none of series "
                f"{index[place][0]}. Leave it out, give it more rows, or set it to false."
            )
        return found


def fit_scaler(rows: pd.DataFrame, runs: Sequence[range], problem: Problem) -> Scaler:
    """Measure some runs of rows, as `problem.scaling` says.

    `minmax` scales to 0 … 1, `standard` to mean 0 and deviation 1, `robust` to median 0 and quartiles 1 apart.

    Raises:
        UserError: A column is constant, so that there is nothing to divide by.
    """
    values = rows.to_numpy(np.float64)
    names, parts = _parts(rows, runs, problem)
    offset, span = np.empty((2, len(names), rows.shape[1]))
    for number, part in enumerate(parts):
        offset[number], span[number] = MEASURES[problem.scaling]([values[run.start : run.stop] for run in part])
    for series, column in np.argwhere(~(span > 0)):
        _refuse(rows.columns[column], values[parts[series][0].start, column], names[series], problem)
    return Scaler(tuple(map(str, rows.columns)), names, offset, span)


def _parts(
    rows: pd.DataFrame, runs: Sequence[range], problem: Problem
) -> tuple[tuple[Any, ...], list[Sequence[range]]]:
    """The names of the series that have a scale of their own, and the runs of each."""
    if not problem.scale_by_series or SEQUENCE not in rows.index.names:
        return ALL, [runs]
    by_series: dict[Any, list[range]] = {}
    for run in runs:
        by_series.setdefault(rows.index[run.start][0], []).append(run)
    return tuple(by_series), list(by_series.values())


def _refuse(column: str, value: float, series: Any, problem: Problem) -> None:
    of_series = "" if (series,) == ALL else f" of series {series}"
    what = f"which is {value} in every row" if problem.scaling != "robust" else "whose quartiles are equal"
    raise UserError(
        f"`problem.scaling={problem.scaling}` needs a column that changes in the rows trained on. "
        f"Received: {column}{of_series}, {what}. Leave it out, or set problem.scaling=none."
    )


def _measure_nothing(parts: list[Values]) -> tuple[Values, Values]:
    return np.zeros(parts[0].shape[1]), np.ones(parts[0].shape[1])


def _measure_range(parts: list[Values]) -> tuple[Values, Values]:
    low = np.min([part.min(axis=0) for part in parts], axis=0)
    high = np.max([part.max(axis=0) for part in parts], axis=0)
    return low, high - low


def _measure_moments(parts: list[Values]) -> tuple[Values, Values]:
    count = sum(map(len, parts))
    mean: Values = np.sum([part.sum(axis=0) for part in parts], axis=0) / count
    squares = np.sum([((chunk - mean) ** 2).sum(axis=0) for chunk in _chunks(parts)], axis=0)
    span: Values = np.sqrt(squares / count)
    constant = np.min([part.min(axis=0) for part in parts], axis=0) == np.max([p.max(axis=0) for p in parts], axis=0)
    return mean, np.where(constant, 0.0, span)  # rounding may leave a constant column a tiny span


def _measure_quartiles(parts: list[Values]) -> tuple[Values, Values]:
    low, middle, high = np.quantile(np.concatenate(parts), (0.25, 0.5, 0.75), axis=0)
    return middle, high - low


def _chunks(parts: list[Values]) -> Iterator[Values]:
    for part in parts:
        yield from (part[start : start + CHUNK] for start in range(0, len(part), CHUNK))


MEASURES: dict[str, Callable[[list[Values]], tuple[Values, Values]]] = {
    "none": _measure_nothing,
    "minmax": _measure_range,
    "standard": _measure_moments,
    "robust": _measure_quartiles,
}
