"""Which row goes to which cell of X and y: a framing, applied to row numbers in place of values."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.framings import Framing
from seqframe.posing import Posed

MOST_WINDOWS = 3  # the first ones, and the last


def tabulate_frame(posed: Posed, framing: Framing) -> pd.DataFrame:
    """One line a cell of X and of y, for some windows: sample, timestep, feature -> row, column and value.

    `timestep` is -1 where y has no such axis. `value` is in physical units. `shape` is that
    of the whole array.
    """
    count = len(posed.windows)
    chosen = sorted({*range(min(count, MOST_WINDOWS - 1)), count - 1})
    windows = posed.windows.select(np.array(chosen))
    lines: list[dict[str, Any]] = []
    for array, rows, columns, reshape in (
        ("X", windows.inputs, posed.features, framing.frame_inputs),
        ("y", windows.targets, posed.targets, framing.frame_targets),
    ):
        for place, window in enumerate(chosen):
            codes = rows[[place], :, None] * len(columns) + np.arange(len(columns))  # (1, steps, columns)
            cells = reshape(codes)
            samples = len(cells)  # of one window
            whole = {"framing": framing.name, "array": array, "shape": str((count * samples, *cells.shape[1:]))}
            lines += [whole | cell for cell in _cells(cells, window * samples, columns, posed)]
    return pd.DataFrame(lines)


def _cells(codes: NDArray[Any], first_sample: int, columns: list[str], posed: Posed) -> Iterator[dict[str, Any]]:
    """Every cell of one window's samples: codes are row number * columns + column number, in the shape of X or y."""
    names = posed.rows.index.get_level_values(-1)
    values = posed.rows[columns].to_numpy()
    for place, code in np.ndenumerate(codes):
        row, column = divmod(int(code), len(columns))
        yield {
            "sample": first_sample + place[0],
            "timestep": place[1] if codes.ndim == 3 else -1,
            "feature": place[-1],
            "row_number": row,
            "row": names[row],
            "column": columns[column],
            "value": values[row, column],
        }
