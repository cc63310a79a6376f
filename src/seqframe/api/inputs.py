"""The user's data with its name, and sequences in memory as a long table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seqframe.config import CsvSettings
from seqframe.data.raw_table import RawTable
from seqframe.data.table_input import SERIES, read_array, to_raw_table
from seqframe.errors import UserError

SEQUENCE, STEP, LABEL = "sequence", "step", "label"  # columns of a table that is made of sequences
FRAME_NAME = "DataFrame"  # what messages and reports call a table in memory


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
    raw = to_raw_table(data, csv)
    if isinstance(data, str | Path):
        return InputTable(raw, Path(data).name, str(data), {})
    return InputTable(raw, FRAME_NAME, FRAME_NAME, {"id_column": SERIES} if isinstance(data, Mapping) else {})


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
    for argument, given in (("sequences", sequences), ("labels", labels)):
        if isinstance(given, str | Path | Mapping | pd.DataFrame):
            raise UserError(
                f"`{argument}` of arrays must be a list, one for each sequence. Received: {type(given).__name__}. "
                "A table has its labels in a column, which `target` names."
            )
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
    array = read_array(sequence)
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
            "`labels` needs one label for each sequence, or one for each of its steps. Received: "
            f"sequence {wrong} with {lengths[wrong]} steps and labels of shape {np.shape(labels[wrong])}."
        )
    return pd.Series(np.concatenate([np.asarray(each) for each in labels]))
