"""The mapping from rows to cells of X and y: a framing, applied to row numbers instead of values."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.data.dataset import SequenceDataset
from seqframe.data.label_dataset import LabelDataset
from seqframe.data.sequences import MISSING_LABEL, Sequences
from seqframe.framings.base import Framing
from seqframe.framings.sequences import FramedSequences, outputs_have_steps
from seqframe.networks.spec import NetworkSpec

MAX_WINDOWS = 3  # the first two and the last

Steps = NDArray[np.intp]


def make_index_map(dataset: SequenceDataset, framing: Framing) -> pd.DataFrame:
    """One line per cell of X and y, for a few windows: sample, timestep, feature -> row, column and value.

    `timestep` is -1 if y has no such axis. `value` is in physical units. `shape` is the shape of the whole array.
    """
    count = len(dataset.train)
    chosen = sorted({*range(min(count, MAX_WINDOWS - 1)), count - 1})
    windows = dataset.train.select(np.array(chosen))
    lines: list[dict[str, Any]] = []
    for array, rows, columns, rearrange in (
        ("X", windows.inputs, dataset.features, framing.to_inputs),
        ("y", windows.targets, dataset.targets, framing.to_targets),
    ):
        for position, window in enumerate(chosen):
            codes = rows[[position], :, None] * len(columns) + np.arange(len(columns))  # (1, steps, columns)
            cells = rearrange(codes)
            samples = len(cells)  # of one window
            whole = {"framing": framing.name, "array": array, "shape": str((count * samples, *cells.shape[1:]))}
            lines += [whole | cell for cell in _cells(cells, window * samples, columns, dataset)]
    return pd.DataFrame(lines)


def _cells(
    codes: NDArray[Any], first_sample: int, columns: list[str], dataset: SequenceDataset
) -> Iterator[dict[str, Any]]:
    """The cells of one window. Codes are row number * columns + column number, in the shape of X or y."""
    names = dataset.df.index.get_level_values(-1)
    values = dataset.df[columns].to_numpy()
    for position, code in np.ndenumerate(codes):
        row, column = divmod(int(code), len(columns))
        yield {
            "sample": first_sample + position[0],
            "timestep": position[1] if codes.ndim == 3 else -1,
            "feature": position[-1],
            "row_number": row,
            "row": names[row],
            "column": columns[column],
            "value": values[row, column],
        }


def step_index_map(
    spec: NetworkSpec, framing: Framing, inputs: tuple[int, int], targets: tuple[int, int]
) -> tuple[Steps, Steps]:
    """The step of the window in every cell, from 0: (samples, cells of X), (samples, cells of y).

    `inputs` is (lookback, features) and `targets` is (steps, targets) of one window.
    """
    input_steps, target_steps = (
        np.repeat(np.arange(steps)[None, :, None], columns, axis=2) for steps, columns in (inputs, targets)
    )  # (1, steps, columns)
    X, y = framing.to_inputs(input_steps), framing.to_targets(target_steps)
    samples = X.size // int(np.prod(spec.input_shape))
    return X.reshape(samples, -1), np.repeat(y.reshape(samples, -1), spec.outputs_per_target, axis=1)


def map_sequences(dataset: LabelDataset, framing: Framing) -> pd.DataFrame:
    """The same for sequences with labels, for the first two training sequences; a row is `<sequence>:<step>`, from 1.

    `value` is the input in physical units, or the name of the class. Padded steps have no lines.
    """
    sequences, train = dataset.sequences, dataset.splits["train"]
    samples = FramedSequences(dataset, framing, train)
    shapes = {"X": str(samples.X_shape), "y": str(samples.y_shape)}
    lines: list[dict[str, Any]] = []
    first_sample = 0
    for number in train[: MAX_WINDOWS - 1]:
        steps, start = int(sequences.lengths[number]), int(sequences.starts[number])
        labeled = steps if outputs_have_steps(framing) else 1
        for array, n_rows, columns, rearrange in (
            ("X", steps, sequences.features, framing.to_inputs),
            ("y", labeled, ("label",), framing.to_targets),
        ):
            cells = rearrange(np.arange(n_rows * len(columns)).reshape(1, n_rows, len(columns)))
            for position, code in np.ndenumerate(cells):
                step, column = divmod(int(code), len(columns))
                whole = array == "y" and not sequences.per_step  # the label of the sequence
                row = number if whole else start + step
                line = {
                    "framing": framing.name,
                    "array": array,
                    "shape": shapes[array],
                    "sample": first_sample + position[0],
                    "timestep": position[1] if cells.ndim == 3 else -1,
                    "feature": position[-1],
                    "row_number": start + step,
                    "row": sequences.ids[number] if whole else f"{sequences.ids[number]}:{step + 1}",
                    "column": columns[column],
                    "value": sequences.values[row, column] if array == "X" else _class_names(sequences, row),
                }
                lines.append(line)
        first_sample += len(framing.to_inputs(np.empty((1, steps, 1))))
    return pd.DataFrame(lines)


def _class_names(sequences: Sequences, row: int) -> str:
    """Name of the class of a label, or of all classes that hold; empty if it is missing."""
    codes = sequences.labels[row]
    held = np.flatnonzero(codes == 1) if sequences.multi_label else codes[codes != MISSING_LABEL]
    return ", ".join(sequences.classes[code] for code in held)
