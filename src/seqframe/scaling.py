"""Scaling between physical units and numbers that a network learns from."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqframe.config import Problem
from seqframe.errors import UserError


@dataclass(frozen=True)
class Scaler:
    """scaled = (value - offset_) / span_, column by column; offset_ and span_ are by column name, in physical units."""

    offset_: dict[str, float]
    span_: dict[str, float]

    def scale(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows in physical units -> the same rows without unit."""
        return (rows - pd.Series(self.offset_)) / pd.Series(self.span_)

    def unscale(self, values: NDArray[Any], columns: list[str]) -> NDArray[np.float64]:
        """Values (…, columns) without unit -> the same in physical units."""
        offset = np.array([self.offset_[name] for name in columns])
        span = np.array([self.span_[name] for name in columns])
        unscaled: NDArray[np.float64] = np.asarray(values, np.float64) * span + offset
        return unscaled


def fit_scaler(rows: pd.DataFrame, problem: Problem) -> Scaler:
    """Measure the rows: `minmax` maps them to 0 … 1, `standard` to mean 0 and standard deviation 1, `none` nowhere.

    Raises:
        UserError: A column is constant, so that there is nothing to divide by.
    """
    if problem.scaling == "none":
        offset, span = rows.min() * 0, rows.max() * 0 + 1
    elif problem.scaling == "minmax":
        offset, span = rows.min(), rows.max() - rows.min()
    else:
        offset, span = rows.mean(), rows.std(ddof=0)
    for name in rows.columns[span == 0]:
        raise UserError(
            f"`problem.scaling={problem.scaling}` needs a column that changes. "
            f"Received: {name}, which is {rows[name].iloc[0]} in every row. Leave it out, or set it to none."
        )
    return Scaler(offset.to_dict(), span.to_dict())
