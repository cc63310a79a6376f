"""The user's data in memory or in a file, as a table whose columns have no role yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seqframe.config import CsvSettings
from seqframe.data.files import find_table, read_raw_table
from seqframe.data.raw_table import RawTable, make_raw_table
from seqframe.errors import UserError

SERIES, VALUE = "series", "value"  # columns of a table that is made of series
SEQUENCE, STEP, LABEL = "sequence", "step", "label"  # columns of a table that is made of sequences
FRAME_NAME = "DataFrame"  # what messages and reports call a table in memory
ACCEPTED = "a DataFrame, the path of a table, a Series, an array, or a dict of series by name"


@dataclass(frozen=True)
class InputTable:
    """A table, its name in messages, and the settings that follow from how it was given."""

    raw: RawTable
    name: str
    path: str
    implied: Mapping[str, Any]


def read_input(data: Any, csv: CsvSettings) -> InputTable:
    """Read the user's data: a path, a data frame, a series, an array, or several series by name.

    Raises:
        UserError: It is of another type, or the file cannot be read.
    """
    if isinstance(data, str | Path):
        path = find_table(str(data))
        return InputTable(read_raw_table(path, csv), path.name, str(data), {})
    if isinstance(data, Mapping):
        return _in_memory(_join_series(data), csv, {"id_column": SERIES})
    if isinstance(data, pd.DataFrame):
        return _in_memory(data, csv, {})
    return _in_memory(_series_frame(data), csv, {})


def sequence_table(sequences: Sequence[Any], labels: Sequence[Any] | None = None) -> pd.DataFrame:
    """Sequences as a long table: one row per step, with the columns `sequence`, `step`, `x0`, `x1`, ... and `label`.

    Args:
        sequences: One array per sequence, (steps, features) or (steps,), of the same or of different lengths; or one
            array (sequences, steps, features).
        labels: One label per sequence, or one array of labels per sequence with a label for each of its steps.

    Raises:
        UserError: There are no sequences, or their shapes or the number of labels do not match.

    >>> sequence_table([[1.0, 2.0], [3.0]], labels=["up", "down"])
       sequence  step   x0 label
    0         0     0  1.0    up
    1         0     1  2.0    up
    2         1     0  3.0  down
    """
    arrays = [_steps_by_features(each, number) for number, each in enumerate(sequences)]
    widths = sorted({array.shape[1] for array in arrays})
    if len(widths) != 1:
        raise UserError(f"All sequences need the same number of features. Received: {widths or 'no sequences'}.")
    lengths = [len(array) for array in arrays]
    table = pd.DataFrame(np.concatenate(arrays), columns=[f"x{number}" for number in range(widths[0])])
    table.insert(0, SEQUENCE, np.repeat(np.arange(len(arrays)), lengths))
    table.insert(1, STEP, np.concatenate([np.arange(length) for length in lengths]))
    return table if labels is None else table.assign(**{LABEL: _label_column(labels, lengths)})


def _steps_by_features(sequence: Any, number: int) -> np.ndarray[Any, Any]:
    array = np.asarray(sequence)
    if array.ndim == 0 or not len(array):
        raise UserError(f"A sequence needs at least one step. Received: sequence {number} of shape {array.shape}.")
    return array.reshape(len(array), -1)


def _label_column(labels: Sequence[Any], lengths: Sequence[int]) -> pd.Series:
    """The label of every row."""
    labels = list(labels)
    if len(labels) != len(lengths):
        raise UserError(f"Every sequence needs its labels. Received: {len(lengths)} sequences, {len(labels)} labels.")
    if all(np.ndim(each) == 0 for each in labels):
        return pd.Series(labels).repeat(lengths).reset_index(drop=True)
    wrong = next((n for n, length in enumerate(lengths) if np.shape(labels[n]) != (length,)), None)
    if wrong is not None:
        raise UserError(
            f"Labels of steps need one label for each step. Received: sequence {wrong} with {lengths[wrong]} steps and "
            f"labels of shape {np.shape(labels[wrong])}."
        )
    return pd.Series(np.concatenate([np.asarray(each) for each in labels]))


def _in_memory(table: pd.DataFrame, csv: CsvSettings, implied: Mapping[str, Any]) -> InputTable:
    return InputTable(make_raw_table(table, csv), FRAME_NAME, FRAME_NAME, implied)


def _join_series(data: Mapping[Any, Any]) -> pd.DataFrame:
    """Several series, one below the other, with their names in the column `series`."""
    if not data:
        raise UserError(f"The data must be {ACCEPTED}. Received: an empty dict.")
    tables = []
    for name, series in data.items():
        table = series if isinstance(series, pd.DataFrame) else _series_frame(series)
        has_times = table.index.name is not None or isinstance(table.index, pd.DatetimeIndex | pd.PeriodIndex)
        table = table.rename_axis(table.index.name or "time").reset_index() if has_times else table
        tables.append(table.assign(**{SERIES: name}))
    return pd.concat(tables, ignore_index=True)


def _series_frame(data: Any) -> pd.DataFrame:
    """A series or an array as a table: of one column `value`, or of columns `x0`, `x1`, ..."""
    if isinstance(data, pd.Series):
        return data.to_frame(VALUE if data.name is None else data.name)
    array = np.asarray(data) if isinstance(data, np.ndarray | list | tuple) else np.empty(())
    if array.ndim not in (1, 2) or array.dtype.kind not in "fiub":
        raise UserError(f"The data must be {ACCEPTED}. Received: {type(data).__name__}.")
    if array.ndim == 1:
        return pd.DataFrame({VALUE: array})
    return pd.DataFrame(array, columns=[f"x{number}" for number in range(array.shape[1])])
