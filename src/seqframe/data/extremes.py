"""Checks of extreme values: codes for missing values such as -999, typing errors, and numbers beyond float64.

Such values would train as if they were measured. They are reported, never repaired: the setting `data.csv.na_values`
decides.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from seqframe.config import DataSettings
from seqframe.data.time_index import SourceRow
from seqframe.data.windows import Floats
from seqframe.errors import UserError, count_noun

LARGEST = 1e300  # sums of a thousand such values, and their differences, still are float64
MIN_OTHERS = 10  # values that a column needs before one of them can be extreme
MIN_DISTINCT = 3  # different values besides a code
MAX_OUTLIERS, MAX_OUTLIER_SHARE = 3, 0.01  # more extreme values are a part of the data
OUTLIER_RANGE = 1e6  # interquartile ranges from the median to an outlier
OUTLIER_RATIO = 1e3  # its distance from the median, relative to the next largest distance
FEW_STEPS = 8  # a column that spans fewer steps of float64 has lost its last digits
EXACT = 2.0**53  # whole numbers from here on are rounded in float64
MAX_SORTED = 100_000  # values from which quartiles are computed
OTHER_CODES = (-200.0, -32768.0, 32767.0, -2147483648.0, 2147483647.0, 1e20, -1e20, 1e30, -1e30, 1e36, -1e36, -1e34)


@dataclass(frozen=True)
class Found:
    """Extreme values of a column: the value, and the positions of its rows."""

    value: float
    rows: np.ndarray


def check_extreme_values(df: pd.DataFrame, data_settings: DataSettings, source: SourceRow) -> None:
    """Check the values (rows, columns) of a table; NaN is ignored.

    A value that `data.csv.na_values` has decided on is accepted.

    Raises:
        UserError: A value is far outside the others and looks like a code for a missing value, or like an error; or a
            value is too large, or differences are too small, for float64.
    """
    decided = getattr(getattr(data_settings, "csv", None), "na_values", None) is not None
    for name in df.columns:
        values = df[name].to_numpy(np.float64)
        ends = find_ends(values)
        _check_range(values, ends, name, df.index, source)
        if decided:
            continue
        if code := find_code(values, ends):
            _raise_code(code, values, name, df.index, source)
        if outlier := find_outlier(values, ends):
            raise UserError(
                f"A value must not be millions of times farther from the median than the others. Received: "
                f"{outlier.value:g} in column {name} of {source.file}, {source.describe(outlier.rows[0], df.index)}. "
                f"Correct it, or set data.csv.na_values={outlier.value:g} if it means missing."
            )


def find_ends(values: Floats) -> tuple[float, float]:
    """The smallest and the largest value; NaN is ignored, and given if there is no other value."""
    return float(np.fmin.reduce(values, initial=np.nan)), float(np.fmax.reduce(values, initial=np.nan))


def find_code(values: Floats, ends: tuple[float, float]) -> Found | None:
    """A code for missing values among the smallest or largest values (rows,), such as -999 or 99999.

    `ends` has the smallest and the largest value.

    A code is isolated: the gap to the next value is larger than the range of all others, or it is negative where no
    other value is.
    """
    if len(values) < MIN_OTHERS or not any(map(is_code, ends)):
        return None
    known = values[~np.isnan(values)]
    if len(known) < MIN_OTHERS:
        return None
    distinct = np.unique(known)
    for ordered in (distinct, distinct[::-1]):
        n_codes = next((number for number, value in enumerate(ordered) if not is_code(float(value))), len(ordered))
        code, others = float(ordered[0]), ordered[n_codes:]
        if not n_codes or len(others) < MIN_DISTINCT:
            continue
        gap, span = abs(ordered[n_codes - 1] - others[0]), abs(others[-1] - others[0])
        if gap > span or (code < 0 <= others.min()):
            return Found(code, np.flatnonzero(values == code))
    return None


def is_code(value: float) -> bool:
    """Whether a value is written with nines only, or is a whole number of eights or sevens, with three digits or more.

    Other customary codes count, too.

    >>> [is_code(value) for value in (-999.0, 9999.9, -88888.0, 7.77, 99.0, 1999.0, -200.0)]
    [True, True, True, False, False, False, True]
    """
    digits = np.format_float_positional(abs(value), trim="-").replace(".", "")
    repeated = {"9"} == set(digits) or (value.is_integer() and set(digits) in ({"8"}, {"7"}))
    return value in OTHER_CODES or (len(digits) >= 3 and repeated)


def find_outlier(values: Floats, ends: tuple[float, float]) -> Found | None:
    """A few values (rows,) that are a million interquartile ranges from the median, and much farther than all others.

    They are a thousand times farther, or a million times where the quartiles are equal, as in counts that are mostly 0.
    `ends` has the smallest and the largest value.
    """
    sample = values[:: max(1, len(values) // MAX_SORTED)]
    if np.isnan(sample).all():
        return None
    low, median, high = np.nanquantile(sample, (0.25, 0.5, 0.75))
    farthest = max(ends[1] - median, median - ends[0])
    if not farthest > OUTLIER_RANGE * (high - low):
        return None
    known = values[~np.isnan(values)]
    if len(known) <= MIN_OTHERS:
        return None
    distances = np.abs(known - median)
    most = min(max(MAX_OUTLIERS, int(MAX_OUTLIER_SHARE * len(known))), len(known) // 4)
    tail = np.sort(np.partition(distances, -most - 1)[-most - 1 :])
    previous = np.where(tail[:-1] > 0, tail[:-1], abs(median))  # distance of the next value towards the median
    ratio = OUTLIER_RATIO if high > low else OUTLIER_RANGE
    with np.errstate(over="ignore"):
        jumps = (previous > 0) & (tail[1:] > ratio * previous) & (tail[1:] > OUTLIER_RANGE * (high - low))
    for number in np.flatnonzero(jumps)[:1]:
        rows = np.flatnonzero(np.abs(values - median) >= tail[number + 1])
        return Found(float(values[rows[0]]), rows)
    return None


def _check_range(values: Floats, ends: tuple[float, float], name: str, index: pd.Index, source: SourceRow) -> None:
    """Check that float64 can hold the values, their sums and their differences."""
    low, high = ends
    if np.isnan(low):
        return
    largest = max(abs(low), abs(high))
    if largest > LARGEST:
        row = int(np.nanargmax(np.abs(values)))
        raise UserError(
            f"Values must be at most {LARGEST:g}. Received: {values[row]:g} in column {name} of {source.file}, "
            f"{source.describe(row, index)}. Use a larger unit."
        )
    if largest >= EXACT and low < high and high - low < FEW_STEPS * np.spacing(largest):
        raise UserError(
            f"A column must vary by more than the rounding of float64. Received: {low:.17g} to {high:.17g} in column "
            f"{name} of {source.file}. Subtract a constant, or exclude the column."
        )


def _raise_code(code: Found, values: Floats, name: str, index: pd.Index, source: SourceRow) -> None:
    others = values[(values != code.value) & ~np.isnan(values)]
    rows = count_noun(len(code.rows), "row")
    raise UserError(
        f"Column {name} of {source.file} holds {code.value:g} in {rows}, far outside the other values "
        f"({others.min():g} to {others.max():g}); the first is {source.describe(code.rows[0], index)}. Set "
        f"data.csv.na_values={code.value:g} if it means missing, or data.csv.na_values=[] if it is a value."
    )
